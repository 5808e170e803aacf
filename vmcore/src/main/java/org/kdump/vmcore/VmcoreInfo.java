package org.kdump.vmcore;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;

/// The VMCOREINFO note: what the kernel tells a dump's reader of itself (kernel/vmcore_info.c; crash_core.c before
/// 6.9).
///
/// ```
/// OSRELEASE=6.1.0-49-cloud-amd64
/// PAGESIZE=4096
/// SYMBOL(init_uts_ns)=ffffffff9b41a460       hexadecimal, as at run time: the KASLR offset is in it
/// OFFSET(page.flags)=0                       bytes
/// SIZE(page)=64                              bytes
/// LENGTH(zone.free_area)=11                  elements
/// NUMBER(PG_lru)=4                           decimal, or hexadecimal with 0x
/// KERNELOFFSET=19400000                      hexadecimal
/// CRASHTIME=1700000000                       seconds since 1970
/// ```
///
/// Lines that are not `KEY=VALUE` are passed over; the first of two equal keys counts. A value that is no number is
/// taken as not there. Immutable.
public final class VmcoreInfo {
    /// The name of the note that holds it.
    public static final String NOTE_NAME = "VMCOREINFO";

    private static final Facts NOTHING = new Facts() {};

    /// The kernel's own is at most one page; no dump needs more than this many characters.
    private static final int LONGEST = 1 << 18;

    private final String file;
    private final String text;
    private final Facts others;
    private final SequencedMap<String, String> values = new LinkedHashMap<>();

    /// @param file the dump's name for errors
    /// @param text the note's contents, lines ended by LF; only the first 256 KiB are looked at
    public VmcoreInfo(String file, String text) {
        this(file, text, NOTHING);
    }

    private VmcoreInfo(String file, String text, Facts others) {
        this.file = file;
        this.others = others;
        this.text = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
        this.text.lines().forEach(this::add);
    }

    /// What is known of a kernel from elsewhere, by the names that VMCOREINFO has for it; unless told, nothing.
    public interface Facts {
        /// As [VmcoreInfo#symbol].
        default OptionalLong symbol(String name) {
            return OptionalLong.empty();
        }

        /// As [VmcoreInfo#offset].
        default OptionalLong offset(String member) {
            return OptionalLong.empty();
        }

        /// As [VmcoreInfo#size].
        default OptionalLong size(String name) {
            return OptionalLong.empty();
        }

        /// As [VmcoreInfo#length].
        default OptionalLong length(String name) {
            return OptionalLong.empty();
        }

        /// As [VmcoreInfo#number].
        default OptionalLong number(String name) {
            return OptionalLong.empty();
        }
    }

    /// The same note with lines before it: these go before its own.
    public VmcoreInfo corrected(String lines) {
        return new VmcoreInfo(file, lines + text, others);
    }

    /// The same note; what it does not tell is asked of `facts`.
    public VmcoreInfo completedBy(Facts facts) {
        return new VmcoreInfo(file, text, facts);
    }

    /// The first VMCOREINFO among `notes`; one without any key if there is none.
    public static VmcoreInfo of(String file, List<Note> notes) {
        String text = notes.stream()
                .filter(note ->
                        note.name().equals(NOTE_NAME) && note.description().byteSize() <= LONGEST)
                .findFirst()
                .map(Note::text)
                .orElse("");
        return new VmcoreInfo(file, text);
    }

    private void add(String line) {
        int equals = line.indexOf('=');
        if (equals > 0) {
            values.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
        }
    }

    /// The whole note as it stands in the dump.
    public String text() {
        return text;
    }

    /// All keys with their values, in the note's order.
    public Map<String, String> values() {
        return Collections.unmodifiableSequencedMap(values);
    }

    /// Whether the dump has no VMCOREINFO at all.
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /// The value of any key, `OSRELEASE` or `SYMBOL(prb)`.
    public Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// The kernel's release, `OSRELEASE`.
    public Optional<String> release() {
        return value("OSRELEASE");
    }

