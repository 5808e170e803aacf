package org.kdump.vmcore.repair;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.Note;
import org.kdump.vmcore.MemoryScan;
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
///
/// @param memory where to look
public record VmcoreInfoSearch(MemoryScan memory) {
    private static final int HEADER = 24;
    private static final int NAME = 12;
    private static final int LARGEST = 1 << 16;
    private static final int NAME_SIZE = 11;
    /// "VMCO", as little-endian number.
    private static final int NAME_START = 0x4f434d56;

    private static final String NAME_TEXT = "VMCOREINFO\0";
    private static final String TEXT_START = "OSRELEASE=";
    private static final String CRASHED = "\nCRASHTIME=";

    /// A note in memory.
    ///
    /// @param order of the machine, as the note's header has it
    public record Found(Note note, ByteOrder order) {
        private boolean crashed() {
            return note.text().contains(CRASHED);
        }
    }

    /// The note that is most likely the crashed kernel's; empty if there is none.
    ///
    /// @throws IOException if the memory cannot be read
    public Optional<Found> best() throws IOException {
        return all().stream().findFirst();
    }

    /// All notes, the most likely first.
    ///
    /// @throws IOException if the memory cannot be read
    public List<Found> all() throws IOException {
        List<Found> crashed = new ArrayList<>();
        List<Found> others = new ArrayList<>();
        memory.show((address, words, count) -> {
            for (int i = 0; i < count; i++) {
                if ((int) words[i] == NAME_START || (int) (words[i] >>> Integer.SIZE) == NAME_START) {
                    int high = (int) words[i] == NAME_START ? 0 : Integer.BYTES;
                    at(address + (long) i * Long.BYTES + high - NAME)
                            .ifPresent(found -> (found.crashed() ? crashed : others).add(found));
                }
            }
            return true;
        });
        List<Found> all = new ArrayList<>(crashed.reversed());
        all.addAll(others);
        return all;
    }

    private Optional<Found> at(long address) throws IOException {
        byte[] header = new byte[HEADER];
        if (address < 0 || memory.memory().read(address, MemorySegment.ofArray(header)) < HEADER) {
            return Optional.empty();
        }
        boolean named = new String(header, NAME, NAME_SIZE, StandardCharsets.US_ASCII).equals(NAME_TEXT);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            var numbers = MemorySegment.ofArray(header).asByteBuffer().order(order);
            long size = Integer.toUnsignedLong(numbers.getInt(4));
            if (named && numbers.getInt(0) == NAME_SIZE && numbers.getInt(8) == 0 && size <= LARGEST) {
                MemorySegment text = MemorySegment.ofArray(new byte[(int) size]);
                long read = memory.memory().read(address + HEADER, text);
                Note note = new Note(VmcoreInfo.NOTE_NAME, 0, text.asSlice(0, read), address + HEADER);
                return read == size && note.text().startsWith(TEXT_START)
                        ? Optional.of(new Found(note, order))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
