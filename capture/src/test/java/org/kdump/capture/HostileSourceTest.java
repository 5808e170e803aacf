package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.VmcoreFile;

/// Whatever a dying machine wrote into its own tables, a capture of it ends soon: with a dump, or a sentence.
class HostileSourceTest {
    private static final int ROUNDS = 10;
    private static final int MANY_ROUNDS = 400;
    private static final Duration LONGEST = Duration.ofSeconds(60);
    /// In the file: its headers and notes, then a copy of the image, then memory with page tables and `struct page`s.
    private static final int NOTES = 0x2000;

    private static final int MEMORY = 0x102000;
    private static final int TABLES = MEMORY + 0x2000;
    private static final int TABLES_END = MEMORY + 0xe000;
    private static final int STRUCTS = MEMORY + 0x400000;
    private static final int STRUCTS_END = MEMORY + 0x440000;

    @TempDir
    private Path directory;

    private byte[] sound() throws IOException {
        CrashedMachine machine = new CrashedMachine(-268435456)
                .fill(0x800, 0x100)
                .free(0x840, 6)
                .compound(0xa00, 9, 1 << 5, 0xffff888000123451L, -1)
                .compound(0xc00, 9, 0, 0xffff888000123450L, 0xf4 << 24)
                .countingFree(64)
                .countingListed(100)
                .countingHugetlb(1);
        return Files.readAllBytes(machine.writeTo(directory.resolve("sound")));
    }

    private static byte[] mutate(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        for (int i = random.nextInt(40); i >= 0; i--) {
            int at = place(random);
            int length = Math.min(1 << random.nextInt(7), bytes.length - at);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> Arrays.fill(bytes, at, at + length, (byte) 0xff);
                default -> System.arraycopy(sound, place(random) & -8, bytes, at & -8, Math.min(length, 8));
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, NOTES + random.nextInt(bytes.length - NOTES)) : bytes;
    }

    private static int place(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(NOTES);
            case 1 -> TABLES + random.nextInt(TABLES_END - TABLES);
            default -> STRUCTS + random.nextInt(STRUCTS_END - STRUCTS);
        };
    }

    @ParameterizedTest
    @EnumSource
    void aDumpOrASentence(DumpFormat format) throws IOException {
        byte[] sound = sound();
        assertTimeout(LONGEST, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                capture(sound, format, round);
            }
        });
    }

    @Tag("soak")
    @ParameterizedTest
    @EnumSource
    void aDumpOrASentenceAgainAndAgain(DumpFormat format) throws IOException {
        byte[] sound = sound();
        long first = System.nanoTime();
        System.out.println(format + " from " + first);
        for (long round = first; round < first + MANY_ROUNDS; round++) {
            long seed = round;
            assertTimeout(LONGEST, () -> capture(sound, format, seed), () -> format + " " + seed);
        }
    }

    private void capture(byte[] sound, DumpFormat format, long seed) throws IOException {
        Random random = new Random(seed);
        Path file = Files.write(directory.resolve("source"), mutate(sound, random));
        Path target = directory.resolve("dump");
        CaptureRequest request = new CaptureRequest(
                        new DumpLevel(random.nextInt(32)), format, PageCodec.values()[random.nextInt(5)], 2, true)
                .with(new PageRules(random.nextBoolean(), random.nextBoolean(), random.nextBoolean(), Map.of()));
        String name = format + " " + seed;
        try (Vmcore source = VmcoreFile.open(file)) {
            // What claims to be larger than any disk is not written here.
            if (source.maxPfn() > 1 << 20) {
                return;
            }
            CaptureResult result = Capture.run(source, target, request, ProgressListener.NONE);
            result.problems().forEach(problem -> assertFalse(problem.isBlank(), name));
            reopen(result, name);
        } catch (MalformedInputException | IOException told) {
            assertFalse(told.getMessage().isBlank(), name);
        } catch (RuntimeException | Error wrong) {
            throw new AssertionError(name, wrong);
        }
    }

    private static void reopen(CaptureResult result, String name) throws IOException {
        try (Vmcore dump = VmcoreFile.open(result.file())) {
            assertEquals(result.complete(), dump.problems().isEmpty(), () -> name + dump.problems());
        } catch (MalformedInputException raw) {
            // Of raw memory whose VMCOREINFO is damaged nobody knows what it is.
            assertTrue(name.startsWith("RAW"), () -> name + ": " + raw.getMessage());
        }
    }

    /// What comes through a pipe is what was sent, or an error.
    @Test
    void aStreamThatWasDamagedIsRearrangedOrRefused() throws IOException {
        Path flattened = directory.resolve("flattened");
        Path source = Files.write(directory.resolve("source"), sound());
        try (Vmcore vmcore = VmcoreFile.open(source)) {
            CaptureRequest request =
                    new CaptureRequest(new DumpLevel(31), DumpFormat.FLATTENED, PageCodec.ZSTD, 1, true);
            Capture.run(vmcore, flattened, request, ProgressListener.NONE);
        }
        byte[] sound = Files.readAllBytes(flattened);
        assertTimeout(LONGEST, () -> {
            for (int round = 0; round < 100; round++) {
                Random random = new Random(round);
                byte[] bytes = Arrays.copyOf(sound, 1 + random.nextInt(sound.length));
                for (int i = random.nextInt(3); i > 0; i--) {
                    bytes[random.nextInt(Math.min(bytes.length, 1 << 14))] = (byte) random.nextInt();
                }
                rearrange(bytes, "stream " + round);
            }
        });
    }

    private void rearrange(byte[] bytes, String name) {
        try {
            Rearrange.run(
                    "pipe",
                    Channels.newChannel(new ByteArrayInputStream(bytes)),
                    directory.resolve("rearranged"),
                    true);
        } catch (MalformedInputException | IOException told) {
            assertFalse(told.getMessage().isBlank(), name);
        } catch (RuntimeException | Error wrong) {
            throw new AssertionError(name, wrong);
        }
    }
}