    /// The build id of the kernel's ELF file in hexadecimal, `BUILD-ID` (since Linux 5.9).
    public Optional<String> buildId() {
        return value("BUILD-ID");
    }

    /// The page size in bytes, `PAGESIZE`.
    public OptionalLong pageSize() {
        return decimal("PAGESIZE");
    }

    /// When it crashed, in seconds since 1970, `CRASHTIME`.
    public OptionalLong crashTime() {
        return decimal("CRASHTIME");
    }

    /// How far KASLR moved the kernel's image, in bytes, `KERNELOFFSET`.
    public OptionalLong kernelOffset() {
        return hexadecimal("KERNELOFFSET");
    }

    /// The address of a variable or function at run time, `SYMBOL(name)`.
    public OptionalLong symbol(String name) {
        return or(hexadecimal(key("SYMBOL", name)), () -> others.symbol(name));
    }

    /// The offset of a member in bytes, `OFFSET(member)`.
    ///
    /// @param member `printk_info.ts_nsec` for one
    public OptionalLong offset(String member) {
        return or(decimal(key("OFFSET", member)), () -> others.offset(member));
    }

    /// The size of a type or variable in bytes, `SIZE(name)`.
    public OptionalLong size(String name) {
        return or(decimal(key("SIZE", name)), () -> others.size(name));
    }

    /// The number of elements of an array, `LENGTH(name)`.
    public OptionalLong length(String name) {
        return or(decimal(key("LENGTH", name)), () -> others.length(name));
    }

    /// A number, `NUMBER(name)`; signed.
    public OptionalLong number(String name) {
        return or(decimal(key("NUMBER", name)), () -> others.number(name));
    }

    /// As [#symbol].
    ///
    /// @throws MalformedInputException if it is not there
    public long requireSymbol(String name) {
        return symbol(name).orElseThrow(() -> lacks(key("SYMBOL", name)));
    }

    /// As [#offset].
    ///
    /// @throws MalformedInputException if it is not there
    public long requireOffset(String member) {
        return offset(member).orElseThrow(() -> lacks(key("OFFSET", member)));
    }

    /// As [#size].
    ///
    /// @throws MalformedInputException if it is not there
    public long requireSize(String name) {
        return size(name).orElseThrow(() -> lacks(key("SIZE", name)));
    }

    /// As [#length].
    ///
    /// @throws MalformedInputException if it is not there
    public long requireLength(String name) {
        return length(name).orElseThrow(() -> lacks(key("LENGTH", name)));
    }

    /// As [#number].
    ///
    /// @throws MalformedInputException if it is not there
    public long requireNumber(String name) {
        return number(name).orElseThrow(() -> lacks(key("NUMBER", name)));
    }

    private MalformedInputException lacks(String key) {
        String reason = isEmpty()
                ? "the dump has no VMCOREINFO note; take it with kdump or with a hypervisor that knows vmcoreinfo"
                : value(key).map(value -> "'" + value + "' is not a number").orElse("the kernel does not tell it");
        return new MalformedInputException(file, -1, NOTE_NAME, key, reason);
    }

    private static OptionalLong or(OptionalLong told, Supplier<OptionalLong> otherwise) {
        return told.isPresent() ? told : otherwise.get();
    }

    private OptionalLong decimal(String key) {
        String value = values.getOrDefault(key, "");
        return value.startsWith("0x") ? parse(value.substring(2), 16) : parse(value, 10);
    }

    private OptionalLong hexadecimal(String key) {
        String value = values.getOrDefault(key, "");
        return parse(value.startsWith("0x") ? value.substring(2) : value, 16);
    }

    private static OptionalLong parse(String digits, int radix) {
        try {
            return OptionalLong.of(
                    digits.startsWith("-") ? Long.parseLong(digits, radix) : Long.parseUnsignedLong(digits, radix));
        } catch (NumberFormatException notANumber) {
            return OptionalLong.empty();
        }
    }

    private static String key(String kind, String name) {
        return kind + "(" + name + ")";
    }
}
