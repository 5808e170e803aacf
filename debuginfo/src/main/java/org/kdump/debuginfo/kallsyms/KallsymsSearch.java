package org.kdump.debuginfo.kallsyms;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.MemoryReader;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;

/// Finds a kernel's symbol tables in its read-only data, where nothing tells of them (VMCOREINFO before Linux 6.0).
///
/// ```
/// token_table       256 strings, each ended by a NUL; then, aligned to 4 or 8 bytes:
/// token_index       256 numbers of 16 bits, where each token begins
/// before the table: num_syms, names, markers (where each 256th name is; 32 bits, the first 0), each aligned
/// the addresses:    offsets and relative_base before num_syms; or behind token_index, since Linux 6.4 (commit
///                   404bad70fcf7, "scripts/kallsyms: change the output order")
/// between markers and token table: seqs_of_names, 3 bytes for each symbol, from Linux 6.2 (commit 60443c88f3a8,
///                   "kallsyms: Improve the performance of kallsyms_lookup_name()"), and in stable kernels of 6.1;
///                   behind the addresses since 6.4
/// ```
///
/// The index is what can be recognised.
public final class KallsymsSearch {
    private static final int WINDOW = 1 << 19;
    private static final int INDEX_BYTES = Tokens.COUNT * Short.BYTES;
    private static final int LONGEST_TOKEN = 512;
    private static final int ALIGNMENT = 4;

    private static final int SEQUENCE_BYTES = 3;
    private static final int MARKERS_ROOM = KallsymsReader.MOST_SYMBOLS / 256 * Integer.BYTES;
    /// No kernel has fewer than 4,096 symbols.
    private static final int LEAST_MARKERS = 16;

    /// What is passed over at a time where memory cannot be read: no page is smaller.
    private static final int LEAST_PAGE = 4096;

    /// The names behind the last marker: at most 256, each of at most 129 bytes.
    private static final int LAST_NAMES = 256 * 129;

    private final KallsymsReader reader;

    /// Before how many token tables, real or not, sequence numbers are still looked for, which takes long.
    private int tablesLeft = 64;

    /// @param file the dump's name for errors
    /// @param memory the kernel's
    public KallsymsSearch(String file, MemoryReader memory, ElfClass elfClass, ByteOrder order) {
        this.reader = new KallsymsReader(file, memory, elfClass, order);
    }

    /// Searches from `to` down to `from`: the tables are the last of the read-only data, which lie before the data.
    /// Memory that is not in the dump is passed over.
    ///
    /// @param from an address that is aligned to 4 bytes
    /// @param known as for [Kallsyms#read]
    /// @return empty if there are no tables that agree with `known`
    /// @throws IOException if the dump cannot be read
    public Optional<Kallsyms> find(long from, long to, Map<String, Long> known) throws IOException {
        short[] window = new short[(WINDOW + INDEX_BYTES) / Short.BYTES];
        for (long at = Math.max(from, to - WINDOW); ; at = Math.max(from, at - WINDOW)) {
            fill(window, at);
            Optional<Kallsyms> found = find(window, at, known);
            if (found.isPresent() || at <= from) {
                return found;
            }
        }
    }

