package org.kdump.debuginfo.kallsyms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.debuginfo.Memory;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;

class KallsymsTest {
    private static final long BASE = KallsymsBuilder.BASE;
    private static final Map<String, Long> KNOWN = Map.of("_stext", BASE, "not_there", 5L);

    private static KallsymsBuilder builder() {
        return KallsymsBuilder.x86()
                .symbol(BASE, 'T', "_stext")
                .symbol(BASE, 'T', "_text")
                .symbol(BASE + 0x10, 'T', "sys_init")
                .symbol(BASE + 0x30, 't', "__key.0")
                .symbol(BASE + 0x38, 'b', "__key.0")
                .symbol(BASE + 0x40, 'D', "init_table")
                .symbol(BASE + 0x100, 'B', "_end");
    }

    private static String place(Kallsyms kallsyms, long address) {
        return kallsyms.nearest(address).map(SymbolPlace::toString).orElse("none");
    }

    @ParameterizedTest
    @EnumSource(
            value = OffsetEncoding.class,
            names = {"ABSOLUTE_PERCPU", "BASE_RELATIVE", "PLACE_RELATIVE"})
    void isReadInEachEncodingAndLayout(OffsetEncoding encoding) throws IOException {
        for (boolean offsetsLast : new boolean[] {false, true}) {
            KallsymsBuilder builder = builder();
            builder.encoding = encoding;
            builder.offsetsLast = offsetsLast;
            Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
            List<KernelSymbol> all = new ArrayList<>();
            kallsyms.forEach(all::add);
            assertEquals(builder.symbols, all);
            assertEquals(7, kallsyms.size());
            assertEquals(0, kallsyms.missing());
            assertEquals(builder.symbols.get(5), kallsyms.symbol(5));
            assertEquals(OptionalLong.of(BASE + 0x10), kallsyms.address("sys_init"));
            assertEquals(OptionalLong.empty(), kallsyms.address("sys_ini"));
            assertEquals(OptionalLong.empty(), kallsyms.address(""));
        }
    }

    @Test
    void is32BitAndBigEndianToo() throws IOException {
        for (OffsetEncoding encoding : OffsetEncoding.values()) {
            KallsymsBuilder builder = new KallsymsBuilder(ByteOrder.BIG_ENDIAN, ElfClass.ELF32);
            builder.encoding = encoding;
            // ABSOLUTE_PERCPU keeps addresses below 2 GiB as they are, ABSOLUTE those of 32 bits.
            builder.symbol(0x1000, 'T', "_stext").symbol(0x2000, 'D', "per_cpu_table");
            if (encoding == OffsetEncoding.ABSOLUTE_PERCPU || encoding == OffsetEncoding.ABSOLUTE) {
                Kallsyms kallsyms = builder.read(builder.build(), Map.of("_stext", 0x1000L));
                assertEquals(OptionalLong.of(0x2000), kallsyms.address("per_cpu_table"));
            }
        }
    }

    @Test
    void namesMayRepeat() throws IOException {
        KallsymsBuilder builder = builder();
        Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
        assertEquals(List.of(builder.symbols.get(3), builder.symbols.get(4)), kallsyms.symbols("__key.0"));
        assertEquals(OptionalLong.of(BASE + 0x30), kallsyms.address("__key.0"));
        assertEquals(
                List.of("sys_init", "init_table"),
                kallsyms.search("init").stream().map(KernelSymbol::name).toList());
        assertTrue(kallsyms.symbol(3).isText());
        assertFalse(kallsyms.symbol(4).isText());
    }

    @Test
    void addressesBelongToTheSymbolBefore() throws IOException {
        KallsymsBuilder builder = builder();
        Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
        assertEquals("_stext+0x0/0x10", place(kallsyms, BASE));
        assertEquals("_stext+0xf/0x10", place(kallsyms, BASE + 0xf));
        assertEquals("sys_init+0x1a/0x20", place(kallsyms, BASE + 0x2a));
        assertEquals("_end+0x0/0x0", place(kallsyms, BASE + 0x100));
        assertEquals("none", place(kallsyms, BASE + 0x101));
        assertEquals("none", place(kallsyms, BASE - 1));
        assertEquals("none", place(kallsyms, 0));
        assertEquals("none", place(kallsyms, -1));
    }

