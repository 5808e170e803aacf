package org.kdump.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ProgramHeader;
import org.kdump.elf.Section;

/// The host's shared libraries that programs need: their interpreter (`PT_INTERP`), and, again and again, what their
/// dynamic sections name (`DT_NEEDED`, System V gABI chapter 5).
final class SharedLibraries {
    private static final int PT_INTERP = 3;
    private static final long DT_NEEDED = 1;
    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    // The places where the dynamic loaders of Debian, and after them of Fedora and SUSE, look without any
    // configuration.
    private static final List<Path> PLACES = List.of(
            Path.of("/lib/x86_64-linux-gnu"),
            Path.of("/usr/lib/x86_64-linux-gnu"),
            Path.of("/lib64"),
            Path.of("/usr/lib64"),
            Path.of("/lib"),
            Path.of("/usr/lib"));

    private final Set<Path> found = new LinkedHashSet<>();
    private final Deque<Path> open = new ArrayDeque<>();
    private final Set<String> own = new HashSet<>();

    private SharedLibraries() {}

    /// What the ELF files among `files` need and have not among themselves, as paths of the host.
    ///
    /// @throws IOException if a file cannot be read, or a library is nowhere
    static Set<Path> neededBy(List<Path> files) throws IOException {
        SharedLibraries libraries = new SharedLibraries();
        for (Path file : files) {
            if (isElf(file)) {
                libraries.own.add(file.getFileName().toString());
                libraries.open.add(file);
            }
        }
        while (!libraries.open.isEmpty()) {
            libraries.follow(libraries.open.remove());
        }
        return libraries.found;
    }

    static boolean isElf(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }

    private void follow(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ElfFile elf = ElfFile.read(ByteSource.of(file.toString(), channel));
            Optional<Path> interpreter = interpreter(elf);
            interpreter.ifPresent(this::add);
            for (String name : needed(elf)) {
                if (own.add(name)) {
                    add(locate(name, file));
                }
            }
        }
    }

    private void add(Path library) {
        own.add(library.getFileName().toString());
        if (found.add(library)) {
            open.add(library);
        }
    }

    private static Path locate(String name, Path needing) throws IOException {
        for (Path place : PLACES) {
            if (Files.isRegularFile(place.resolve(name))) {
                return place.resolve(name);
            }
        }
        throw new IOException(needing + ": needs the library " + name + ", which is in none of " + PLACES);
    }

    private static Optional<Path> interpreter(ElfFile elf) throws IOException {
        for (ProgramHeader segment : elf.programHeaders()) {
            if (segment.type() == PT_INTERP) {
                MemorySegment text = elf.source().slice(segment.offset(), segment.fileSize(), "PT_INTERP");
                ByteCursor cursor = new ByteCursor(
                        elf.source().name(),
                        segment.offset(),
                        "PT_INTERP",
                        text,
                        elf.header().order());
                return Optional.of(Path.of(cursor.text("path", (int) text.byteSize())));
            }
        }
        return Optional.empty();
    }

    private static List<String> needed(ElfFile elf) throws IOException {
        List<Section> sections = elf.sections();
        Optional<Section> dynamic = sections.stream()
                .filter(section -> section.name().equals(".dynamic"))
                .findFirst();
        Optional<Section> strings = sections.stream()
                .filter(section -> section.name().equals(".dynstr"))
                .findFirst();
        return dynamic.isPresent() && strings.isPresent() ? needed(elf, dynamic.get(), strings.get()) : List.of();
    }

    private static List<String> needed(ElfFile elf, Section dynamic, Section strings) {
        List<String> names = new ArrayList<>();
        ByteCursor entries = cursor(elf, dynamic, "Elf_Dyn");
        while (entries.remaining() > 0) {
            long tag = entries.word(elf.header().elfClass(), "d_tag");
            long value = entries.word(elf.header().elfClass(), "d_val");
            if (tag == DT_NEEDED) {
                ByteCursor text = cursor(elf, strings, "string table").seek(value);
                names.add(text.text("", (int) text.remaining()));
            }
        }
        return names;
    }

    private static ByteCursor cursor(ElfFile elf, Section section, String structure) {
        return new ByteCursor(
                elf.source().name(),
                section.header().offset(),
                structure,
                MemorySegment.ofArray(section.bytes().toArray(ValueLayout.JAVA_BYTE)),
                elf.header().order());
    }
}
