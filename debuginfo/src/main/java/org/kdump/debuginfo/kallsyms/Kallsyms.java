package org.kdump.debuginfo.kallsyms;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.kdump.debuginfo.MemoryReader;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;

/// The symbols of the kernel itself, out of the tables that it carries for its own oopses (kernel/kallsyms.c), in the
/// order of their addresses.
///
/// Names stay compressed: one is expanded when it is asked for. Immutable.
public final class Kallsyms implements SymbolTable {
    /// The kernel's image with all its data has at most this size: what is further away is no part of a symbol.
    private static final long FARTHEST = 1L << 30;

    private final NameTable names;
    private final int[] offsets;
    private final long place;
    private final long base;
    private final OffsetEncoding encoding;
    private final int expected;

    Kallsyms(NameTable names, int[] offsets, long place, long base, OffsetEncoding encoding, int expected) {
        this.names = names;
        this.offsets = offsets;
        this.place = place;
        this.base = base;
        this.encoding = encoding;
        this.expected = expected;
    }

    private Kallsyms as(OffsetEncoding other) {
        return new Kallsyms(names, offsets, place, base, other, expected);
    }

    /// Reads the tables.
    ///
    /// @param file the dump's name for errors
    /// @param memory the kernel's
    /// @param location where they are
    /// @param known addresses of some symbols from another source, such as VMCOREINFO: the tables must agree with
    ///     all of these that they have, and have one at least
    /// @throws MalformedInputException if the tables are not in the dump, make no sense, or disagree with `known`
    /// @throws IOException if the dump cannot be read
    public static Kallsyms read(
            String file,
            MemoryReader memory,
            KallsymsLocation location,
            ElfClass elfClass,
            ByteOrder order,
            Map<String, Long> known)
            throws IOException {
        KallsymsReader reader = new KallsymsReader(file, memory, elfClass, order);
        Kallsyms tables = reader.read(location);
        return Arrays.stream(OffsetEncoding.values())
                .map(tables::as)
                .filter(kallsyms -> kallsyms.agreesWith(known))
                .findFirst()
                .orElseThrow(() -> reader.malformed(
                        "offsets",
                        "the symbols' addresses are not those that VMCOREINFO gives; the tables are damaged"));
    }

    private boolean agreesWith(Map<String, Long> known) {
        int agreed = 0;
        for (Map.Entry<String, Long> symbol : known.entrySet()) {
            int[] found = found(symbol.getKey());
            if (Arrays.stream(found).anyMatch(i -> address(i) == symbol.getValue())) {
                agreed++;
            } else if (found.length > 0) {
                return false;
            }
        }
        return agreed > 0;
    }

    /// How many symbols there are.
    public int size() {
        return offsets.length;
    }

    /// How many there should be but are not, since their part of the tables is not in the dump.
    @Override
    public int missing() {
        return expected - offsets.length;
    }

    /// A symbol by its number, from 0 to [#size] - 1.
    public KernelSymbol symbol(int number) {
        return new KernelSymbol(names.name(number), address(number), names.type(number));
    }

    private long address(int number) {
        return encoding.address(offsets[number], base, place + number * 4L);
    }

    private int[] found(String name) {
        // The names may reach further than the addresses, where the dump lacks some of these.
        return Arrays.stream(names.find(name))
                .filter(number -> number < offsets.length)
                .toArray();
    }

    /// All symbols of that name, in the order of their addresses.
    @Override
    public List<KernelSymbol> symbols(String name) {
        return Arrays.stream(found(name)).mapToObj(this::symbol).toList();
    }

    /// The address of the first symbol of that name.
    @Override
    public OptionalLong address(String name) {
        return Arrays.stream(found(name)).mapToLong(this::address).findFirst();
    }

    /// Gives each symbol to `consumer`, in the order of addresses.
    @Override
    public void forEach(Consumer<KernelSymbol> consumer) {
        NameTable.Walk walk = NameTable.Walk.of(names);
        for (int number = 0; number < offsets.length && walk.next(); number++) {
            consumer.accept(new KernelSymbol(walk.name(), address(number), walk.type()));
        }
    }

    /// The symbols whose names have `part` in them.
    @Override
    public List<KernelSymbol> search(String part) {
        byte[] wanted = part.getBytes(StandardCharsets.ISO_8859_1);
        List<KernelSymbol> found = new ArrayList<>();
        NameTable.Walk walk = NameTable.Walk.of(names);
        for (int number = 0; number < offsets.length && walk.next(); number++) {
            if (walk.contains(wanted)) {
                found.add(new KernelSymbol(walk.name(), address(number), walk.type()));
            }
        }
        return found;
    }

    /// What the kernel has at `address`; empty before its first symbol, from its last on, and far from any. A per-CPU
    /// variable's offset is told only if it is just that.
    @Override
    public Optional<SymbolPlace> nearest(long address) {
        int number = lastAtOrBefore(address);
        if (number < 0) {
            return Optional.empty();
        }
        long start = address(number);
        long offset = address - start;
        int first = number;
        while (first > 0 && address(first - 1) == start) {
            first--;
        }
        long size = number + 1 < offsets.length ? address(number + 1) - start : 0;
        boolean far = size < 0 || size > FARTHEST || number + 1 == offsets.length || isPerCpu(number);
        if (offset != 0 && far) {
            return Optional.empty();
        }
        return Optional.of(new SymbolPlace(symbol(first), offset, far ? 0 : size, ""));
    }

    private boolean isPerCpu(int number) {
        return encoding.isPerCpu(offsets[number]);
    }

    private int lastAtOrBefore(long address) {
        int low = 0;
        int high = offsets.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(address(middle), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