    @Test
    void perCpuVariablesAreOffsetsAndNoAddresses() throws IOException {
        KallsymsBuilder builder = KallsymsBuilder.x86();
        builder.symbol(0, 'D', "per_cpu_start").symbol(0x20, 'D', "per_cpu_end");
        builder.symbol(BASE, 'T', "_stext").symbol(BASE + 8, 'T', "_end");
        Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
        assertEquals("per_cpu_start+0x0/0x0", place(kallsyms, 0));
        assertEquals("none", place(kallsyms, 0x10));
        assertEquals("none", place(kallsyms, 0x7fff_0000_0000L));
        assertEquals("_stext+0x1/0x8", place(kallsyms, BASE + 1));
    }

    @Test
    void longNamesHaveLengthsOfTwoBytes() throws IOException {
        KallsymsBuilder builder = KallsymsBuilder.x86();
        String name = "_R" + "x".repeat(400);
        builder.symbol(BASE, 'T', "_stext").symbol(BASE + 1, 't', name).symbol(BASE + 2, 'T', "next");
        Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
        assertEquals(OptionalLong.of(BASE + 1), kallsyms.address(name));
        assertEquals(
                Optional.of(name),
                kallsyms.nearest(BASE + 1).map(place -> place.symbol().name()));
        assertEquals(OptionalLong.of(BASE + 2), kallsyms.address("next"));
    }

    @Test
    void manySymbolsAreFoundEachByNameAndByAddress() throws IOException {
        KallsymsBuilder builder = KallsymsBuilder.x86().symbol(BASE, 'T', "_stext");
        for (int i = 1; i < 3000; i++) {
            builder.symbol(BASE + i * 16L, 't', "sys_" + Integer.toString(i * 7919, 36));
        }
        Kallsyms kallsyms = builder.read(builder.build(), KNOWN);
        for (KernelSymbol symbol : builder.symbols) {
            assertEquals(List.of(symbol), kallsyms.symbols(symbol.name()));
            if (kallsyms.symbols(symbol.name()).getFirst().address() < BASE + 2999 * 16) {
                assertEquals(
                        symbol,
                        kallsyms.nearest(symbol.address() + 3).orElseThrow().symbol());
            }
        }
    }

    @Test
    void whatDisagreesWithOtherSourcesIsNotBelieved() throws IOException {
        KallsymsBuilder builder = builder();
        byte[] tables = builder.build();
        for (Map<String, Long> known :
                List.of(Map.<String, Long>of(), Map.of("unheard_of", 1L), Map.of("_stext", BASE, "_end", BASE))) {
            String message = assertThrows(MalformedInputException.class, () -> builder.read(tables, known))
                    .getMessage();
            assertTrue(message.contains("dump: kallsyms.offsets"), message);
        }
    }

    @Test
    void countsThatCannotBeAreRefused() throws IOException {
        KallsymsBuilder builder = builder();
        byte[] tables = builder.build();
        int count = (int) (builder.places.get("num_syms") - KallsymsBuilder.TABLES);
        for (int high : new int[] {0x7f, 0xff, 0x20}) {
            tables[count + 3] = (byte) high;
            assertThrows(MalformedInputException.class, () -> builder.read(tables, KNOWN));
        }
        tables[count + 3] = 0;
        // More than there are, but no more than can be: what is behind the names is no symbols that make sense.
        tables[count + 1] = 1;
        assertTrue(builder.read(tables, KNOWN).size() >= 7);
    }

