package org.kdump.debuginfo;

import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/// A kernel's memory made of pieces at addresses; between them there is none.
public record Memory(TreeMap<Long, byte[]> pieces) implements MemoryReader {
    /// None at all.
    public Memory() {
        this(new TreeMap<>());
    }

    /// Puts a piece there.
    public Memory put(long address, byte[] bytes) {
        pieces.put(address, bytes);
        return this;
    }

    @Override
    public long read(long address, MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            long at = address + done;
            var piece = pieces.floorEntry(at);
            if (piece == null || at - piece.getKey() >= piece.getValue().length) {
                break;
            }
            int from = (int) (at - piece.getKey());
            long count = Math.min(piece.getValue().length - from, target.byteSize() - done);
            MemorySegment.copy(MemorySegment.ofArray(piece.getValue()), from, target, done, count);
            done += count;
        }
        return done;
    }
}
