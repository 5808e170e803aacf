package org.kdump.debuginfo.orc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.debuginfo.Memory;
import org.kdump.elf.ByteSink;
import org.kdump.elf.MalformedInputException;

class OrcTableTest {
    private static final long TEXT = 0xffffffff81000000L;
    private static final long INSTRUCTIONS = 0xffffffff82000000L;
    private static final long ENTRIES = 0xffffffff82100000L;

    private final ByteSink instructions = new ByteSink(ByteOrder.LITTLE_ENDIAN);
    private final ByteSink entries = new ByteSink(ByteOrder.LITTLE_ENDIAN);
    private int count;

    private void entry(int offset, int stackOffset, int frameOffset, int flags) {
        instructions.u32((int) (TEXT + offset - INSTRUCTIONS - instructions.size()));
        entries.u16(stackOffset).u16(frameOffset).u16(flags);
        count++;
    }

    private OrcTable table(OrcLayout layout) {
        Memory memory =
                new Memory().put(INSTRUCTIONS, instructions.toByteArray()).put(ENTRIES, entries.toByteArray());
        return new OrcTable("dump", memory, INSTRUCTIONS, ENTRIES, count, layout);
    }

    private static OrcEntry decode(OrcLayout layout, int flags) {
        return layout.decode((long) flags << 32 | 0xfff0_0010L);
    }

    @Test
    void anEntryHoldsUpToTheNext() throws IOException {
        for (int i = 0; i < 3000; i++) {
            entry(0x100 + i * 16, 8 + i, -16, 0x215);
        }
        OrcTable table = table(OrcLayout.WITH_SIGNAL);
        assertEquals(3000, table.size());
        for (int i = 0; i < 3000; i++) {
            for (int into : new int[] {0, 1, 15}) {
                assertEquals(
                        Optional.of(new OrcEntry(
                                OrcEntry.Kind.CALL, OrcRegister.SP, 8 + i, OrcRegister.PREV_SP, -16, false)),
                        table.find(TEXT + 0x100 + i * 16 + into));
            }
        }
        assertEquals(Optional.empty(), table.find(TEXT + 0xff));
        assertEquals(8 + 2999, table.find(TEXT + 0x1000000).orElseThrow().stackOffset());
    }

    @Test
    void theLastOfEqualEntriesCounts() throws IOException {
        entry(0, 8, 0, 0x205);
        entry(16, 0, 0, 0);
        entry(16, 24, 0, 0x205);
        assertEquals(
                24, table(OrcLayout.WITH_SIGNAL).find(TEXT + 20).orElseThrow().stackOffset());
    }

    @Test
    void eachLayoutSaysTheSame() {
        OrcEntry call = new OrcEntry(OrcEntry.Kind.CALL, OrcRegister.BP, 16, OrcRegister.PREV_SP, -16, false);
        assertEquals(call, decode(OrcLayout.WITH_END, 0x014));
        assertEquals(call, decode(OrcLayout.WITH_SIGNAL_AND_END, 0x014));
        assertEquals(call, decode(OrcLayout.WITH_SIGNAL, 0x214));
        assertEquals(call, decode(OrcLayout.WITH_SIGNAL.with(OrcNumbers.REORDERED), 0x284));
        OrcEntry regs = new OrcEntry(OrcEntry.Kind.REGS, OrcRegister.SP, 16, OrcRegister.UNDEFINED, -16, true);
        assertEquals(regs, decode(OrcLayout.WITH_END, 0x105));
        assertEquals(regs, decode(OrcLayout.WITH_SIGNAL_AND_END, 0x505));
        assertEquals(regs, decode(OrcLayout.WITH_SIGNAL, 0xb05));
        assertEquals(regs, decode(OrcLayout.WITH_SIGNAL.with(OrcNumbers.REORDERED), 0xb03));
        assertEquals(
                OrcEntry.Kind.REGS_PARTIAL, decode(OrcLayout.WITH_END, 0x205).kind());
        assertEquals(
                OrcEntry.Kind.REGS_PARTIAL, decode(OrcLayout.WITH_SIGNAL, 0x405).kind());
    }

