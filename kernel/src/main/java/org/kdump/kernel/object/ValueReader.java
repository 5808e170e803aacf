package org.kdump.kernel.object;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.MemberLocation;
import org.kdump.vmcore.paging.MemoryFault;

/// Reads whatever type at whatever address. What is not in the dump is an [Value.Absent] where it would be, the rest is
/// there.
public final class ValueReader {
    private static final int DEEPEST = 40;
    /// Values in one answer.
    private static final int MOST = 1 << 17;
    /// Elements of one array that are read; of `char` as many more.
    private static final int LONGEST = 1 << 12;

    private static final int LONGEST_TEXT = 200;

    private final TypedMemory memory;
    private final Btf types;
    private int read;

    private ValueReader(TypedMemory memory) {
        this.memory = memory;
        this.types = memory.types();
    }

    /// What is at an address.
    ///
    /// @param type its type's id
    /// @throws MalformedInputException if the type makes no sense
    /// @throws IOException if the dump cannot be read
    public static Value read(TypedMemory memory, int type, long address) throws IOException {
        return new ValueReader(memory).value(new MemberLocation(type, 0, 0), address, 0);
    }

    /// What a member of a struct is.
    ///
    /// @throws MalformedInputException if the type makes no sense
    /// @throws IOException if the dump cannot be read
    public static Value read(Member member, long address) throws IOException {
        return new ValueReader(member.owner().memory()).value(member.place(), address, 0);
    }

    private Value value(MemberLocation place, long address, int depth) throws IOException {
        if (depth > DEEPEST || ++read > MOST) {
            return new Value.Absent("there is more than can be shown");
        }
        BtfType type = types.type(types.resolve(place.type()));
        try {
            return switch (type) {
                case BtfType.Structure structure -> structure(structure, place, address, depth);
                case BtfType.Array array -> array(array, address + place.offset(), depth);
                case BtfType.Pointer pointer -> pointer(pointer, memory.memory().word(address + place.offset()));
                case BtfType.Enumeration enumeration -> named(enumeration, place, address);
                case BtfType.Int integer -> integer(integer, place, address);
                case BtfType.Void _, BtfType.Forward _, BtfType.Prototype _, BtfType.FloatingPoint _ ->
                    new Value.Absent("it has no value that can be shown");
                case BtfType.Typedef _, BtfType.Qualified _, BtfType.TypeTag _, BtfType.DeclarationTag _ ->
                    throw new AssertionError("resolved types are none of these");
                case BtfType.Function _, BtfType.Variable _, BtfType.DataSection _, BtfType.Unknown _ ->
                    new Value.Absent("it is no type of a variable");
            };
        } catch (MemoryFault e) {
            return new Value.Absent(e.getMessage());
        }
    }

    private Value structure(BtfType.Structure structure, MemberLocation place, long address, int depth)
            throws IOException {
        List<Value.Field> fields = new ArrayList<>();
        for (BtfType.Member member : structure.members()) {
            MemberLocation inner =
                    new MemberLocation(member.type(), place.bitOffset() + member.bitOffset(), member.bitFieldSize());
            fields.add(new Value.Field(member.name(), value(inner, address, depth + 1)));
        }
        return new Value.Fields(List.copyOf(fields));
    }

    private Value array(BtfType.Array array, long address, int depth) throws IOException {
        BtfType element = types.type(types.resolve(array.element()));
        long size = types.size(array.element()).orElse(0);
        if (array.count() == 0) {
            // How many a flexible array has is not told by its type.
            return new Value.Pointer(address, Optional.empty());
        }
        int count = (int) Math.min(array.count(), size == 0 ? 0 : LONGEST);
        if (element instanceof BtfType.Int integer && size == 1 && !integer.bool()) {
            return new Value.Text(new String(memory.memory().bytes(address, count), StandardCharsets.ISO_8859_1));
        }
        List<Value> elements = new ArrayList<>();
        for (int i = 0; i < count && read < MOST; i++) {
            elements.add(value(new MemberLocation(array.element(), 0, 0), address + i * size, depth + 1));
        }
        return new Value.Elements(List.copyOf(elements), array.count());
    }

    private Value pointer(BtfType.Pointer pointer, long target) throws IOException {
        boolean text = types.type(types.resolve(pointer.target())) instanceof BtfType.Int integer
                && integer.size() == 1
                && !integer.bool();
        // It reads up to where it can; what it points to may be user memory, or nothing.
        byte[] bytes = new byte[text && target != 0 ? LONGEST_TEXT : 0];
        int length = bytes.length == 0 ? 0 : (int) memory.memory().read(target, MemorySegment.ofArray(bytes));
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        boolean shown = length > 0;
        return new Value.Pointer(
                target, shown ? Optional.of(new String(bytes, 0, end, StandardCharsets.ISO_8859_1)) : Optional.empty());
    }

    private Value named(BtfType.Enumeration enumeration, MemberLocation place, long address) throws IOException {
        long value = memory.number(place, address, enumeration.size(), enumeration.signed());
        return new Value.Named(value, types.enumeratorName(enumeration.id(), value));
    }

    private Value integer(BtfType.Int integer, MemberLocation place, long address) throws IOException {
        if (!place.isBitField() && integer.size() > Long.BYTES) {
            return new Value.Absent("a number of " + integer.size() + " bytes is not shown");
        }
        long value = memory.number(place, address, integer.size(), integer.signed());
        if (integer.bool()) {
            return new Value.Truth(value != 0);
        }
        // A bit-field of a char is shown as a number, not as a character.
        int bytes = place.isBitField() ? Integer.BYTES : (int) integer.size();
        return new Value.Number(value, integer.signed(), bytes);
    }
}