    /// Reads a window; what cannot be read becomes 0.
    private void fill(short[] window, long at) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(window);
        long done = 0;
        while (done < bytes.byteSize()) {
            done += reader.memory().read(at + done, bytes.asSlice(done));
            if (done < bytes.byteSize()) {
                long next = (at + done & -LEAST_PAGE) + LEAST_PAGE - at;
                bytes.asSlice(done, Math.min(next, bytes.byteSize()) - done).fill((byte) 0);
                done = next;
            }
        }
        for (int i = 0; i < window.length && reader.order() != ByteOrder.nativeOrder(); i++) {
            window[i] = Short.reverseBytes(window[i]);
        }
    }

    private Optional<Kallsyms> find(short[] window, long at, Map<String, Long> known) throws IOException {
        for (int i = window.length - Tokens.COUNT; i >= 0; i -= ALIGNMENT / Short.BYTES) {
            if (window[i] == 0 && isTokenIndex(window, i)) {
                Optional<Kallsyms> found = around(at + i * 2L, Arrays.copyOfRange(window, i, i + Tokens.COUNT), known);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isTokenIndex(short[] window, int at) {
        for (int i = at + 1; i < at + Tokens.COUNT; i++) {
            int step = Short.toUnsignedInt(window[i]) - Short.toUnsignedInt(window[i - 1]);
            if (step < 1 || step > LONGEST_TOKEN) {
                return false;
            }
        }
        return true;
    }

    private Optional<Kallsyms> around(long tokenIndex, short[] index, Map<String, Long> known) throws IOException {
        for (long table : tokenTables(tokenIndex, index)) {
            for (KallsymsLocation location : locations(table, tokenIndex)) {
                Optional<Kallsyms> found = read(location, known);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Kallsyms> read(KallsymsLocation location, Map<String, Long> known) throws IOException {
        try {
            return Optional.of(
                    Kallsyms.read(reader.file(), reader.memory(), location, reader.elfClass(), reader.order(), known));
        } catch (MalformedInputException notThese) {
            return Optional.empty();
        }
    }

    /// Where the token table may begin: before the index lie its last token that is not empty, its NUL, those of
    /// empty ones and of the alignment.
    private List<Long> tokenTables(long tokenIndex, short[] index) throws IOException {
        int last = Tokens.COUNT - 1;
        int room = Short.toUnsignedInt(index[last]) + LONGEST_TOKEN;
        byte[] before = reader.upTo(tokenIndex - room, room);
        int begin = before.length;
        while (begin > 0 && before[begin - 1] == 0) {
            begin--;
        }
        while (begin > 0 && before[begin - 1] != 0) {
            begin--;
        }
        // The index does not tell whether its last token is empty.
        int filled = last - 1;
        while (filled > 0 && index[filled + 1] - index[filled] == 1) {
            filled--;
        }
        List<Long> tables = new ArrayList<>();
        for (int token : new int[] {last, filled}) {
            int start = begin - Short.toUnsignedInt(index[token]);
            if (before.length == room && start >= 0 && areTokens(before, start, index, token)) {
                tables.add(tokenIndex - room + start);
            }
        }
        return tables;
    }

    /// Whether each of the tokens but the last ones ends, with a NUL, where the next begins.
    private static boolean areTokens(byte[] bytes, int start, short[] index, int last) {
        for (int token = 0; token < last; token++) {
            int end = start + Short.toUnsignedInt(index[token + 1]) - 1;
            for (int i = start + Short.toUnsignedInt(index[token]); i <= end; i++) {
                if ((bytes[i] == 0) != (i == end)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// The markers end where the token table begins, or where the sequence numbers of names do that lie before it.
    private List<KallsymsLocation> locations(long tokenTable, long tokenIndex) throws IOException {
        List<KallsymsLocation> locations = new ArrayList<>(markersBefore(tokenTable, tokenIndex));
        if (tablesLeft-- <= 0) {
            return locations;
        }
        byte[] before = allBefore(tokenTable, MARKERS_ROOM + KallsymsReader.MOST_SYMBOLS * SEQUENCE_BYTES);
        for (int end = before.length - ALIGNMENT; end > 0; end -= ALIGNMENT) {
            int markers = ((before.length - end) / SEQUENCE_BYTES + 255) / 256;
            for (int gap = 0; gap <= ALIGNMENT; gap += ALIGNMENT) {
                int first = end - gap - markers * Integer.BYTES;
                if (areMarkers(before, first, markers)) {
                    int last = marker(before, first, markers - 1);
                    long place = tokenTable - before.length + first;
                    locations.addAll(locations(tokenTable, tokenIndex, place, last, markers));
                }
            }
        }
        return locations;
    }

    /// What lies before an address without a hole, or much of it.
    private byte[] allBefore(long address, int most) throws IOException {
        for (int room = most; room > 0; room /= 2) {
            byte[] before = reader.upTo(address - room, room);
            if (before.length == room) {
                return before;
            }
        }
        return new byte[0];
    }

    /// Whether there may be so many markers: from 0 on each is some bytes further for each of 256 names.
    private boolean areMarkers(byte[] bytes, int first, int count) {
        if (count < LEAST_MARKERS || first < 0 || reader.intAt(bytes, first) != 0) {
            return false;
        }
        for (int i = 1; i < count; i++) {
            int step = marker(bytes, first, i) - marker(bytes, first, i - 1);
            if (step < 2 * 256 || step > LAST_NAMES) {
                return false;
            }
        }
        return true;
    }

    private int marker(byte[] bytes, int first, int number) {
        return reader.intAt(bytes, first + number * Integer.BYTES);
    }

    private List<KallsymsLocation> markersBefore(long end, long tokenIndex) throws IOException {
        byte[] before = reader.upTo(end - MARKERS_ROOM, MARKERS_ROOM);
        if (before.length < MARKERS_ROOM) {
            return List.of();
        }
        int first = MARKERS_ROOM - ALIGNMENT;
        // Behind an odd number of markers may be a gap.
        first -= reader.intAt(before, first) == 0 && reader.intAt(before, first - ALIGNMENT) != 0 ? ALIGNMENT : 0;
        int last = reader.intAt(before, first);
        for (int marker = last;
                first >= ALIGNMENT && marker > reader.intAt(before, first - ALIGNMENT) && marker > 0; ) {
            first -= ALIGNMENT;
            marker = reader.intAt(before, first);
        }
        long markers = end - MARKERS_ROOM + first;
        boolean plausible = reader.intAt(before, first) == 0 && last >= 0;
        return plausible ? locations(end, tokenIndex, markers, last, (end - markers) / Integer.BYTES) : List.of();
    }

    /// @param markers where they are
    /// @param last where the name of the last marker is
    /// @param number how many markers there are, one more at most
    private List<KallsymsLocation> locations(long tokenTable, long tokenIndex, long markers, int last, long number)
            throws IOException {
        List<KallsymsLocation> locations = new ArrayList<>();
        long count = number * 256;
        int room = LAST_NAMES + 2 * Long.BYTES;
        long from = markers - last - room & -ALIGNMENT;
        byte[] bytes = reader.upTo(from, room);
        for (int at = bytes.length - ALIGNMENT & -ALIGNMENT; at >= 0 && bytes.length == room; at -= ALIGNMENT) {
            long symbols = Integer.toUnsignedLong(reader.intAt(bytes, at));
            if (symbols <= count && symbols > count - 512) {
                addAll(locations, from + at, symbols, tokenTable, tokenIndex);
            }
        }
        return locations;
    }

    /// The names are behind their number; a number of 4 bytes is padded to 8 where tables are aligned to 8.
    private void addAll(List<KallsymsLocation> all, long count, long symbols, long tokenTable, long tokenIndex) {
        int word = reader.elfClass().wordSize();
        long size = symbols * Integer.BYTES + word - 1 & -word;
        for (long names : new long[] {count + Long.BYTES, count + Integer.BYTES}) {
            long base = count - word;
            all.add(new KallsymsLocation(names, count, tokenTable, tokenIndex, base - size, OptionalLong.of(base)));
            long offsets = tokenIndex + INDEX_BYTES;
            all.add(new KallsymsLocation(
                    names, count, tokenTable, tokenIndex, offsets, OptionalLong.of(offsets + size)));
        }
    }
}
