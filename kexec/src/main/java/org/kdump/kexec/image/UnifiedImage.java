package org.kdump.kexec.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A unified kernel image (UAPI group's UKI specification): a program for UEFI that has kernel, initrd and command line
/// as sections.
///
/// @param linux `.linux`
/// @param initrd `.ucode` and `.initrd`, one after the other, in that order
/// @param commandLine `.cmdline`
record UnifiedImage(MemorySegment linux, Optional<MemorySegment> initrd, Optional<String> commandLine) {
    // A section of this name starts another choice of sections, to be added to what stands before the first.
    private static final String PROFILE = ".profile";
    private static final long LARGEST_COMMAND_LINE = 64 << 10;

    /// Empty if the program is none.
    ///
    /// @param arena what is put together here is allocated in
    static Optional<UnifiedImage> of(PortableExecutable program, Arena arena) {
        List<PortableExecutable.Section> sections = program.sections().stream()
                .takeWhile(section -> !section.name().equals(PROFILE))
                .toList();
        return find(sections, ".linux")
                .map(linux -> new UnifiedImage(
                        linux,
                        initrd(sections, arena),
                        find(sections, ".cmdline").map(UnifiedImage::text)));
    }

    private static Optional<MemorySegment> find(List<PortableExecutable.Section> sections, String name) {
        return sections.stream()
                .filter(section ->
                        section.name().equals(name) && section.content().byteSize() > 0)
                .map(PortableExecutable.Section::content)
                .findFirst();
    }

    private static Optional<MemorySegment> initrd(List<PortableExecutable.Section> sections, Arena arena) {
        List<MemorySegment> parts = Stream.of(".ucode", ".initrd")
                .flatMap(name -> find(sections, name).stream())
                .toList();
        return parts.size() < 2 ? parts.stream().findFirst() : Optional.of(joined(parts, arena));
    }

    /// Each archive starts at a multiple of 4 (Linux `Documentation/driver-api/early-userspace/buffer-format.rst`).
    private static MemorySegment joined(List<MemorySegment> parts, Arena arena) {
        MemorySegment first = parts.getFirst();
        MemorySegment second = parts.getLast();
        long start = Math.ceilDiv(first.byteSize(), Integer.BYTES) * Integer.BYTES;
        MemorySegment both = arena.allocate(start + second.byteSize(), Long.BYTES);
        both.copyFrom(first);
        both.asSlice(start).copyFrom(second);
        return both;
    }

    /// Up to a NUL, if there is one, line ends as blanks.
    private static String text(MemorySegment section) {
        byte[] bytes = section.asSlice(0, Math.min(section.byteSize(), LARGEST_COMMAND_LINE))
                .toArray(ValueLayout.JAVA_BYTE);
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return (end < 0 ? text : text.substring(0, end)).replaceAll("\\R", " ").strip();
    }
}
