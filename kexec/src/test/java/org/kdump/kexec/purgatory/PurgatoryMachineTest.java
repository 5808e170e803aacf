package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.kexec.purgatory.BareMachine.little;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// Purgatory in a machine of its own, between nothing and a "kernel" that only writes down how it was entered.
@Tag("vm")
class PurgatoryMachineTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int COM1 = 0x3f8;
    /// Of the line's speed, two bytes long.
    private static final int DIVISOR = 0x180;
    /// Eight ports whose sixth, where a UART has its line status, is the interrupt mask 0x21: it reads 0, never ready.
    private static final int NEVER_READY = 0x21 - 5;

    /// Three bytes short of 640 KiB: what is copied need not be a multiple of a word.
    private static final int LOW_MEMORY = 0xa0000 - 3;
    private static final long KERNEL = 0x1000000;
    private static final long IMAGE = 0x2000000;
    private static final long BACKUP = 0x5000123;
    private static final long BOOT_PARAMETERS = 0x7654000;
    private static final long ABOVE_4_GIB = 0x140000000L;

    /// The "kernel", assembled by GNU as: it stores sixteen registers in their order of numbers, the selectors CS, DS,
    /// ES
    /// and SS, and RFLAGS 256 bytes on; loads CS and DS anew from the GDT it was left, and says "fake kernel".
    private static final byte[] FAKE_KERNEL = HexFormat.of()
            .parseHex(("488905f9000000 48890dfa000000 488915fb000000 48891dfc000000"
                            + "488925fd000000 48892dfe000000 488935ff000000 48893d00010000"
                            + "4c890501010000 4c890d02010000 4c891503010000 4c891d04010000"
                            + "4c892505010000 4c892d06010000 4c893507010000 4c893d08010000"
                            // mov [regs+128], cs; ds; es; ss; pushfq; pop rax; mov [regs+136], rax
                            + "8c0d0a010000 8c1d06010000 8c0502010000 8c15fe000000 9c 58 488905f7000000"
                            // push 0x10; lea rax, [next]; push rax; retfq; next: mov eax, 0x18; mov ds, eax
                            + "6a10 488d0503000000 50 48cb b818000000 8ed8"
                            // mov dx, 0x3f8; lea rsi, [text]; mov ecx, 13; cld; rep outsb; hlt; jmp to hlt; text
                            + "66baf803 488d350b000000 b90d000000 fc f36e f4 ebfd 66616b65206b65726e656c0d0a")
                    .replace(" ", ""));

    /// The same of 32 bits: it stores eight registers, the four selectors, CR0, CR4 and EFER at the same place.
    private static final byte[] FAKE_KERNEL_32 = HexFormat.of()
            .parseHex("a300010001890d04010001891508010001891d0c010001892510010001892d14010001893518010001893d1c"
                    + "0100018c0d200100018c1d220100018c05240100018c15260100010f20c0a3280100010f20e0a32c010001b9"
                    + "800000c00f32a3300100016a1068a0000001cb00000000000000000000000000000000000000000000000000"
                    + "00000000000000000000000000000000000000000000000000000000b8180000008ed866baf803bec1000000"
                    + "81c600000001b90d000000fcf36ef4ebfd66616b65206b65726e656c0d0a");

    private static final int REGISTERS = 256;
    private static final int RSP = 4;
    private static final int RSI = 6;

    private final Random random = new Random(2005);
    private KernelEntry kernel = new KernelEntry.In64BitMode(KERNEL, BOOT_PARAMETERS);
    private final Map<Long, byte[]> memory = new HashMap<>();

    @TempDir
    private Path folder;

    private byte[] place(long address, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        memory.put(address, bytes);
        return bytes;
    }

    private PurgatoryParameters parameters(int port, boolean verbose, Region... regions) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Region region : regions) {
            digest.update(memory.getOrDefault(region.start(), new byte[0]), 0, (int) region.length());
        }
        SerialLine serial = new SerialLine(port, port == COM1 ? SerialLine.FASTEST / DIVISOR : 0);
        return new PurgatoryParameters(
                0, BACKUP, LOW_MEMORY, List.of(regions), digest.digest(), kernel, serial, verbose);
    }

    private BareMachine start(long loadAddress, PurgatoryParameters parameters) throws Exception {
        LinkedPurgatory purgatory = Purgatory.link(loadAddress, parameters);
        memory.put(loadAddress, purgatory.image());
        memory.put(KERNEL, kernel instanceof KernelEntry.In32BitMode ? FAKE_KERNEL_32 : FAKE_KERNEL);
        return BareMachine.start(folder, purgatory.entry(), memory);
    }

    private void enters(long loadAddress, boolean verbose, int port) throws Exception {
        byte[] low = place(0, LOW_MEMORY);
        place(IMAGE, 100_001);
        place(IMAGE + 0x100000, 63);
        place(IMAGE + 0x200001, 4096);
        PurgatoryParameters parameters = parameters(
                port,
                verbose,
                new Region(IMAGE, 100_001),
                new Region(0, 0),
                new Region(IMAGE + 0x100000, 63),
                new Region(IMAGE + 0x200001, 4096));
        try (BareMachine machine = start(loadAddress, parameters)) {
            String said = machine.await("fake kernel\r\n", PATIENCE);
            assertEquals(verbose, said.contains("kdump purgatory: "), said);
            assertEquals(3, machine.readPort(COM1 + 3), "8 bits, no parity, one stop bit");
            machine.writePort(COM1 + 3, 0x83);
            assertEquals(DIVISOR, machine.readPort(COM1) | machine.readPort(COM1 + 1) << 8, "the line's speed");
            assertArrayEquals(low, machine.memory(0, LOW_MEMORY), "low memory itself is left alone");
            assertArrayEquals(low, machine.memory(BACKUP, LOW_MEMORY), "the backup region is low memory");
            assertArrayEquals(new byte[8], machine.memory(BACKUP + LOW_MEMORY, 8), "and not a byte more");
            assertArrayEquals(new byte[8], machine.memory(BACKUP - 8, 8), "nor before it");
            enteredAsLinuxWants(machine, loadAddress);
        }
    }

    private static void enteredAsLinuxWants(BareMachine machine, long loadAddress) throws Exception {
        ByteBuffer state =
                little(256).put(machine.memory(KERNEL + REGISTERS, 256)).flip();
        for (int register = 0; register < 16; register++) {
            long value = state.getLong();
            switch (register) {
                case RSP ->
                    assertTrue(
                            value >= loadAddress && value <= loadAddress + Purgatory.size(),
                            "RSP " + Long.toHexString(value));
                case RSI -> assertEquals(BOOT_PARAMETERS, value, "RSI");
                default -> assertEquals(0, value, "register " + register);
            }
        }
        assertEquals(0x10, state.getShort(), "CS");
        assertEquals(0x18, state.getShort(), "DS");
        assertEquals(0x18, state.getShort(), "ES");
        assertEquals(0x18, state.getShort(), "SS");
        long interruptsOrBackwards = 1 << 9 | 1 << 10;
        assertEquals(0, state.getLong() & interruptsOrBackwards, "IF and DF");
    }

    @Test
    void entersTheKernelOfAnUndamagedImage() throws Exception {
        enters(0x3000000, true, COM1);
    }

    @Test
    void runsAbove4GiB() throws Exception {
        enters(ABOVE_4_GIB, true, COM1);
    }

    @Test
    void leaves64BitModeForAKernelOf32Bits() throws Exception {
        kernel = new KernelEntry.In32BitMode(KERNEL, 0x8765_4321, 0x7654_0000, 0x89ab_cde0);
        place(IMAGE, 100);
        try (BareMachine machine = start(0x3000000, parameters(COM1, true, new Region(IMAGE, 100)))) {
            machine.await("fake kernel\r\n", PATIENCE);
            ByteBuffer state =
                    little(256).put(machine.memory(KERNEL + REGISTERS, 256)).flip();
            assertEquals(0x8765_4321, state.getInt(), "EAX");
            assertEquals(0, state.getInt(), "ECX");
            assertEquals(0, state.getInt(), "EDX");
            assertEquals(0x7654_0000, state.getInt(), "EBX");
            int stack = state.getInt();
            assertTrue(stack > 0x3000000 && stack <= 0x3000000 + Purgatory.size(), "ESP " + stack);
            assertEquals(0, state.getInt(), "EBP");
            assertEquals(0x89ab_cde0, state.getInt(), "ESI");
            assertEquals(0, state.getInt(), "EDI");
            assertEquals(0x10, state.getShort(), "CS");
            for (String segment : List.of("DS", "ES", "SS")) {
                assertEquals(0x18, state.getShort(), segment);
            }
            assertEquals(1, state.getInt() & 0x8000_0001, "CR0: paging is off, protection on");
            assertEquals(0, state.getInt(), "CR4");
            assertEquals(0, state.getInt() & 0x500, "EFER: no long mode");
        }
    }

    @Test
    void saysNothingUnlessAsked() throws Exception {
        enters(0x3000000, false, COM1);
    }

    @Test
    void doesNotHangWithoutUart() throws Exception {
        byte[] before = place(IMAGE, 64);
        try (BareMachine machine = start(0x3000000, parameters(NEVER_READY, true, new Region(IMAGE, before.length)))) {
            String said = machine.await("fake kernel\r\n", PATIENCE);
            assertEquals("fake kernel\r\n", said);
        }
    }

    @Test
    void stopsAtADamagedImage() throws Exception {
        byte[] low = place(0, LOW_MEMORY);
        byte[] image = place(IMAGE, 100_001);
        PurgatoryParameters parameters = parameters(COM1, true, new Region(IMAGE, image.length));
        image[77_777] ^= 1;
        byte[] computed = MessageDigest.getInstance("SHA-256").digest(image);
        try (BareMachine machine = start(0x3000000, parameters)) {
            machine.await(HexFormat.of().formatHex(computed), PATIENCE);
            machine.awaitHalt(PATIENCE);
            String said = machine.serial();
            assertTrue(said.contains(Purgatory.MISMATCH_MESSAGE), said);
            assertTrue(said.contains(HexFormat.of().formatHex(parameters.digest())), said);
            assertFalse(said.contains("fake kernel"), said);
            assertArrayEquals(new byte[LOW_MEMORY], machine.memory(BACKUP, LOW_MEMORY), "the backup was not made");
            assertArrayEquals(low, machine.memory(0, LOW_MEMORY));
        }
    }

    @Test
    void hashes30MegabytesInSeconds(TestReporter reporter) throws Exception {
        int size = 30_000_000;
        place(IMAGE, size);
        PurgatoryParameters parameters = parameters(COM1, true, new Region(IMAGE, size));
        long start;
        try (BareMachine machine = start(0x8000000, parameters)) {
            machine.await("kdump purgatory: ", PATIENCE);
            start = System.nanoTime();
            machine.await("fake kernel\r\n", PATIENCE);
            reporter.publishEntry("seconds for 30 MB under emulation", "" + (System.nanoTime() - start) / 1e9);
        }
    }
}
