package org.kdump.kernel.object;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.MemberLocation;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// The crashed kernel's memory with the types and symbols of what is in it. Safe for use by several threads.
public final class TypedMemory {
    private final VirtualMemory memory;
    private final Btf types;
    private final SymbolAddresses symbols;
    private final Map<String, Optional<StructType>> structs = new ConcurrentHashMap<>();
    private final Map<Integer, StructType> structsById = new ConcurrentHashMap<>();

    /// @param memory what is read
    /// @param types how it is laid out
    /// @param symbols where things are
    public TypedMemory(VirtualMemory memory, Btf types, SymbolAddresses symbols) {
        this.memory = memory;
        this.types = types;
        this.symbols = symbols;
    }

    /// The memory of a dump's kernel, with the types found in it.
    ///
    /// @throws MalformedInputException if the dump holds no BTF, or it makes no sense
    /// @throws IOException if the dump cannot be read
    public static TypedMemory of(VirtualMemory memory, SymbolAddresses symbols) throws IOException {
        return new TypedMemory(memory, KernelBtf.find(memory, symbols), symbols);
    }

    /// As the other, with the types of a file where the dump holds none.
    ///
    /// @param given what the user gave; it need not have types
    /// @throws MalformedInputException if neither has BTF, or it makes no sense
    /// @throws IOException if the dump cannot be read
    public static TypedMemory of(VirtualMemory memory, SymbolAddresses symbols, Optional<Namelist> given)
            throws IOException {
        Optional<MemorySegment> others = given.flatMap(Namelist::types);
        try {
            return of(memory, symbols);
        } catch (MalformedInputException | MemoryFault notInDump) {
            if (others.isEmpty()) {
                throw notInDump;
            }
            return new TypedMemory(memory, Btf.read(given.get().file(), others.get()), symbols);
        }
    }

    /// The memory without types.
    public VirtualMemory memory() {
        return memory;
    }

    /// The types.
    public Btf types() {
        return types;
    }

    /// The same memory, seen with the types of a module.
    ///
    /// @param module split BTF over the kernel's
    public TypedMemory with(Btf module) {
        return new TypedMemory(memory, module, symbols);
    }

    /// The struct or union of that name, or what a typedef of that name stands for; empty if the kernel has none.
    ///
    /// @param name `task_struct`, `struct task_struct`, `pgd_t`
    public Optional<StructType> findStruct(String name) {
        return structs.computeIfAbsent(name, this::lookUp);
    }

    /// The struct or union of that name.
    ///
    /// @throws MalformedInputException if the kernel has none
    public StructType struct(String name) {
        return findStruct(name).orElseThrow(() -> lacks("struct " + name, "the kernel's BTF has no such type"));
    }

    private Optional<StructType> lookUp(String name) {
        OptionalInt id = types.find("struct " + name);
        id = id.isPresent() ? id : types.find(name);
        return id.isPresent() ? structure(id.getAsInt()) : Optional.empty();
    }

    /// The struct or union that a type is behind its typedefs; empty if it is none.
    ///
    /// @throws MalformedInputException if there is no type of that id
    public Optional<StructType> structure(int type) {
        int id = types.resolve(type);
        boolean structure = types.is(id, BtfKind.STRUCT) || types.is(id, BtfKind.UNION);
        return structure
                ? Optional.of(structsById.computeIfAbsent(id, key -> new StructType(this, key)))
                : Optional.empty();
    }

    /// A struct at an address.
    ///
    /// @throws MalformedInputException if the kernel has no such struct
    public Struct struct(String name, long address) {
        return struct(name).at(address);
    }

    /// Where a symbol is; empty if it is not known.
    public OptionalLong findSymbol(String name) {
        return symbols.address(name);
    }

    /// Where a symbol is.
    ///
    /// @throws MalformedInputException if it is not known
    public long symbol(String name) {
        return findSymbol(name).orElseThrow(() -> lacks(name, "the kernel's symbols have no such name"));
    }

    /// A variable that is a struct.
    ///
    /// @param symbol its name
    /// @param type its type's
    /// @throws MalformedInputException if the kernel has no such symbol or struct
    public Struct variable(String symbol, String type) {
        return struct(type).at(symbol(symbol));
    }

    /// A value of an enum.
    ///
    /// @throws MalformedInputException if the kernel has none of that name
    public long enumerator(String name) {
        return types.enumerator(name).orElseThrow(() -> lacks(name, "the kernel's BTF has no such enumerator"));
    }

    /// The number at a place in the struct at `address`.
    ///
    /// @param size bytes, 1, 2, 4 or 8, if it is no bit-field
    long number(MemberLocation place, long address, long size, boolean signed) throws IOException {
        if (place.isBitField()) {
            return bitField(place, address, signed);
        }
        long at = address + place.offset();
        long unsigned = switch ((int) size) {
            case 1 -> memory.u8(at);
            case 2 -> memory.u16(at);
            case 4 -> memory.u32(at);
            case 8 -> memory.u64(at);
            default -> throw lacks("number", "one of " + size + " bytes cannot be read");
        };
        return extend(unsigned, (int) size * Byte.SIZE, signed);
    }

    private static long extend(long unsigned, int bits, boolean signed) {
        int unused = Long.SIZE - bits;
        return signed ? unsigned << unused >> unused : unsigned;
    }

    /// Bit by bit, for the order of bits goes with the order of bytes.
    private long bitField(MemberLocation place, long address, boolean signed) throws IOException {
        int bits = Math.min(place.bitFieldSize(), Long.SIZE);
        int first = (int) (place.bitOffset() % Byte.SIZE);
        byte[] bytes = memory.bytes(address + place.offset(), (first + bits + Byte.SIZE - 1) / Byte.SIZE);
        boolean little = memory.vmcore().byteOrder() == ByteOrder.LITTLE_ENDIAN;
        long value = 0;
        for (int i = 0; i < bits; i++) {
            int bit = first + (little ? bits - 1 - i : i);
            int shift = little ? bit % Byte.SIZE : Byte.SIZE - 1 - bit % Byte.SIZE;
            value = value << 1 | bytes[bit / Byte.SIZE] >>> shift & 1;
        }
        return extend(value, bits, signed);
    }

    MalformedInputException lacks(String what, String reason) {
        return new MalformedInputException(memory.vmcore().name(), -1, what, "", reason);
    }
}
