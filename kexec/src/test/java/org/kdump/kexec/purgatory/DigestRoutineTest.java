package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ByteSource;

/// Runs purgatory's SHA-256 on the host's own processor, and has the JDK's judge it.
class DigestRoutineTest {
    private static final long CODE_SIZE = 64 << 10;
    private static final int READ_WRITE_EXECUTE = 7;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private final Linker linker = Linker.nativeLinker();
    private final Arena arena = Arena.ofConfined();
    private MethodHandle digest;
    private LinkedObject purgatory;
    private boolean hasExtensions;

    @BeforeEach
    void loadPurgatory() throws Throwable {
        String machine = System.getProperty("os.arch");
        assumeTrue(machine.equals("amd64"), "x86-64 code does not run on " + machine);
        MemorySegment memory = executableMemory();
        StaticLinker object =
                new StaticLinker(ByteSource.of("purgatory", MemorySegment.ofArray(Purgatory.objectFile())));
        purgatory = object.linkAt(memory.address());
        MemorySegment.copy(purgatory.image(), 0, memory, ValueLayout.JAVA_BYTE, 0, purgatory.image().length);
        digest = linker.downcallHandle(
                MemorySegment.ofAddress(purgatory.address(Sha256Regions.NAME)),
                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, LONG, ValueLayout.ADDRESS));
        hasExtensions = (int) linker.downcallHandle(
                                MemorySegment.ofAddress(purgatory.address(Sha256Choice.PRESENT)),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT))
                        .invokeExact()
                != 0;
    }

    /// The choice that purgatory makes when it starts.
    private void useExtensions(boolean used) {
        MemorySegment.ofAddress(purgatory.address(WritableData.SHA_EXTENSIONS))
                .reinterpret(Integer.BYTES)
                .set(ValueLayout.JAVA_INT, 0, used ? 1 : 0);
    }

    private MemorySegment executableMemory() throws Throwable {
        ValueLayout.OfInt integer = ValueLayout.JAVA_INT;
        MethodHandle mmap = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(LONG, LONG, LONG, integer, integer, integer, LONG));
        long address = (long) mmap.invokeExact(0L, CODE_SIZE, READ_WRITE_EXECUTE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
        assumeTrue(address != -1, "this system gives no memory that is both written and run");
        return MemorySegment.ofAddress(address).reinterpret(CODE_SIZE);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void extensionsAreFoundWhereTheProcessorHasThem() throws Exception {
        Path processor = Path.of("/proc/cpuinfo");
        assumeTrue(Files.exists(processor));
        String flags = Files.readString(processor)
                .lines()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .orElse("");
        assertEquals(List.of(flags.split(" ")).contains("sha_ni"), hasExtensions);
    }

    @Test
    void everyShortLength() throws Throwable {
        for (int length = 0; length <= 300; length++) {
            expectSame(random(length), List.of(length));
        }
    }

    @Test
    void longMessages() throws Throwable {
        for (int length : new int[] {4095, 4096, 65_536, 1_000_003}) {
            expectSame(random(length), List.of(length));
        }
    }

    @Test
    void noRegionAtAll() throws Throwable {
        expectSame(new byte[0], List.of());
    }

    @Test
    void regionsThatDoNotEndWithABlock() throws Throwable {
        expectSame(random(1 + 62 + 1 + 64), List.of(1, 62, 1, 64));
        expectSame(random(63 + 0 + 200 + 3), List.of(63, 0, 200, 3));
        expectSame(random(10 + 20 + 30), List.of(10, 20, 30));
    }

    @Test
    void sixteenRegionsOfAnyLength() throws Throwable {
        Random random = new Random(2);
        for (int round = 0; round < 200; round++) {
            List<Integer> lengths = random.ints(PurgatoryParameters.MAXIMUM_REGIONS, 0, 200)
                    .boxed()
                    .toList();
            expectSame(random(lengths.stream().mapToInt(Integer::intValue).sum()), lengths);
        }
    }

    @Test
    void aSecondRunStartsAfresh() throws Throwable {
        expectSame(random(100), List.of(100));
        expectSame(random(100), List.of(100));
    }

    @Test
    @Tag("soak")
    void speed() throws Throwable {
        byte[] message = random(64 << 20);
        MemorySegment regions = regions(message, List.of(message.length));
        MemorySegment result = arena.allocate(PurgatoryParameters.DIGEST_SIZE);
        for (int run = 0; run < 5; run++) {
            System.out.printf(
                    "purgatory %d MB/s, with SHA extensions %s, MessageDigest %d MB/s%n",
                    rate(message.length, () -> digest(false, regions, result)),
                    hasExtensions ? rate(message.length, () -> digest(true, regions, result)) + " MB/s" : "absent",
                    rate(
                            message.length,
                            () -> MessageDigest.getInstance("SHA-256").digest(message)));
        }
    }

    private Object digest(boolean extensions, MemorySegment regions, MemorySegment result) throws Exception {
        useExtensions(extensions);
        try {
            digest.invoke(regions, 1L, result);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        return result;
    }

    private static long rate(int bytes, Callable<Object> run) throws Exception {
        long start = System.nanoTime();
        run.call();
        return bytes * 1000L / (System.nanoTime() - start);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /// Both routines, if the processor has the instructions of the one.
    private void expectSame(byte[] message, List<Integer> lengths) throws Throwable {
        HexFormat hex = HexFormat.of();
        String expected = hex.formatHex(MessageDigest.getInstance("SHA-256").digest(message));
        MemorySegment regions = regions(message, lengths);
        for (boolean extensions : hasExtensions ? new boolean[] {false, true} : new boolean[] {false}) {
            useExtensions(extensions);
            MemorySegment result = arena.allocate(PurgatoryParameters.DIGEST_SIZE);
            digest.invoke(regions, (long) lengths.size(), result);
            assertEquals(
                    expected,
                    hex.formatHex(result.toArray(ValueLayout.JAVA_BYTE)),
                    "lengths " + lengths + ", SHA extensions " + extensions);
        }
    }

    /// The table of regions over a native copy of the message, each region in a place of its own.
    private MemorySegment regions(byte[] message, List<Integer> lengths) {
        MemorySegment table = arena.allocate(LONG, 2L * lengths.size() + 1);
        List<MemorySegment> copies = new ArrayList<>();
        int offset = 0;
        for (int length : lengths) {
            MemorySegment copy = arena.allocate(Math.max(1, length));
            MemorySegment.copy(message, offset, copy, ValueLayout.JAVA_BYTE, 0, length);
            table.setAtIndex(LONG, 2L * copies.size(), copy.address());
            table.setAtIndex(LONG, 2L * copies.size() + 1, length);
            copies.add(copy);
            offset += length;
        }
        return table;
    }
}
