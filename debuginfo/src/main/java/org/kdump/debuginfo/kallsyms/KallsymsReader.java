package org.kdump.debuginfo.kallsyms;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.kdump.debuginfo.MemoryReader;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Numbers;

/// Reads the tables of [Kallsyms] out of a kernel's memory.
record KallsymsReader(String file, MemoryReader memory, ElfClass elfClass, ByteOrder order) {
    /// A distribution's kernel has 90,000 to 250,000.
    static final int MOST_SYMBOLS = 1 << 20;

    private static final int LARGEST_NAMES = 1 << 25;

    /// Bytes a name, at most, where the table's end cannot be told beforehand.
    private static final int NAME_ROOM = 32;

    /// @return the tables with the first encoding; which one holds is for [Kallsyms] to find out
    Kallsyms read(KallsymsLocation location) throws IOException {
        int count = count(location);
        Tokens tokens = tokens(location);
        NameTable names = new NameTable(upTo(location.names(), namesSize(location, count)), tokens, count);
        int[] offsets = offsets(location, names.size());
        long base = location.relativeBase().isPresent()
                ? word(location.relativeBase().getAsLong())
                : 0;
        return new Kallsyms(names, offsets, location.offsets(), base, OffsetEncoding.ABSOLUTE_PERCPU, count);
    }

    private int count(KallsymsLocation location) throws IOException {
        long count = Integer.toUnsignedLong(intAt(exactly(location.count(), 4, "num_syms"), 0));
        if (count == 0 || count > MOST_SYMBOLS) {
            throw malformed("num_syms", count + " symbols cannot be: the table is damaged, or is not there");
        }
        return (int) count;
    }

    private Tokens tokens(KallsymsLocation location) throws IOException {
        byte[] index = exactly(location.tokenIndex(), Tokens.COUNT * 2, "token_index");
        int[] start = new int[Tokens.COUNT];
        int last = 0;
        for (int token = 0; token < Tokens.COUNT; token++) {
            start[token] = Numbers.u16(MemorySegment.ofArray(index), token * 2L, order);
            last = Math.max(last, start[token]);
        }
        int size = Math.min(last + 1024, Tokens.LARGEST_TABLE);
        byte[] text = upTo(location.tokenTable(), size);
        if (text.length <= last) {
            throw malformed("token_table", "it ends before its last token");
        }
        return new Tokens(text, start);
    }

    /// The names lie before the token table in every kernel so far, so that this is a bound of their size.
    private static int namesSize(KallsymsLocation location, int count) {
        long distance = location.tokenTable() - location.names();
        long room = Math.min((long) count * NAME_ROOM, LARGEST_NAMES);
        return (int) (distance > 0 && distance <= LARGEST_NAMES ? distance : room);
    }

    private int[] offsets(KallsymsLocation location, int count) throws IOException {
        int[] offsets = new int[count];
        int read = (int) memory.read(location.offsets(), MemorySegment.ofArray(offsets)) / Integer.BYTES;
        if (read == 0) {
            throw malformed("offsets", "the symbols' addresses are not in the dump");
        }
        int[] all = read == count ? offsets : Arrays.copyOf(offsets, read);
        if (order != ByteOrder.nativeOrder()) {
            Arrays.setAll(all, i -> Integer.reverseBytes(all[i]));
        }
        return all;
    }

    long word(long address) throws IOException {
        byte[] bytes = exactly(address, elfClass.wordSize(), "relative_base");
        return switch (elfClass) {
            case ELF32 -> Integer.toUnsignedLong(intAt(bytes, 0));
            case ELF64 -> Numbers.s64(MemorySegment.ofArray(bytes), 0, order);
        };
    }

    int intAt(byte[] bytes, int at) {
        return Numbers.s32(MemorySegment.ofArray(bytes), at, order);
    }

    private byte[] exactly(long address, int size, String field) throws IOException {
        byte[] bytes = upTo(address, size);
        if (bytes.length < size) {
            throw malformed(field, "it is not in the dump");
        }
        return bytes;
    }

    /// As many bytes as there are.
    byte[] upTo(long address, int size) throws IOException {
        byte[] bytes = new byte[size];
        int read = (int) memory.read(address, MemorySegment.ofArray(bytes));
        return read == size ? bytes : Arrays.copyOf(bytes, read);
    }

    MalformedInputException malformed(String field, String reason) {
        return new MalformedInputException(file, -1, "kallsyms", field, reason);
    }
}
