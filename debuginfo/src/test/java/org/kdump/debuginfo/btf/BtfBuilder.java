package org.kdump.debuginfo.btf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kdump.elf.ByteSink;

/// A BTF blob, written type by type; each method returns the type's id.
final class BtfBuilder {
    private final ByteOrder order;
    private final ByteSink types;
    private final ByteSink names;
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private int next;
    private int firstName;
    byte[] layout = {};

    BtfBuilder(ByteOrder order) {
        this(order, 1, 0);
        names.u8(0);
    }

    private BtfBuilder(ByteOrder order, int firstId, int firstName) {
        this.order = order;
        this.next = firstId;
        this.firstName = firstName;
        types = new ByteSink(order);
        names = new ByteSink(order);
    }

    static BtfBuilder little() {
        return new BtfBuilder(ByteOrder.LITTLE_ENDIAN);
    }

    /// Split BTF over this one.
    BtfBuilder split() {
        BtfBuilder split = new BtfBuilder(order, next, firstName + names.size());
        split.offsets.putAll(offsets);
        return split;
    }

    int name(String name) {
        if (name.isEmpty()) {
            return 0;
        }
        return offsets.computeIfAbsent(name, key -> {
            int offset = firstName + names.size();
            names.bytes(key.getBytes(StandardCharsets.ISO_8859_1)).u8(0);
            return offset;
        });
    }

    /// Any record: its name, `info`, third word, and what follows.
    int record(int nameOffset, int info, int third, int... more) {
        types.u32(nameOffset).u32(info).u32(third);
        for (int word : more) {
            types.u32(word);
        }
        return next++;
    }

    int type(BtfKind kind, String name, int third, int... more) {
        return counted(kind, name, 0, third, more);
    }

    /// A record with `vlen`.
    int counted(BtfKind kind, String name, int length, int third, int... more) {
        return record(name(name), kind.ordinal() << 24 | length, third, more);
    }

    int integer(String name, int size, boolean signed) {
        return type(BtfKind.INT, name, size, (signed ? 1 << 24 : 0) | size * 8);
    }

    int pointer(int target) {
        return type(BtfKind.PTR, "", target);
    }

    int array(int element, int count) {
        return type(BtfKind.ARRAY, "", 0, element, 1, count);
    }

    int typedef(String name, int target) {
        return type(BtfKind.TYPEDEF, name, target);
    }

    /// A member for [#struct]: its offset in bits, and with bit-fields its size in bits.
    record Field(String name, int type, int bits, int size) {}

    static Field field(String name, int type, int offset) {
        return new Field(name, type, offset * 8, 0);
    }

    int struct(String name, int size, Field... fields) {
        return structure(BtfKind.STRUCT, name, size, fields);
    }

    int union(String name, int size, Field... fields) {
        return structure(BtfKind.UNION, name, size, fields);
    }

    private int structure(BtfKind kind, String name, int size, Field... fields) {
        boolean bitFields = false;
        int[] words = new int[fields.length * 3];
        for (int i = 0; i < fields.length; i++) {
            words[i * 3] = name(fields[i].name());
            words[i * 3 + 1] = fields[i].type();
            words[i * 3 + 2] = fields[i].size() << 24 | fields[i].bits();
            bitFields |= fields[i].size() != 0;
        }
        return record(name(name), kind.ordinal() << 24 | fields.length | (bitFields ? 1 << 31 : 0), size, words);
    }

    MemorySegment blob() {
        boolean withLayout = layout.length > 0;
        ByteSink blob = new ByteSink(order).u16(0xeb9f).u8(1).u8(0).u32(withLayout ? 32 : 24);
        blob.u32(0).u32(types.size()).u32(types.size()).u32(names.size());
        if (withLayout) {
            blob.u32(types.size() + names.size()).u32(layout.length);
        }
        blob.bytes(types.toByteArray()).bytes(names.toByteArray()).bytes(layout);
        return MemorySegment.ofArray(blob.toByteArray());
    }

    Btf btf() {
        return Btf.read("test.btf", blob());
    }

    Btf btf(Btf base) {
        return Btf.split("module.btf", blob(), base);
    }
}
