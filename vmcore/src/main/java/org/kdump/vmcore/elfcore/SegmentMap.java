package org.kdump.vmcore.elfcore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;

/// Which physical memory stands where in an ELF core: sorted, without overlaps.
///
/// Addresses from 2^63 on are no memory of any machine and are left out.
final class SegmentMap {
    private final long[] starts;
    private final long[] ends;
    private final long[] offsets;
    private final long[] fileEnds;
    private final List<PhysicalRange> memory;
    private final long fileSize;

    private SegmentMap(List<Piece> pieces, List<PhysicalRange> memory, long fileSize) {
        this.starts = pieces.stream().mapToLong(Piece::start).toArray();
        this.ends = pieces.stream().mapToLong(Piece::end).toArray();
        this.offsets = pieces.stream().mapToLong(Piece::offset).toArray();
        this.fileEnds = pieces.stream().mapToLong(Piece::dataEnd).toArray();
        this.memory = memory;
        this.fileSize = fileSize;
    }

    /// Memory from `start` to `end`; what is in the file ends at `dataEnd` and starts at `offset` there.
    private record Piece(long start, long end, long dataEnd, long offset) {
        Piece from(long address) {
            return new Piece(address, end, Math.max(dataEnd, address), offset + (address - start));
        }
    }

    static SegmentMap of(List<ProgramHeader> loads, long fileSize) {
        List<Piece> sorted = new ArrayList<>();
        for (ProgramHeader load : loads) {
            long start = load.physicalAddress();
            long size = Math.max(load.memorySize(), load.fileSize());
            if (start >= 0 && size > 0 && start + size > start && load.offset() >= 0 && load.fileSize() >= 0) {
                sorted.add(new Piece(start, start + size, start + load.fileSize(), load.offset()));
            }
        }
        List<PhysicalRange> memory = sorted.stream()
                .map(piece -> new PhysicalRange(piece.start(), piece.end()))
                .toList();
        sorted.sort(Comparator.comparingLong(Piece::start).thenComparing(Piece::end, Comparator.reverseOrder()));
        return new SegmentMap(withoutOverlaps(sorted), PhysicalRange.merge(memory), fileSize);
    }

    private static List<Piece> withoutOverlaps(List<Piece> sorted) {
        List<Piece> pieces = new ArrayList<>();
        long end = 0;
        for (Piece piece : sorted) {
            Piece rest = piece.start() < end ? piece.from(Math.min(end, piece.end())) : piece;
            if (rest.start() < rest.end()) {
                pieces.add(rest);
                end = rest.end();
            }
        }
        return pieces;
    }

    List<PhysicalRange> memory() {
        return memory;
    }

    /// Bytes that the headers promise and the file, being too short, does not have.
    long missing() {
        long missing = 0;
        for (int i = 0; i < starts.length; i++) {
            long data = fileEnds[i] - starts[i];
            missing += Math.clamp(offsets[i] + data - fileSize, 0, data);
        }
        return missing;
    }

    /// The piece that holds an address, or -1.
    int find(long address) {
        int index = Arrays.binarySearch(starts, address);
        index = index >= 0 ? index : -index - 2;
        return index >= 0 && address < ends[index] ? index : -1;
    }

    /// Bytes that can be read at an address of a piece; 0 or less for none.
    long available(int index, long address) {
        long inSegment = fileEnds[index] - address;
        long inFile = fileSize - fileOffset(index, address);
        return Math.min(inSegment, inFile);
    }

    long fileOffset(int index, long address) {
        return offsets[index] + (address - starts[index]);
    }

    Presence presence(int index, long address) {
        if (address >= fileEnds[index]) {
            return Presence.EXCLUDED;
        }
        return fileOffset(index, address) < fileSize ? Presence.PRESENT : Presence.MISSING;
    }
}
