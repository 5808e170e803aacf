package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.DumpOutput;

/// The headers of an ELF core while it is written: at any moment they are true, whenever the writer is killed.
///
/// ```
/// 0         Elf_Ehdr: which of the tables counts, and how long it is
/// 64 or 52  Elf_Phdr[]: a table
///           Elf_Phdr[]: another
/// ```
///
/// What is told of memory that is not yet written changes with each piece that is. It goes to the table that does not
/// count, and one write of the header turns over. Segments that are closed stay as they are, and are written once to
/// each. When the file ends the first table counts, for crash looks for none elsewhere.
final class SegmentTable {
    private static final int TABLES = 2;
    private static final int ZEROES = 1 << 16;

    private final DumpOutput output;
    private final ElfClass elfClass;
    private final ByteOrder order;
    private final int machine;
    private final long length;
    /// Closed segments that are not in both tables yet, and how many others there are.
    private final List<ProgramHeader> recent = new ArrayList<>();

    private int before;
    private final int[] written = new int[TABLES];
    private int counting;

    /// Makes room.
    ///
    /// @param machine `e_machine`
    /// @param most how many segments there can be
    /// @throws IOException if there is none
    SegmentTable(DumpOutput output, ElfClass elfClass, ByteOrder order, int machine, int most) throws IOException {
        this.output = output;
        this.elfClass = elfClass;
        this.order = order;
        this.machine = machine;
        length = (long) most * elfClass.programHeaderSize();
        // On a disk that is full by the end nothing could be written where there is a hole of the file now.
        for (long at = elfClass.headerSize(); at < end() && !output.isStream(); at += ZEROES) {
            output.write(at, new ByteSink(order).zeros((int) Math.min(ZEROES, end() - at)));
        }
    }

    /// The place behind the tables.
    long end() {
        return offset(TABLES);
    }

    private long offset(int table) {
        return elfClass.headerSize() + table * length;
    }

    /// How many segments are closed.
    int closed() {
        return before + recent.size();
    }

    /// Adds segments that do not change any more; they count from the next [#show] or [#finish] on.
    void close(List<ProgramHeader> segments) {
        recent.addAll(segments);
    }

    /// Lets the closed segments count, and others until the next time.
    ///
    /// @param open the others
    /// @param flags `e_flags`
    /// @throws IOException if they cannot be written; those of before count then
    void show(List<ProgramHeader> open, int flags) throws IOException {
        int table = 1 - counting;
        ByteSink sink = new ByteSink(order);
        recent.subList(written[table] - before, recent.size()).forEach(header -> header.write(sink, elfClass));
        open.forEach(header -> header.write(sink, elfClass));
        output.write(offset(table) + (long) written[table] * elfClass.programHeaderSize(), sink);
        written[table] = closed();
        count(table, closed() + open.size(), flags);
        forget();
    }

    /// As [#show], for the last time.
    void finish(List<ProgramHeader> open, int flags) throws IOException {
        if (counting == 0) {
            show(open, flags | ElfCoreWriter.INCOMPLETE);
        }
        show(open, flags);
    }

    private void count(int table, int segments, int flags) throws IOException {
        ByteSink sink = new ByteSink(order);
        header(offset(table), segments, flags).write(sink);
        output.write(0, sink);
        counting = table;
    }

    /// The header of the file when it is complete.
    ElfHeader header() {
        return header(offset(0), closed(), 0);
    }

    private ElfHeader header(long offset, int segments, int flags) {
        return new ElfHeader(elfClass, order, ElfHeader.ET_CORE, machine, 0, offset, 0, flags, segments, 0, 0);
    }

    private void forget() {
        int both = Math.min(written[0], written[1]);
        recent.subList(0, both - before).clear();
        before = both;
    }
}
