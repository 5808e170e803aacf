package org.kdump.cli;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.kdump.elf.ByteSink;

/// Writes BTF of a 64-bit little-endian kernel from a few lines, a struct each, in the order of their use:
///
/// ```
/// list_head 16: next ptr 0, prev ptr 8
/// task 64: pid int 0, flag u8:3 129, comm char[16] 16, tasks list_head 32, next task* 48
/// ```
///
/// An offset is in bytes, that of a bit-field in bits. Known are `char u8 s16 int long ptr`, and `*` behind
/// the
/// name of a struct.
final class TypesBlob {
    private static final int INT = 1;
    private static final int POINTER = 2;
    private static final int ARRAY = 3;
    private static final int STRUCT = 4;
    private static final int SIGNED = 1 << 24;
    private static final int BIT_FIELDS = 1 << 31;

    private final ByteSink types = new ByteSink(ByteOrder.LITTLE_ENDIAN);
    private final ByteSink names = new ByteSink(ByteOrder.LITTLE_ENDIAN).u8(0);
    private final Map<String, Integer> ids = new HashMap<>();
    private int last;

    private TypesBlob() {
        integer("char", 1, SIGNED);
        integer("u8", 1, 0);
        integer("s16", 2, SIGNED);
        integer("int", 4, SIGNED);
        integer("long", 8, 0);
        ids.put("ptr", add("", POINTER << 24, 0));
    }

    static byte[] of(String text) {
        TypesBlob blob = new TypesBlob();
        text.lines().forEach(blob::struct);
        ByteSink header =
                new ByteSink(ByteOrder.LITTLE_ENDIAN).u16(0xeb9f).u8(1).u8(0).u32(24);
        header.u32(0).u32(blob.types.size()).u32(blob.types.size()).u32(blob.names.size());
        return header.bytes(blob.types.toByteArray())
                .bytes(blob.names.toByteArray())
                .toByteArray();
    }

    private void integer(String name, int size, int flags) {
        ids.put(name, add(name, INT << 24, size, flags | size * Byte.SIZE));
    }

    private int add(String name, int info, int third, int... more) {
        types.u32(name(name)).u32(info).u32(third);
        for (int word : more) {
            types.u32(word);
        }
        return ++last;
    }

    private int name(String name) {
        int offset = name.isEmpty() ? 0 : names.size();
        if (offset != 0) {
            names.bytes(name.getBytes(StandardCharsets.US_ASCII)).u8(0);
        }
        return offset;
    }

    private void struct(String line) {
        String[] parts = line.split(": ", 2);
        String[] head = parts[0].split(" ");
        String[] fields = parts[1].split(", ");
        int[] words = new int[fields.length * 3];
        // Its pointer comes first, for it may point to its like; then the arrays among its members, then
        // itself.
        int arrays =
                (int) Stream.of(fields).filter(field -> field.contains("[")).count();
        ids.put(head[0] + "*", add("", POINTER << 24, last + 2 + arrays));
        for (int i = 0; i < fields.length; i++) {
            String[] field = fields[i].split(" ");
            String[] type = field[1].split(":");
            int place = Integer.parseInt(field[2]);
            words[i * 3] = name(field[0]);
            words[i * 3 + 1] = type(type[0]);
            words[i * 3 + 2] = type.length == 1 ? place * Byte.SIZE : Integer.parseInt(type[1]) << 24 | place;
        }
        ids.put(head[0], add(head[0], BIT_FIELDS | STRUCT << 24 | fields.length, Integer.parseInt(head[1]), words));
    }

    private int type(String name) {
        int bracket = name.indexOf('[');
        if (bracket < 0) {
            return ids.get(name);
        }
        int count = Integer.parseInt(name.substring(bracket + 1, name.length() - 1));
        return add("", ARRAY << 24, 0, ids.get(name.substring(0, bracket)), ids.get("int"), count);
    }
}
