package org.kdump.debuginfo.kallsyms;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.debuginfo.Memory;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;

/// Memory that was made to lead astray who looks for symbols in it.
class HostileKallsymsTest {
    private static final long BASE = KallsymsBuilder.BASE;
    private static final Map<String, Long> KNOWN = Map.of("_stext", BASE);
    private static final int SIZE = 16 << 20;
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static Optional<Kallsyms> search(byte[] memory) throws Exception {
        Memory kernel = new Memory().put(BASE, memory);
        return new KallsymsSearch("dump", kernel, ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN)
                .find(BASE, BASE + memory.length, KNOWN);
    }

    private static byte[] repeated(byte[] pattern) {
        byte[] memory = new byte[SIZE];
        for (int at = 0; at < SIZE; at++) {
            memory[at] = pattern[at % pattern.length];
        }
        return memory;
    }

    private static void assertNothing(byte[] memory) {
        assertTimeout(LONGEST, () -> assertFalse(search(memory).isPresent()));
    }

    /// Each of 512 bytes looks like the index of a token table.
    @Test
    void anIndexEverywhere() {
        for (int step : new int[] {1, 2, 255}) {
            ByteSink index = new ByteSink(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 256; i++) {
                index.u16(i * step);
            }
            assertNothing(repeated(index.toByteArray()));
        }
    }

    /// Behind each are bytes that can be markers and counts of symbols, of any number of them.
    @Test
    void tablesEverywhere() {
        for (int count : new int[] {0, 1, 255, 256, 1 << 19, -1}) {
            ByteSink tables = new ByteSink(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 4096; i++) {
                tables.u32(count);
            }
            for (int i = 0; i < 1024; i++) {
                tables.u32(i);
            }
            for (int i = 0; i < 256; i++) {
                tables.u8('a').u8(0);
            }
            for (int i = 0; i < 256; i++) {
                tables.u16(i * 2);
            }
            assertNothing(repeated(tables.toByteArray()));
        }
    }

    @Test
    void noise() {
        byte[] memory = new byte[SIZE];
        new Random(1).nextBytes(memory);
        assertNothing(memory);
    }

    /// What was damaged anywhere is found or not, and answers then.
    @Test
    void tablesThatAreDamaged() {
        KallsymsBuilder builder = KallsymsBuilder.x86();
        builder.symbol(BASE, 'T', "_stext");
        for (int i = 1; i < 700; i++) {
            builder.symbol(BASE + i * 8L, 't', "function" + i);
        }
        byte[] tables = builder.build();
        byte[] whole = new byte[1 << 17];
        System.arraycopy(tables, 0, whole, 1 << 16, tables.length);
        Random random = new Random(1);
        assertTimeout(LONGEST, () -> {
            int answers = 0;
            for (int round = 0; round < 300; round++) {
                byte[] memory = whole.clone();
                for (int i = random.nextInt(6); i >= 0; i--) {
                    memory[(1 << 16) + random.nextInt(tables.length)] = (byte) random.nextInt();
                }
                answers += ask(memory);
            }
            assertTrue(answers > 30, answers + " answers");
        });
    }

    private static int ask(byte[] memory) throws Exception {
        try {
            Optional<Kallsyms> found = search(memory);
            found.ifPresent(kallsyms -> {
                kallsyms.forEach(symbol -> assertTrue(symbol.name().length() <= 1024));
                kallsyms.symbols("function7");
                kallsyms.search("function");
                kallsyms.nearest(BASE + 0x2a);
            });
            return found.isPresent() ? 1 : 0;
        } catch (MalformedInputException told) {
            assertTrue(told.getMessage().startsWith("dump: "), told.getMessage());
            return 0;
        }
    }
}
