package org.kdump.vmcore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;

/// VMCOREINFO: what a kernel says of itself for those who read its dump (kernel/vmcore_info.c; before 6.9
/// kernel/crash_core.c; Documentation/admin-guide/kdump/vmcoreinfo.rst).
///
/// Lines of `KEY=VALUE`: `OSRELEASE=…`, `SYMBOL(name)=hex`, `SIZE(type)=decimal`, `OFFSET(type.member)=decimal`,
/// `LENGTH(name)=decimal`, `NUMBER(name)=decimal`. Immutable.
public final class VmcoreInfo {
    private static final int LONGEST = 1 << 20;

    private final String file;
    private final String text;
    private final Map<String, String> values = new LinkedHashMap<>();

    /// @param file the dump's name, for errors
    /// @param text the note's text; lines that are not `KEY=VALUE` are passed over
    public VmcoreInfo(String file, String text) {
        this.file = file;
        this.text = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
        this.text.lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
    }

    /// The text as the kernel wrote it.
    public String text() {
        return text;
    }

    /// Whether there is nothing in it.
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /// The value of a key as it stands: `OSRELEASE`, `BUILD-ID`.
    public Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// The value of a key that is a decimal number: `PAGESIZE`, `CRASHTIME`.
    public OptionalLong number(String key) {
        return parse(values.get(key), 10);
    }

    /// The value of a key that is a hexadecimal number: `KERNELOFFSET`.
    public OptionalLong hex(String key) {
        return parse(values.get(key), 16);
    }

    /// `SYMBOL(name)`: the virtual address of a symbol.
    public OptionalLong symbol(String name) {
        return hex("SYMBOL(" + name + ")");
    }

    /// `SIZE(type)`: bytes of a type.
    public OptionalLong size(String type) {
        return number("SIZE(" + type + ")");
    }

    /// `OFFSET(type.member)`: bytes from the start of a type.
    public OptionalLong offset(String member) {
        return number("OFFSET(" + member + ")");
    }

    /// `LENGTH(name)`: elements of an array.
    public OptionalLong length(String name) {
        return number("LENGTH(" + name + ")");
    }

    /// `NUMBER(name)`: a constant.
    public OptionalLong constant(String name) {
        return number("NUMBER(" + name + ")");
    }

    /// An answer that is needed.
    ///
    /// @param key its key, for the error
    /// @throws MalformedInputException if there is none
    public long require(OptionalLong answer, String key) {
        return answer.orElseThrow(() -> new MalformedInputException(
                file, -1, "VMCOREINFO", key, "the kernel does not say it, and it is needed here"));
    }

    /// `SYMBOL(name)`, needed.
    ///
    /// @throws MalformedInputException if it is not there
    public long requireSymbol(String name) {
        return require(symbol(name), "SYMBOL(" + name + ")");
    }

    /// `SIZE(type)`, needed.
    ///
    /// @throws MalformedInputException if it is not there
    public long requireSize(String type) {
        return require(size(type), "SIZE(" + type + ")");
    }

    /// `OFFSET(type.member)`, needed.
    ///
    /// @throws MalformedInputException if it is not there
    public long requireOffset(String member) {
        return require(offset(member), "OFFSET(" + member + ")");
    }

    private static OptionalLong parse(String value, int radix) {
        if (value == null) {
            return OptionalLong.empty();
        }
        String digits = value.strip();
        digits = radix == 16 && digits.startsWith("0x") ? digits.substring(2) : digits;
        try {
            return OptionalLong.of(
                    digits.startsWith("-") ? Long.parseLong(digits, radix) : Long.parseUnsignedLong(digits, radix));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
