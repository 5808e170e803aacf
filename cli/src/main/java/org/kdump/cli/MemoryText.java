package org.kdump.cli;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.kdump.elf.Numbers;

/// Memory as `rd` prints it.
///
/// @param bytes what is there
/// @param width of a number in bytes: 1, 2, 4 or 8
/// @param length how many bytes count
/// @param first the first one's address
/// @param order that of the bytes of a number
/// @param style how numbers are written
/// @param names what a number is written as instead; an empty text for itself
/// @param withText whether what is there is shown as text too
record MemoryText(
        byte[] bytes,
        int width,
        int length,
        long first,
        ByteOrder order,
        Style style,
        LongFunction<String> names,
        boolean withText) {
    private static final int LINE = 16;

    /// How numbers are written.
    enum Style {
        HEXADECIMAL,
        SIGNED,
        UNSIGNED
    }

    /// Hexadecimal numbers of a little-endian machine, with the text.
    MemoryText(byte[] bytes, int width, int length, long first) {
        this(bytes, width, length, first, ByteOrder.LITTLE_ENDIAN, Style.HEXADECIMAL, word -> "", true);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int at = 0; at + width <= length; at += LINE) {
            lines.add(line(at, Math.min(length, at + LINE)));
        }
        return lines;
    }

    static String place(long address) {
        return "%16x:  ".formatted(address);
    }

    private String line(int from, int to) {
        StringBuilder line = new StringBuilder(place(first + from));
        int columns = 0;
        for (int at = from; at + width <= to; at += width) {
            line.append(value(at)).append(' ');
            columns++;
        }
        if (!withText) {
            return line.toString().stripTrailing();
        }
        int missing = LINE / width - columns;
        line.append(" ".repeat(missing * (width * 2 + 1)));
        return line + "  " + printable(bytes, from, to);
    }

    private String value(int at) {
        MemorySegment memory = MemorySegment.ofArray(bytes);
        long value = switch (width) {
            case 1 -> Numbers.u8(memory, at);
            case 2 -> Numbers.u16(memory, at, order);
            case 4 -> Integer.toUnsignedLong(Numbers.s32(memory, at, order));
            default -> Numbers.s64(memory, at, order);
        };
        return switch (style) {
            case SIGNED -> {
                int unused = Long.SIZE - width * Byte.SIZE;
                yield "%16d".formatted(value << unused >> unused);
            }
            case UNSIGNED -> "%20s".formatted(Long.toUnsignedString(value));
            case HEXADECIMAL -> {
                String name = value >= 0 ? "" : names.apply(value);
                yield name.isEmpty() ? "%%0%dx".formatted(width * 2).formatted(value) : "%-16s".formatted(name);
            }
        };
    }

    static String printable(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '.');
        }
        return text.toString();
    }
}
