package org.kdump.qemu;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Section;

/// A loadable module, plain or compressed, and what its `.modinfo` section says.
///
/// The section is NUL-ended `KEY=VALUE` (include/linux/module.h `MODULE_INFO`): `depends=a,b`, `alias=x`,
/// `softdep=pre: x y post: z`.
///
/// @param dependencies canonical names of the modules that it cannot do without
/// @param softDependencies canonical names of what should be loaded before it
/// @param aliases canonical names by which it is asked for
record ModuleFile(List<String> dependencies, List<String> softDependencies, List<String> aliases) {
    private static final Pattern SUFFIX = Pattern.compile("\\.ko(\\.(xz|zst|gz))?$");
    private static final int LARGEST = 1 << 28;

    static boolean isModule(Path file) {
        return SUFFIX.matcher(file.getFileName().toString()).find();
    }

    /// The name of the module in `file`.
    static String nameOf(Path file) {
        return canonical(SUFFIX.matcher(file.getFileName().toString()).replaceFirst(""));
    }

    /// `-` and `_` are the same in a module's name; the kernel itself uses `_`.
    static String canonical(String name) {
        return name.replace('-', '_');
    }

    /// @throws MalformedInputException if it is not an ELF file
    /// @throws IOException if it cannot be read or uncompressed
    static ModuleFile read(Path file) throws IOException {
        return parse(file.toString(), plain(file));
    }

    static ModuleFile parse(String file, byte[] elf) throws IOException {
        MemorySegment bytes = ElfFile.read(ByteSource.of(file, MemorySegment.ofArray(elf)))
                .section(".modinfo")
                .map(Section::bytes)
                .orElseThrow(() -> new MalformedInputException(
                        file, -1, "Elf_Shdr", "", "there is no section .modinfo; this is not a kernel module"));
        String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
        List<String> entries = List.of(text.split("\0"));
        return new ModuleFile(
                values(entries, "depends=", ","), softDependencies(entries), values(entries, "alias=", "\0"));
    }

    private static List<String> values(List<String> entries, String key, String separator) {
        return entries.stream()
                .filter(entry -> entry.startsWith(key))
                .flatMap(entry -> List.of(entry.substring(key.length()).split(separator)).stream())
                .filter(value -> !value.isEmpty())
                .map(ModuleFile::canonical)
                .toList();
    }

    private static List<String> softDependencies(List<String> entries) {
        List<String> before = new ArrayList<>();
        for (String words : values(entries, "softdep=", "\0")) {
            boolean pre = false;
            for (String word : words.strip().split("\\s+")) {
                if (word.endsWith(":")) {
                    pre = word.equals("pre:");
                } else if (pre) {
                    before.add(word);
                }
            }
        }
        return before;
    }

    /// The module as the kernel's loader wants it: a plain ELF file.
    ///
    /// @throws IOException if it cannot be read or uncompressed
    static byte[] plain(Path file) throws IOException {
        String name = file.toString();
        if (name.endsWith(".xz")) {
            return plainXz(file);
        }
        byte[] raw = Files.readAllBytes(file);
        if (name.endsWith(".zst")) {
            return all(file, new ZstdInputStream(new ByteArrayInputStream(raw)));
        }
        return name.endsWith(".gz") ? all(file, new GZIPInputStream(new ByteArrayInputStream(raw))) : raw;
    }

    private static byte[] plainXz(Path file) throws IOException {
        Path plain = Files.createTempFile("kdump-", ".ko");
        try {
            HostCommand.of("xz", "--decompress", "--stdout", file.toString()).outputTo(plain);
            return Files.readAllBytes(plain);
        } finally {
            Files.deleteIfExists(plain);
        }
    }

    private static byte[] all(Path file, InputStream stream) throws IOException {
        try (stream) {
            byte[] bytes = stream.readNBytes(LARGEST);
            if (bytes.length == LARGEST) {
                throw new IOException(file + ": unpacks to more than " + LARGEST + " bytes; not a module");
            }
            return bytes;
        }
    }
}
