package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.Verification;
import org.kdump.vmcore.format.VmcoreFile;

/// One dump on its ways through files, parts and pipes: each way ends with the same bytes.
class TargetsTest {
    private static final int FREE_BLOCK = 10;

    @TempDir
    Path directory;

    private Path vmcore;
    private byte[] direct;

    @BeforeEach
    void crash() throws IOException {
        vmcore = new CrashedMachine(-268435456)
                .free(0x400, FREE_BLOCK)
                .alike(0x150, 200)
                .writeTo(directory.resolve("vmcore"));
        direct = capture(vmcore, DumpFormat.KDUMP, "direct");
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private static CaptureRequest request(DumpFormat format) {
        return new CaptureRequest(new DumpLevel(17), format, PageCodec.LZO, 2, true);
    }

    private byte[] capture(Path source, DumpFormat format, String name) throws IOException {
        try (Vmcore opened = VmcoreFile.open(source)) {
            CaptureResult result = Capture.run(opened, file(name), request(format), ProgressListener.NONE);
            assertTrue(result.complete(), () -> result.toString());
        }
        return Files.readAllBytes(file(name));
    }

    private byte[] pipe(DumpFormat format) throws IOException {
        ByteArrayOutputStream pipe = new ByteArrayOutputStream();
        try (Vmcore opened = VmcoreFile.open(vmcore)) {
            CaptureResult result =
                    Capture.run(opened, "pipe", Channels.newChannel(pipe), request(format), ProgressListener.NONE);
            assertTrue(result.complete(), () -> result.toString());
        }
        return pipe.toByteArray();
    }

    private boolean rearrange(byte[] flat, String name) throws IOException {
        return Rearrange.run("pipe", Channels.newChannel(new ByteArrayInputStream(flat)), file(name), true);
    }

    private static void assertSound(Path... files) throws IOException {
        try (Vmcore dump = VmcoreFile.open(List.of(files))) {
            Verification found = Verification.of(dump, pages -> {});
            assertTrue(found.isSound(), () -> found.toString());
        }
    }

    @Test
    void throughAPipe() throws IOException {
        byte[] flat = pipe(DumpFormat.FLATTENED);
        assertTrue(rearrange(flat, "rearranged"));
        assertArrayEquals(direct, Files.readAllBytes(file("rearranged")));
        assertArrayEquals(flat, capture(vmcore, DumpFormat.FLATTENED, "flat"));
        assertSound(file("flat"));
        assertArrayEquals(direct, capture(file("flat"), DumpFormat.KDUMP, "converted"));
    }

    @Test
    void anElfCoreThroughAPipe() throws IOException {
        assertTrue(rearrange(pipe(DumpFormat.FLATTENED_ELF), "rearranged"));
        assertArrayEquals(capture(vmcore, DumpFormat.ELF, "elf"), Files.readAllBytes(file("rearranged")));
    }

    @Test
    void inParts() throws IOException {
        List<Path> parts = List.of(file("a"), file("b"), file("c"));
        try (Vmcore opened = VmcoreFile.open(vmcore)) {
            CaptureResult result = Capture.run(opened, parts, request(DumpFormat.KDUMP), ProgressListener.NONE);
            assertTrue(result.complete(), () -> result.toString());
        }
        assertSound(file("c"), file("a"), file("b"));
        try (Vmcore opened = VmcoreFile.open(parts)) {
            Capture.run(opened, file("joined"), request(DumpFormat.KDUMP), ProgressListener.NONE);
        }
        assertArrayEquals(direct, Files.readAllBytes(file("joined")));
    }

    @Test
    void aPartThatCannotBeMadeLeavesNone() throws IOException {
        List<Path> parts = List.of(file("a"), file("nowhere/b"));
        try (Vmcore opened = VmcoreFile.open(vmcore)) {
            assertThrows(
                    IOException.class,
                    () -> Capture.run(opened, parts, request(DumpFormat.KDUMP), ProgressListener.NONE));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Capture.run(opened, parts, request(DumpFormat.ELF), ProgressListener.NONE));
        }
        assertFalse(Files.exists(file("a.incomplete")));
    }

    @ParameterizedTest
    @EnumSource(names = {"KDUMP", "ELF", "RAW"})
    void onlyFlattenedDumpsGoThroughAPipe(DumpFormat format) {
        assertThrows(IllegalArgumentException.class, () -> pipe(format));
    }

    @Test
    void aPipeThatIsLostEndsTheCaptureAndWhatCameOpens() throws IOException {
        byte[] flat = pipe(DumpFormat.FLATTENED);
        for (int room = 100; room < flat.length; room += flat.length / 9) {
            ByteArrayOutputStream came = new ByteArrayOutputStream();
            if (room < 4096) {
                assertThrows(IOException.class, () -> capture(new Torn(came, 100)));
                continue;
            }
            CaptureResult result = capture(new Torn(came, room));
            assertFalse(result.complete());
            assertTrue(result.problems().toString().contains("broken pipe"), () -> result.toString());
            assertFalse(rearrange(came.toByteArray(), "rest"));
            try (Vmcore dump = VmcoreFile.open(file("rest.incomplete"))) {
                assertEquals(
                        "its writer could not finish it and marked it incomplete",
                        dump.problems().getFirst());
            }
        }
    }

    @Test
    void aFlattenedDumpOpensWhereverItWasCutOffBehindItsHeaders() throws IOException {
        byte[] flat = pipe(DumpFormat.FLATTENED);
        int failed = 0;
        for (int length = 4096; length < flat.length; length += length < 60_000 ? 509 : 40_009) {
            Files.write(file("cut"), java.util.Arrays.copyOf(flat, length));
            try (Vmcore dump = VmcoreFile.open(file("cut"))) {
                assertFalse(dump.problems().isEmpty(), "cut at " + length);
            } catch (MalformedInputException noHeader) {
                failed++;
                assertTrue(length < 4096 + 4096, "cut at " + length + ": " + noHeader.getMessage());
            }
        }
        assertTrue(failed > 0);
    }

    private CaptureResult capture(OutputStream stream) throws IOException {
        try (Vmcore opened = VmcoreFile.open(vmcore)) {
            return Capture.run(
                    opened, "pipe", Channels.newChannel(stream), request(DumpFormat.FLATTENED), ProgressListener.NONE);
        }
    }

    /// A pipe whose reader goes away.
    private static final class Torn extends OutputStream {
        private final ByteArrayOutputStream came;
        private int room;

        Torn(ByteArrayOutputStream came, int room) {
            this.came = came;
            this.room = room;
        }

        @Override
        public void write(int value) throws IOException {
            if (room-- <= 0) {
                throw new IOException("broken pipe");
            }
            came.write(value);
        }
    }

    @Test
    void rearrangingRefusesWhatIsNotFlattenedAndWhatIsThere() throws IOException {
        assertThrows(MalformedInputException.class, () -> rearrange(direct, "other"));
        assertTrue(Files.notExists(file("other.incomplete")));
        byte[] flat = pipe(DumpFormat.FLATTENED);
        Files.writeString(file("there"), "of use");
        assertThrows(
                IOException.class,
                () -> Rearrange.run("pipe", Channels.newChannel(new ByteArrayInputStream(flat)), file("there"), false));
        assertEquals(Set.of("of use"), Set.copyOf(Files.readAllLines(file("there"))));
    }
}
