package org.kdump.debuginfo.namelist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolTable;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Section;
import org.kdump.elf.SectionHeader;
import org.kdump.elf.Symbol;

/// What a file that the user gives knows of a kernel: an uncompressed `vmlinux`, with debug information or without, or
/// a `System.map`. For dumps that lack what the kernel itself carries.
///
/// ```
/// ffffffff81000000 T _text        a line of a System.map: address as linked, letter as nm prints it, name
/// ```
///
/// @param file its name for errors
/// @param symbols where they were linked to be
/// @param types a `.BTF` section; empty if there is none
public record Namelist(String file, List<KernelSymbol> symbols, Optional<MemorySegment> types) {
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{1,16}) ([A-Za-z]) (\\S+)");
    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
    private static final String FIRST = "_stext";

    private static final int FILE_SYMBOL = 4;

    /// Reads one.
    ///
    /// @throws MalformedInputException if it is no vmlinux and no System.map, or damaged
    /// @throws IOException if it cannot be read
    public static Namelist read(Path path) throws IOException {
        String name = path.toString();
        try (FileChannel channel = FileChannel.open(path)) {
            ByteSource source = ByteSource.of(name, channel);
            MemorySegment start = MemorySegment.ofArray(new byte[ELF.length]);
            boolean isElf = source.read(0, start) == ELF.length && start.mismatch(MemorySegment.ofArray(ELF)) < 0;
            return isElf ? ofElf(name, ElfFile.read(source)) : ofMap(name, path);
        }
    }

    private static Namelist ofElf(String name, ElfFile elf) throws IOException {
        Optional<Section> table = elf.section(".symtab");
        if (elf.header().type() == ElfHeader.ET_REL || table.isEmpty()) {
            throw malformed(name, "this has no symbols of a kernel; give an uncompressed vmlinux that is not stripped");
        }
        List<SectionHeader> sections = elf.sectionHeaders();
        List<KernelSymbol> symbols = elf.symbols(table.get()).stream()
                .filter(symbol -> symbol.section() != Symbol.SHN_UNDEF && symbol.type() != Symbol.STT_SECTION)
                .filter(symbol -> symbol.type() != FILE_SYMBOL && !symbol.name().isEmpty())
                .map(symbol -> new KernelSymbol(symbol.name(), symbol.value(), letter(symbol, sections)))
                .toList();
        return new Namelist(name, symbols, elf.section(".BTF").map(Section::bytes));
    }

    private static char letter(Symbol symbol, List<SectionHeader> sections) {
        char letter = 'A';
        if (symbol.section() < sections.size()) {
            SectionHeader section = sections.get(symbol.section());
            boolean writable = (section.flags() & SectionHeader.SHF_WRITE) != 0;
            boolean empty = section.type() == SectionHeader.SHT_NOBITS;
            letter = (section.flags() & SectionHeader.SHF_EXECINSTR) != 0 ? 'T' : empty ? 'B' : writable ? 'D' : 'R';
        }
        return symbol.binding() == Symbol.STB_LOCAL ? Character.toLowerCase(letter) : letter;
    }

    private static Namelist ofMap(String name, Path path) throws IOException {
        List<KernelSymbol> symbols = new ArrayList<>();
        try (Stream<String> lines = Files.lines(path, StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) lines::iterator) {
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches()) {
                    throw malformed(
                            name,
                            "this is neither an uncompressed vmlinux nor a System.map: line " + (symbols.size() + 1)
                                    + " is no address, letter and name");
                }
                long address = Long.parseUnsignedLong(matcher.group(1), 16);
                symbols.add(new KernelSymbol(
                        matcher.group(3), address, matcher.group(2).charAt(0)));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Namelist(name, symbols, Optional.empty());
    }

    /// The symbols where they were in the crashed machine.
    ///
    /// @param known addresses there that are known from elsewhere: one tells how far the kernel was moved, the
    ///     others that this is the same kernel
    /// @throws MalformedInputException if none of `known` is listed, or what is listed is another kernel's
    public SymbolTable moved(Map<String, Long> known) {
        SymbolFile linked = new SymbolFile(symbols, 0);
        String witness = known.containsKey(FIRST) && linked.address(FIRST).isPresent()
                ? FIRST
                : known.keySet().stream()
                        .filter(name -> linked.address(name).isPresent())
                        .findFirst()
                        .orElseThrow(() -> malformed(file, "it has none of the symbols that the dump tells of"));
        long offset = known.get(witness) - linked.address(witness).getAsLong();
        known.forEach((name, address) -> {
            OptionalLong listed = linked.address(name);
            if (listed.isPresent() && listed.getAsLong() + offset != address) {
                throw malformed(
                        file,
                        "this is of another kernel: its " + name + " would be at 0x"
                                + Long.toHexString(listed.getAsLong() + offset) + ", the dump says 0x"
                                + Long.toHexString(address));
            }
        });
        return new SymbolFile(symbols, offset);
    }

    private static MalformedInputException malformed(String file, String reason) {
        return new MalformedInputException(file, -1, "", "", reason);
    }
}