    @Test
    void tablesThatAreCutOffAnswerForWhatIsThere() throws IOException {
        KallsymsBuilder builder = builder();
        builder.offsetsLast = true;
        builder.encoding = OffsetEncoding.PLACE_RELATIVE;
        byte[] tables = builder.build();
        int offsets = (int) (builder.places.get("offsets") - KallsymsBuilder.TABLES);
        byte[] cut = java.util.Arrays.copyOf(tables, offsets + 5 * 4);
        Kallsyms kallsyms = builder.read(cut, KNOWN);
        assertEquals(5, kallsyms.size());
        assertEquals(2, kallsyms.missing());
        assertEquals(OptionalLong.empty(), kallsyms.address("_end"));
        assertEquals("sys_init+0x0/0x20", place(kallsyms, BASE + 0x10));
        for (int size = 0; size < offsets + 4; size++) {
            byte[] less = java.util.Arrays.copyOf(tables, size);
            assertThrows(MalformedInputException.class, () -> builder.read(less, KNOWN));
        }
    }

    @Test
    void anyDamageIsAnErrorOrAnAnswer() throws IOException {
        KallsymsBuilder builder = builder();
        byte[] tables = builder.build();
        for (int i = 0; i < tables.length; i++) {
            byte[] damaged = tables.clone();
            damaged[i] = (byte) ~damaged[i];
            try {
                Kallsyms kallsyms = builder.read(damaged, KNOWN);
                kallsyms.forEach(symbol -> kallsyms.symbols(symbol.name()));
                kallsyms.search("init");
                kallsyms.nearest(BASE + 0x2a);
            } catch (MalformedInputException told) {
                assertTrue(told.getMessage().startsWith("dump: kallsyms"), told.getMessage());
            }
        }
    }

    @Test
    void areFoundByASearch() throws IOException {
        for (boolean offsetsLast : new boolean[] {false, true}) {
            for (int count : new int[] {7, 256, 300, 600}) {
                KallsymsBuilder builder = KallsymsBuilder.x86().symbol(BASE, 'T', "_stext");
                builder.offsetsLast = offsetsLast;
                for (int i = 1; i < count; i++) {
                    builder.symbol(BASE + i * 8L, 't', "function" + i);
                }
                Memory memory = new Memory()
                        .put(BASE, new byte[1 << 16])
                        .put(KallsymsBuilder.TABLES - 0x10000, new byte[0x10000 - 4096])
                        .put(KallsymsBuilder.TABLES - 4096, concat(new byte[4096], builder.build(), new byte[5000]));
                var search = new KallsymsSearch("dump", memory, ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN);
                Kallsyms found = search.find(BASE, BASE + 0x300000, KNOWN).orElseThrow();
                assertEquals(count, found.size());
                assertEquals(OptionalLong.of(BASE + 8), found.address("function1"));
                assertTrue(
                        search.find(BASE, BASE + 0x300000, Map.of("_stext", 1L)).isEmpty());
                assertTrue(search.find(BASE, BASE + 0x100000, KNOWN).isEmpty());
            }
        }
    }

    /// As in Linux 6.2 and 6.3, and in Debian's 6.1.
    @Test
    void areFoundWithSequencesOfNamesBetweenTheTables() throws IOException {
        for (int count : new int[] {4096, 5000, 5375}) {
            KallsymsBuilder builder = KallsymsBuilder.x86().symbol(BASE, 'T', "_stext");
            builder.sequences = true;
            for (int i = 1; i < count; i++) {
                builder.symbol(BASE + i * 8L, 't', "function" + i);
            }
            Memory memory = new Memory()
                    .put(KallsymsBuilder.TABLES - 0x10000, concat(new byte[0x10000], builder.build(), new byte[5000]));
            var search = new KallsymsSearch("dump", memory, ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN);
            Kallsyms found = search.find(BASE, BASE + 0x400000, KNOWN).orElseThrow();
            assertEquals(count, found.size());
            assertEquals(OptionalLong.of(BASE + 8), found.address("function1"));
        }
    }

    private static byte[] concat(byte[]... pieces) {
        var all = new java.io.ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }
}
