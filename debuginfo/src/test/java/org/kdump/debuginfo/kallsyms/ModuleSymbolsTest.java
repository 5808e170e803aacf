package org.kdump.debuginfo.kallsyms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdump.debuginfo.Memory;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;

class ModuleSymbolsTest {
    private static final long CODE = 0xffffffffc0100000L;
    private static final long DATA = 0xffffffffc0200000L;
    private static final long SYMBOLS = 0xffffffffc0300000L;
    private static final long STRINGS = 0xffffffffc0310000L;
    private static final long TYPES = 0xffffffffc0320000L;
    private static final int LOCAL = 0x02;
    private static final int GLOBAL = 0x12;

    private final ByteSink symbols = new ByteSink(ByteOrder.LITTLE_ENDIAN).zeros(24);
    private final ByteSink strings = new ByteSink(ByteOrder.LITTLE_ENDIAN).u8(0);
    private final StringBuilder types = new StringBuilder("?");

    private void symbol(String name, int info, int section, long value, char type) {
        symbols.u32(strings.size()).u8(info).u8(0).u16(section).u64(value).u64(7);
        strings.bytes(name.getBytes(StandardCharsets.ISO_8859_1)).u8(0);
        types.append(type);
    }

    private void some() {
        symbol("probe", LOCAL, 1, CODE + 0x40, 't');
        symbol("cleanup_module", GLOBAL, 1, CODE + 0x80, 't');
        symbol("remove", LOCAL, 1, CODE + 0x80, 't');
        symbol("elsewhere", GLOBAL, 0, 0, 'U');
        symbol(".LC0", LOCAL, 1, CODE + 0x44, 't');
        symbol("$x", LOCAL, 1, CODE + 0x45, 't');
        symbol("first", LOCAL, 1, CODE, 't');
        symbol("state", LOCAL, 2, DATA + 8, 'b');
    }

    private Memory memory() {
        return new Memory()
                .put(SYMBOLS, symbols.toByteArray())
                .put(STRINGS, strings.toByteArray())
                .put(TYPES, types.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ModuleSymbols read(Memory memory, long count, long typesAt) throws IOException {
        List<ModuleTables.Area> areas = List.of(new ModuleTables.Area(CODE, 0x100), new ModuleTables.Area(DATA, 0x10));
        ModuleTables tables = new ModuleTables("driver", areas, SYMBOLS, count, STRINGS, typesAt);
        return ModuleSymbols.read("dump", memory, tables, ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN);
    }

    private static String place(ModuleSymbols module, long address) {
        return module.nearest(address).map(SymbolPlace::toString).orElse("none");
    }

    @Test
    void symbolsAreThoseThatTheKernelKnows() throws IOException {
        some();
        ModuleSymbols module = read(memory(), 9, TYPES);
        assertEquals(
                List.of(
                        new KernelSymbol("first", CODE, 't'),
                        new KernelSymbol("probe", CODE + 0x40, 't'),
                        new KernelSymbol("cleanup_module", CODE + 0x80, 'T'),
                        new KernelSymbol("remove", CODE + 0x80, 't'),
                        new KernelSymbol("state", DATA + 8, 'b')),
                module.symbols());
        assertEquals(List.of(new KernelSymbol("probe", CODE + 0x40, 't')), module.symbols("probe"));
        assertEquals(List.of(), module.symbols("elsewhere"));
        assertEquals("driver", module.module().name());
    }

    @Test
    void addressesBelongToTheSymbolBeforeInTheSamePart() throws IOException {
        some();
        ModuleSymbols module = read(memory(), 9, TYPES);
        assertEquals("probe+0x1a/0x40 [driver]", place(module, CODE + 0x5a));
        assertEquals("cleanup_module+0x1/0x80 [driver]", place(module, CODE + 0x81));
        assertEquals("cleanup_module+0x7f/0x80 [driver]", place(module, CODE + 0xff));
        assertEquals("none", place(module, CODE + 0x100));
        assertEquals("none", place(module, CODE - 1));
        assertEquals("none", place(module, DATA));
        assertEquals("state+0x7/0x8 [driver]", place(module, DATA + 0xf));
    }

    @Test
    void oldKernelsHaveTheLetterInTheSymbol() throws IOException {
        symbol("probe", 't', 1, CODE, '?');
        assertEquals('t', read(memory(), 2, 0).symbols().getFirst().type());
    }

    @Test
    void whatIsCutOffIsLeftOut() throws IOException {
        some();
        Memory memory = memory().put(SYMBOLS, Arrays.copyOf(symbols.toByteArray(), 3 * 24 + 5));
        assertEquals(
                List.of("probe", "cleanup_module"),
                read(memory, 9, TYPES).symbols().stream()
                        .map(KernelSymbol::name)
                        .toList());
        memory.put(STRINGS, Arrays.copyOf(strings.toByteArray(), 6));
        assertEquals(1, read(memory, 9, TYPES).symbols().size());
        assertEquals(List.of(), read(new Memory(), 9, TYPES).symbols());
    }

    @Test
    void countsAndNamesThatCannotBeDoNoHarm() throws IOException {
        some();
        for (long count : new long[] {-1, 1L << 21, Long.MAX_VALUE}) {
            String message = assertThrows(MalformedInputException.class, () -> read(memory(), count, TYPES))
                    .getMessage();
            assertTrue(message.contains("module driver.num_symtab"), message);
        }
        for (int name : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            symbols.u32(name).u8(LOCAL).u8(0).u16(1).u64(CODE).u64(0);
        }
        assertEquals(5, read(memory(), 12, TYPES).symbols().size());
    }
}
