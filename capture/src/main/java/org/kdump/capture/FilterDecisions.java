package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.kdump.elf.Note;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpSubHeader;

/// What filters have decided of physical memory.
///
/// A page is kept or dropped as a whole, and what is kept wins; broken and offline memory is never read, whatever a
/// filter says. What is scrubbed is overwritten in the dump, byte by byte, and in the dump alone. Filled by one thread.
public final class FilterDecisions {
    /// What makedumpfile overwrites with: `X`.
    public static final byte MARKER = 'X';

    private static final int MOST = 1 << 16;

    /// Memory that is overwritten.
    ///
    /// @param marker with this
    private record Scrub(PhysicalRange range, byte marker) {}

    private final List<PhysicalRange> kept = new ArrayList<>();
    private final List<PhysicalRange> dropped = new ArrayList<>();
    /// By the address of what begins in them or reaches into them, of pieces of this size.
    private final NavigableMap<Long, List<Scrub>> scrubs = new TreeMap<>();

    private final StringBuilder erased = new StringBuilder();
    private final StringBuilder remarks = new StringBuilder();
    private final List<String> problems = new ArrayList<>();
    private final int pageSize;
    private int count;

    /// Nothing is decided yet.
    ///
    /// @param pageSize of the machine, in bytes
    public FilterDecisions(int pageSize) {
        this.pageSize = pageSize;
    }

    /// Lets the filters of `rules` decide.
    ///
    /// @throws IOException if one of them cannot
    static FilterDecisions of(Vmcore source, PageRules rules) throws IOException {
        FilterDecisions decisions = new FilterDecisions(source.pageSize());
        for (Map.Entry<DumpFilter, String> filter : rules.filters().entrySet()) {
            filter.getKey().decide(source, filter.getValue(), decisions);
        }
        return decisions;
    }

    /// Keeps the pages that a range touches, whatever the dump level.
    ///
    /// @throws IOException if there are too many decisions
    public void keep(PhysicalRange range) throws IOException {
        count();
        kept.add(range);
    }

    /// Leaves out the pages that a range touches.
    ///
    /// @throws IOException if there are too many decisions
    public void drop(PhysicalRange range) throws IOException {
        count();
        dropped.add(range);
    }

    /// Overwrites a range.
    ///
    /// @param marker with this
    /// @throws IOException if there are too many decisions
    public void scrub(PhysicalRange range, byte marker) throws IOException {
        for (long page = range.start() / pageSize; page * pageSize < range.end(); page++) {
            count();
            scrubs.computeIfAbsent(page, key -> new ArrayList<>()).add(new Scrub(range, marker));
        }
    }

    private void count() throws IOException {
        if (++count > MOST) {
            throw new IOException(
                    "filters decide on more than " + MOST + " pieces of memory; take larger ones, or fewer");
        }
    }

    /// Adds a line to the report, which is printed and goes into the dump: `erase NAME size 16`.
    public void report(String line) {
        erased.append(line).append('\n');
    }

    /// Adds a sentence on what could not be done.
    public void problem(String sentence) {
        problems.add(sentence);
    }

    /// The lines of [#report].
    public List<String> report() {
        return erased.toString().lines().toList();
    }

    List<String> problems() {
        return problems;
    }

    /// Lets the dump itself say something of how it was made.
    void remark(String sentence) {
        remarks.append("# ").append(sentence).append('\n');
    }

    /// The notes of a dump to which these apply: the source's, and in one of them what was erased, then and before.
    List<Note> notes(Vmcore source) {
        if (erased.isEmpty() && remarks.isEmpty()) {
            return source.notes();
        }
        List<Note> notes = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (Note note : source.notes()) {
            if (note.name().equals(DiskdumpSubHeader.ERASEINFO)) {
                text.append(note.text());
            } else {
                notes.add(note);
            }
        }
        byte[] all = text.append(erased).append(remarks).toString().getBytes(StandardCharsets.UTF_8);
        notes.add(new Note(DiskdumpSubHeader.ERASEINFO, 0, MemorySegment.ofArray(all), -1));
        return notes;
    }

    /// The source as it is to be in the dump.
    Vmcore scrubbed(Vmcore source) {
        boolean same = scrubs.isEmpty() && erased.isEmpty() && remarks.isEmpty();
        return same ? source : new ScrubbedVmcore(source, this);
    }

    /// Takes pages of a window out of those that are kept, or puts them back.
    ///
    /// @param readable the window's memory that may be read
    void apply(long firstPfn, PageBits readable, PageBits selected) {
        for (PhysicalRange range : dropped) {
            selected.clear(frame(range.start(), firstPfn), frame(range.end() + pageSize - 1, firstPfn));
        }
        for (PhysicalRange range : kept) {
            selected.copy(frame(range.start(), firstPfn), frame(range.end() + pageSize - 1, firstPfn), readable);
        }
    }

    private int frame(long address, long firstPfn) {
        return Math.clamp(address / pageSize - firstPfn, 0, PageBits.FRAMES);
    }

    /// Whether pages are kept or dropped at all.
    boolean selectsPages() {
        return !kept.isEmpty() || !dropped.isEmpty();
    }

    /// Whether anything of a range is scrubbed.
    boolean touches(long start, long length) {
        return !scrubs.subMap(start / pageSize, true, (start + length - 1) / pageSize, true)
                .isEmpty();
    }

    /// Overwrites in `bytes`, which stand at `start`, what is to be.
    void overwrite(long start, MemorySegment bytes) {
        long end = start + bytes.byteSize();
        if (bytes.byteSize() == 0) {
            return;
        }
        for (List<Scrub> page : scrubs.subMap(start / pageSize, true, (end - 1) / pageSize, true)
                .values()) {
            for (Scrub scrub : page) {
                long from = Math.max(start, scrub.range.start());
                long to = Math.min(end, scrub.range.end());
                if (from < to) {
                    bytes.asSlice(from - start, to - from).fill(scrub.marker);
                }
            }
        }
    }
}
