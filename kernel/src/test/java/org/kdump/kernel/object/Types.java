package org.kdump.kernel.object;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.elf.ByteSink;

/// BTF written from a few lines, a struct each, in the order of their use:
///
/// ```
/// list_head 16: next ptr 0, prev ptr 8
/// task 64: pid int 0, flag u32:3 96, comm char[16] 16, tasks list_head 32, next task* 48
/// enum color: RED=0 BLUE=7
/// ```
///
/// An offset is in bytes, that of a bit-field in bits. Known from the start: `char u8 u16 int u32 u64 long` (64 bits or
/// the word's), `ptr` and `*` behind a name.
public final class Types {
    private final ByteSink types;
    private final ByteSink names;
    private final Map<String, Integer> ids = new HashMap<>();
    private int next = 1;

    private Types(ByteOrder order, int word) {
        types = new ByteSink(order);
        names = new ByteSink(order).u8(0);
        integer("char", "char", 1, true);
        integer("u8", "unsigned char", 1, false);
        integer("u16", "u16", 2, false);
        integer("int", "int", 4, true);
        integer("u32", "unsigned int", 4, false);
        integer("u64", "long long unsigned int", 8, false);
        integer("long", "long unsigned int", word, false);
        ids.put("ptr", record("", 2, 0, 0, 0));
        ids.put("char*", record("", 2, 0, 0, ids.get("char")));
    }

    static Btf of(ByteOrder order, int word, String text) {
        return Btf.read("types", MemorySegment.ofArray(blob(order, word, text)));
    }

    static byte[] blob(ByteOrder order, int word, String text) {
        Types all = new Types(order, word);
        text.lines().filter(line -> !line.isBlank()).forEach(all::line);
        ByteSink blob = new ByteSink(order).u16(0xeb9f).u8(1).u8(0).u32(24);
        blob.u32(0).u32(all.types.size()).u32(all.types.size()).u32(all.names.size());
        blob.bytes(all.types.toByteArray()).bytes(all.names.toByteArray());
        return blob.toByteArray();
    }

    /// Of a 64-bit little-endian kernel.
    public static Btf of(String text) {
        return of(ByteOrder.LITTLE_ENDIAN, 8, text);
    }

    private int name(String name) {
        int offset = name.isEmpty() ? 0 : names.size();
        if (offset != 0) {
            names.bytes(name.getBytes(StandardCharsets.ISO_8859_1)).u8(0);
        }
        return offset;
    }

    private int record(String name, int kind, int length, int flag, int third, int... more) {
        types.u32(name(name)).u32(flag << 31 | kind << 24 | length).u32(third);
        for (int word : more) {
            types.u32(word);
        }
        return next++;
    }

    private void integer(String alias, String name, int size, boolean signed) {
        ids.put(alias, record(name, 1, 0, 0, size, (signed ? 1 << 24 : 0) | size * 8));
    }

    private void line(String line) {
        String[] parts = line.strip().split(": ?", 2);
        String[] head = parts[0].split(" ");
        if (head[0].equals("enum")) {
            enumeration(head[1], parts[1].split(" "));
            return;
        }
        String[] fields = parts[1].isBlank() ? new String[0] : parts[1].split(", ");
        int[] words = new int[fields.length * 3];
        for (int i = 0; i < fields.length; i++) {
            String[] field = fields[i].split(" ");
            String[] type = field[1].split(":");
            int bits = type.length == 1 ? 0 : Integer.parseInt(type[1]);
            words[i * 3] = name(field[0]);
            // A pointer to the struct itself comes just before it.
            words[i * 3 + 1] = type[0].equals(head[0] + "*") ? -1 : type(type[0]);
            words[i * 3 + 2] = bits > 0 ? bits << 24 | Integer.parseInt(field[2]) : Integer.parseInt(field[2]) * 8;
        }
        ids.put(head[0] + "*", record("", 2, 0, 0, next + 1));
        for (int i = 1; i < words.length; i += 3) {
            words[i] = words[i] < 0 ? next - 1 : words[i];
        }
        ids.put(head[0], record(head[0], 4, fields.length, 1, Integer.parseInt(head[1]), words));
    }

    private int type(String type) {
        int bracket = type.indexOf('[');
        if (bracket > 0) {
            int element = type(type.substring(0, bracket));
            String count = type.substring(bracket + 1, type.length() - 1);
            return record("", 3, 0, 0, 0, element, 1, count.isEmpty() ? 0 : Integer.parseInt(count));
        }
        return ids.get(type);
    }

    private void enumeration(String name, String[] values) {
        int[] words = new int[values.length * 2];
        for (int i = 0; i < values.length; i++) {
            String[] value = values[i].split("=");
            words[i * 2] = name(value[0]);
            words[i * 2 + 1] = Integer.parseInt(value[1]);
        }
        record(name, 6, values.length, 0, 4, words);
    }
}
