package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ProgramHeader;

/// An image ready to be loaded: what goes where. It keeps the files of kernel and initrd mapped until it is closed.
///
/// A plan is of use while the kernel runs that it was made for.
public final class LoadPlan implements AutoCloseable {
    /// The name of the segment with the elfcorehdr.
    static final String ELF_CORE_HEADER = "elfcorehdr";

    private static final int COLUMNS = 64;

    private final Arena files;
    private final String image;
    private final List<Segment> segments;
    private final long entry;
    private final String commandLine;
    private final List<AddressRange> reservations;
    private final long flags;

    LoadPlan(
            Arena files,
            String image,
            List<Segment> segments,
            long entry,
            String commandLine,
            List<AddressRange> reservations,
            long flags) {
        this.files = files;
        this.image = image;
        this.segments = List.copyOf(segments);
        this.entry = entry;
        this.commandLine = commandLine;
        this.reservations = List.copyOf(reservations);
        this.flags = flags;
    }

    /// A part of the image.
    ///
    /// @param name what it is, for people
    /// @param content its bytes; what `range` has more is zero
    /// @param range where it will lie, in whole pages
    public record Segment(String name, MemorySegment content, AddressRange range) {}

    /// What the kernel's file is, for people: `zstd, UKI, 64-bit bzImage`.
    public String image() {
        return image;
    }

    /// The parts, in ascending order of their addresses.
    public List<Segment> segments() {
        return segments;
    }

    /// The physical address at which the image is entered: purgatory's.
    public long entry() {
        return entry;
    }

    /// The capture kernel's whole command line.
    public String commandLine() {
        return commandLine;
    }

    /// The elfcorehdr's segments: notes, the kernel's text, and what will be dumped. Empty if it has none.
    ///
    /// @throws IOException never, for it is in memory
    public List<ProgramHeader> coreSegments() throws IOException {
        for (Segment segment : segments) {
            if (segment.name().equals(ELF_CORE_HEADER)) {
                return ElfFile.read(ByteSource.of(ELF_CORE_HEADER, segment.content()))
                        .programHeaders();
            }
        }
        return List.of();
    }

    /// `KEXEC_*` of [org.kdump.syscall.Kexec], ored, without the architecture.
    long flags() {
        return flags;
    }

    static void add(List<Segment> segments, String name, MemorySegment content, AddressRange range) {
        if (range.size() > 0) {
            segments.add(new Segment(name, content, range));
        }
    }

    /// Makes sure that no two segments meet, and that each lies in one of the ranges of `allowed`.
    ///
    /// @param segments in ascending order
    /// @param what the allowed memory is called
    /// @throws KexecException with the two ranges
    static void requireSound(List<Segment> segments, List<AddressRange> allowed, String what) throws KexecException {
        Segment before = null;
        for (Segment segment : segments) {
            if (before != null && before.range().overlaps(segment.range())) {
                throw new KexecException("segment " + segment.name() + " " + segment.range() + " overlaps segment "
                        + before.name() + " " + before.range());
            }
            if (allowed.stream().noneMatch(range -> range.contains(segment.range()))) {
                throw new KexecException(
                        "segment " + segment.name() + " " + segment.range() + " leaves " + what + ", " + allowed);
            }
            before = segment;
        }
    }

    /// The memory that could be loaded to: what `crashkernel=` reserved, or for a reboot the System RAM.
    public List<AddressRange> reservations() {
        return reservations;
    }

    /// Lets go of the files.
    @Override
    public void close() {
        files.close();
    }

    /// A table of the segments, one a line, then what the image is, and the command line.
    @Override
    public String toString() {
        return segments.stream()
                .map(LoadPlan::line)
                .collect(Collectors.joining(
                        "",
                        "%-16s %-12s %-12s %10s %10s%n".formatted("segment", "start", "last", "bytes", "in memory"),
                        "image " + image + System.lineSeparator() + "entry " + Hex.of(entry) + System.lineSeparator()
                                + "command line " + commandLine));
    }

    /// The memory that could be loaded to, each range a bar of 64 columns with a letter where a segment lies, and the
    /// letters explained. What is smaller than a column gets one all the same, the later segment hiding
    /// the earlier.
    public String picture() {
        StringBuilder text = new StringBuilder();
        for (AddressRange range : reservations) {
            if (segments.stream().anyMatch(segment -> range.contains(segment.range()))) {
                text.append("%s %s%n[%s]%n".formatted(range, Sizing.mebibytes(range.size()) + " MiB", bar(range)));
            }
        }
        for (int i = 0; i < segments.size(); i++) {
            text.append("  %c %s%n".formatted(letter(i), segments.get(i).name()));
        }
        return text.toString();
    }

    private String bar(AddressRange range) {
        char[] columns = ".".repeat(COLUMNS).toCharArray();
        for (int i = 0; i < segments.size(); i++) {
            AddressRange part = segments.get(i).range();
            if (range.contains(part)) {
                Arrays.fill(columns, column(part.start(), range), column(part.end() - 1, range) + 1, letter(i));
            }
        }
        return new String(columns);
    }

    private static int column(long address, AddressRange range) {
        return (int) ((double) (address - range.start()) * COLUMNS / range.size());
    }

    private static char letter(int segment) {
        return (char) ('A' + segment);
    }

    private static String line(Segment segment) {
        var range = segment.range();
        return "%-16s 0x%-10x 0x%-10x %10d %10d%n"
                .formatted(
                        segment.name(),
                        range.start(),
                        range.end() - 1,
                        segment.content().byteSize(),
                        range.size());
    }
}