    @Test
    void eachLayoutTellsTheEndFromWhatIsNotKnown() {
        assertEquals(
                OrcEntry.Kind.END_OF_STACK, decode(OrcLayout.WITH_END, 0x400).kind());
        assertEquals(
                OrcEntry.Kind.END_OF_STACK,
                decode(OrcLayout.WITH_SIGNAL_AND_END, 0x800).kind());
        assertEquals(
                OrcEntry.Kind.END_OF_STACK, decode(OrcLayout.WITH_SIGNAL, 0x100).kind());
        for (OrcLayout layout :
                new OrcLayout[] {OrcLayout.WITH_END, OrcLayout.WITH_SIGNAL_AND_END, OrcLayout.WITH_SIGNAL}) {
            assertEquals(OrcEntry.Kind.UNDEFINED, decode(layout, 0).kind());
        }
        assertEquals(
                OrcEntry.Kind.UNDEFINED, decode(OrcLayout.WITH_SIGNAL, 0x705).kind());
        assertEquals(OrcRegister.UNDEFINED, decode(OrcLayout.WITH_SIGNAL, 0x20f).stackRegister());
    }

    @Test
    void aFunctionsFirstInstructionTellsTheNumbersOfRegisters() throws IOException {
        entry(0, 8, 0, 0x203);
        entry(4, 16, -16, 0x283);
        entry(0x20, 8, 0, 0x205);
        OrcTable table = table(OrcLayout.WITH_SIGNAL);
        assertEquals(
                OrcNumbers.REORDERED,
                table.numberedFor(TEXT).orElseThrow().layout().numbers());
        assertEquals(
                OrcRegister.PREV_SP,
                table.numberedFor(TEXT)
                        .orElseThrow()
                        .find(TEXT + 4)
                        .orElseThrow()
                        .frameRegister());
        assertEquals(
                OrcNumbers.FIRST,
                table.numberedFor(TEXT + 0x20).orElseThrow().layout().numbers());
        assertEquals(Optional.empty(), table.numberedFor(TEXT + 4));
        assertEquals(Optional.empty(), table.numberedFor(TEXT - 4));
    }

    @Test
    void whatIsNotInTheDumpIsNoEntry() throws IOException {
        for (int i = 0; i < 2000; i++) {
            entry(i * 16, 8, 0, 0x205);
        }
        Memory memory = new Memory()
                .put(INSTRUCTIONS, java.util.Arrays.copyOf(instructions.toByteArray(), 4097))
                .put(ENTRIES, java.util.Arrays.copyOf(entries.toByteArray(), 601));
        OrcTable table = new OrcTable("dump", memory, INSTRUCTIONS, ENTRIES, count, OrcLayout.WITH_SIGNAL);
        assertEquals(8, table.find(TEXT + 99 * 16).orElseThrow().stackOffset());
        assertEquals(Optional.empty(), table.find(TEXT + 100 * 16));
        assertEquals(Optional.empty(), table.find(TEXT + 1500 * 16));
    }

    @Test
    void sizesThatCannotBeAreRefused() throws IOException {
        Memory none = new Memory();
        for (long size : new long[] {-1, 1L << 27, Long.MAX_VALUE}) {
            assertThrows(
                    MalformedInputException.class,
                    () -> new OrcTable("dump", none, INSTRUCTIONS, ENTRIES, size, OrcLayout.WITH_END));
        }
        OrcTable empty = new OrcTable("dump", none, INSTRUCTIONS, ENTRIES, 0, OrcLayout.WITH_END);
        assertEquals(Optional.empty(), empty.find(TEXT));
        assertThrows(IllegalArgumentException.class, () -> new OrcLayout.Bits(40, 9));
        assertThrows(IllegalArgumentException.class, () -> new OrcLayout.Bits(-1, 2));
    }

    /// Of a table of noise each search has an end, and finds an entry or none.
    @Test
    void noiseHasAnswers() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            byte[] noise = new byte[random.nextInt(1 << 15)];
            random.nextBytes(noise);
            Memory memory = new Memory().put(INSTRUCTIONS, noise).put(ENTRIES, noise);
            for (OrcLayout layout :
                    new OrcLayout[] {OrcLayout.WITH_END, OrcLayout.WITH_SIGNAL_AND_END, OrcLayout.WITH_SIGNAL}) {
                OrcTable table = new OrcTable("dump", memory, INSTRUCTIONS, ENTRIES, random.nextInt(1 << 26), layout);
                for (long instruction : new long[] {0, -1, TEXT, INSTRUCTIONS, random.nextLong()}) {
                    table.find(instruction).ifPresent(entry -> assertNotNull(entry.kind()));
                    table.numberedFor(instruction);
                }
            }
        }
    }
}
