package org.kdump.vmcore.raw;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.kdump.elf.ByteSource;
import org.kdump.elf.Note;
import org.kdump.vmcore.VmcoreInfo;

/// Looks through memory for the kernel's VMCOREINFO note (kernel/crash_core.c, kernel/vmcore_info.c):
///
/// ```
///  0  n_namesz  4   11
///  4  n_descsz  4
///  8  n_type    4   0
/// 12  name     12   "VMCOREINFO", NUL, padding
/// 24  text          "OSRELEASE=…"
/// ```
///
/// The kernel fills it in when it crashes, and ends it with the time: so one that has `CRASHTIME` is of a machine that
/// crashed, and goes before others. The last of several such is taken: a note of an earlier crash may be left in
/// memory.
final class VmcoreInfoSearch {
    private static final int WINDOW = 1 << 20;
    private static final int HEADER = 24;
    private static final int LARGEST = 1 << 16;
    private static final int NAME_SIZE = 11;
    /// "VMCO", as little-endian number.
    private static final int NAME_START = 0x4f434d56;

    private static final String NAME = "VMCOREINFO\0";
    private static final String TEXT_START = "OSRELEASE=";
    private static final String CRASHED = "\nCRASHTIME=";

    private final ByteSource source;

    VmcoreInfoSearch(ByteSource source) {
        this.source = source;
    }

    /// @param order of the machine, as the note's header has it
    record Found(Note note, ByteOrder order) {
        boolean crashed() {
            return note.text().contains(CRASHED);
        }
    }

    /// The note that is most likely the crashed kernel's.
    Optional<Found> best() throws IOException {
        Optional<Found> best = Optional.empty();
        int[] words = new int[WINDOW / Integer.BYTES];
        for (long at = 0; at < source.size(); at += WINDOW) {
            int count = source.read(at, MemorySegment.ofArray(words)) / Integer.BYTES;
            for (int i = 0; i < count; i++) {
                if (words[i] == NAME_START) {
                    Optional<Found> found = at(at + (long) i * Integer.BYTES - (HEADER - 12));
                    if (found.isPresent() && (best.isEmpty() || found.get().crashed())) {
                        best = found;
                    }
                }
            }
        }
        return best;
    }

    private Optional<Found> at(long offset) throws IOException {
        if (offset < 0 || offset + HEADER > source.size()) {
            return Optional.empty();
        }
        MemorySegment header = source.slice(offset, HEADER, VmcoreInfo.NOTE_NAME);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            var numbers = header.asByteBuffer().order(order);
            long size = Integer.toUnsignedLong(numbers.getInt(4));
            boolean possible = numbers.getInt(0) == NAME_SIZE && numbers.getInt(8) == 0 && size <= LARGEST;
            if (possible && offset + HEADER + size <= source.size()) {
                MemorySegment text = source.slice(offset + HEADER, size, VmcoreInfo.NOTE_NAME);
                Note note = new Note(VmcoreInfo.NOTE_NAME, 0, text, offset + HEADER);
                boolean named = StandardCharsets.US_ASCII
                        .decode(numbers.slice(12, NAME_SIZE))
                        .toString()
                        .equals(NAME);
                return named && note.text().startsWith(TEXT_START)
                        ? Optional.of(new Found(note, order))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
