package org.kdump.kexec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;

/// An image ready to be loaded: what goes where. It keeps the files of kernel and initrd mapped until it is closed.
///
/// A plan is of use while the kernel runs that it was made for.
public final class LoadPlan implements AutoCloseable {
    private final Arena files;
    private final List<Segment> segments;
    private final long entry;
    private final String commandLine;
    private final List<AddressRange> reservations;

    LoadPlan(Arena files, List<Segment> segments, long entry, String commandLine, List<AddressRange> reservations) {
        this.files = files;
        this.segments = List.copyOf(segments);
        this.entry = entry;
        this.commandLine = commandLine;
        this.reservations = List.copyOf(reservations);
    }

    /// A part of the image.
    ///
    /// @param name what it is, for people
    /// @param content its bytes; what `range` has more is zero
    /// @param range where it will lie, in whole pages
    public record Segment(String name, MemorySegment content, AddressRange range) {}

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

    /// The memory reserved by `crashkernel=`.
    public List<AddressRange> reservations() {
        return reservations;
    }

    /// Lets go of the files.
    @Override
    public void close() {
        files.close();
    }

    /// A table of the segments, one a line, then the command line.
    @Override
    public String toString() {
        return segments.stream()
                .map(LoadPlan::line)
                .collect(Collectors.joining(
                        "",
                        "%-16s %-12s %-12s %10s %10s%n".formatted("segment", "start", "last", "bytes", "in memory"),
                        "entry " + Hex.of(entry) + System.lineSeparator() + "command line " + commandLine));
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
