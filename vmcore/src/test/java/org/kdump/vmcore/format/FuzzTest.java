package org.kdump.vmcore.format;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

/// Whatever is done to a dump, a reader gives an answer or says in a sentence what is wrong, and soon.
class FuzzTest {
    private static final int ROUNDS = 150;
    private static final int MANY_ROUNDS = 10_000;
    private static final Duration LONGEST = Duration.ofSeconds(60);
    /// Where headers, descriptors and records are, and hardly any page.
    private static final int HEADERS = 5 * 4096;

    enum Seed {
        ELF,
        ELF_OF_32_BITS,
        OUR_ELF,
        KDUMP_STORED,
        KDUMP_ZLIB,
        KDUMP_LZO,
        KDUMP_SNAPPY,
        KDUMP_ZSTD,
        PART,
        FLATTENED,
        FLATTENED_ELF,
        RAW;

        byte[] bytes() throws IOException {
            return switch (this) {
                case ELF -> Dumps.core();
                case ELF_OF_32_BITS -> Dumps.coreOf32Bits();
                case OUR_ELF -> Dumps.writtenCore();
                case KDUMP_STORED -> Dumps.kdump(PageCodec.NONE, false);
                case KDUMP_ZLIB -> Dumps.kdump(PageCodec.ZLIB, false);
                case KDUMP_LZO -> Dumps.kdump(PageCodec.LZO, false);
                case KDUMP_SNAPPY -> Dumps.kdump(PageCodec.SNAPPY, false);
                case KDUMP_ZSTD -> Dumps.kdump(PageCodec.ZSTD, false);
                case PART -> Dumps.kdump(PageCodec.ZLIB, false, 3).get(1);
                case FLATTENED -> Dumps.kdump(PageCodec.LZO, true);
                case FLATTENED_ELF -> Dumps.flattenedCore();
                case RAW -> Dumps.raw();
            };
        }
    }

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void anAnswerOrAnError(Seed seed) throws IOException {
        byte[] sound = seed.bytes();
        assertTimeout(LONGEST, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                attempt(seed, sound, round);
            }
        });
    }

    /// Each dump by itself must not take long; all together they do.
    @Tag("soak")
    @ParameterizedTest
    @EnumSource
    void anAnswerOrAnErrorAgainAndAgain(Seed seed) throws IOException {
        byte[] sound = seed.bytes();
        long first = System.nanoTime();
        System.out.println(seed + " from " + first);
        for (long round = first; round < first + MANY_ROUNDS; round++) {
            long seedOfRound = round;
            assertTimeout(LONGEST, () -> attempt(seed, sound, seedOfRound), () -> seed + " " + seedOfRound);
        }
    }

    /// One of the parts of a dump that was split is not what it was.
    @Test
    void anAnswerOrAnErrorOfParts() throws IOException {
        List<byte[]> sound = Dumps.kdump(PageCodec.LZO, false, 3);
        List<Path> files = new ArrayList<>();
        for (byte[] part : sound) {
            files.add(Files.write(directory.resolve("dump" + files.size()), part));
        }
        assertTimeout(LONGEST, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                Random random = new Random(round);
                int which = random.nextInt(sound.size());
                Files.write(files.get(which), mutate(sound.get(which), random));
                attempt("parts " + round, random, () -> VmcoreFile.open(files));
                Files.write(files.get(which), sound.get(which));
            }
        });
    }

    private void attempt(Seed seed, byte[] sound, long round) throws IOException {
        Path file = directory.resolve("dump");
        Random random = new Random(round);
        Files.write(file, mutate(sound, random));
        attempt(seed + " " + round, random, () -> VmcoreFile.open(file));
    }

    private interface Opening {
        Vmcore open() throws IOException;
    }

    private static void attempt(String name, Random random, Opening opening) throws IOException {
        try (Vmcore vmcore = opening.open()) {
            use(vmcore, random);
        } catch (MalformedInputException malformed) {
            assertFalse(malformed.getMessage().isBlank(), name);
            assertTrue(malformed.getMessage().contains("dump"), malformed.getMessage());
        } catch (RuntimeException | Error wrong) {
            throw new AssertionError(name, wrong);
        }
    }

    private static byte[] mutate(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        int changes = 1 + random.nextInt(8);
        for (int i = 0; i < changes; i++) {
            int range = random.nextBoolean() ? Math.min(HEADERS, bytes.length) : bytes.length;
            int at = random.nextInt(range);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) 0xff);
                case 3 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(100)), (byte) 0);
                case 4 -> System.arraycopy(sound, random.nextInt(range), bytes, at, Math.min(16, range - at) / 16);
                case 5 -> Arrays.fill(bytes, at & ~7, Math.min(bytes.length, (at & ~7) + 7), (byte) random.nextInt());
                default -> throw new AssertionError();
            }
        }
        return random.nextInt(3) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /// Asks all that can be asked; of memory, some.
    private static void use(Vmcore vmcore, Random random) throws IOException {
        List<PhysicalRange> ranges = vmcore.memory();
        vmcore.notes().forEach(note -> assertTrue(note.description().byteSize() >= 0));
        assertTrue(vmcore.info().values().size() < 1 << 20);
        MemorySegment target = MemorySegment.ofArray(new byte[1 << 16]);
        for (int i = 0; i < Math.min(ranges.size(), 8); i++) {
            PhysicalRange range = ranges.get(random.nextInt(ranges.size()));
            long at = range.start() + random.nextLong(Math.max(1, Math.min(1 << 24, range.length())));
            assertTrue(vmcore.read(at, target) <= target.byteSize());
            vmcore.presence(at);
        }
        vmcore.read(random.nextLong(), target);
        vmcore.presence(random.nextLong());
        if (vmcore.maxPfn() < 1 << 16) {
            Verification.of(vmcore, pages -> {});
        }
        vmcore.problems().forEach(problem -> assertFalse(problem.isBlank()));
    }
}
