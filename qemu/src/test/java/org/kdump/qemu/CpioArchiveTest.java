package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpioArchiveTest {
    @TempDir
    Path folder;

    private byte[] sample() throws IOException {
        Path host = Files.write(folder.resolve("host"), new byte[70_001]);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(bytes)) {
            archive.characterDevice("/dev/console", 0600, 5, 1);
            archive.file("init", 0755, "#!/bin/java\n".getBytes(StandardCharsets.UTF_8));
            archive.file("/opt/rt/lib/modules", 0644, host);
            archive.symlink("proc/self/exe", "/opt/rt/bin/java");
            archive.directory("opt", 0700);
        }
        return bytes.toByteArray();
    }

    @Test
    void memberIsAsTheKernelDocumentsIt() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(bytes)) {
            archive.file("a", 0644, new byte[] {'x', 'y', 'z'});
        }
        String expected = "070701" + "00000001" + "000081A4" + "00000000" + "00000000" + "00000001" + "00000000"
                + "00000003" + "00000000" + "00000000" + "00000000" + "00000000" + "00000002" + "00000000" + "a\0xyz\0"
                + "070701" + "00000002" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000"
                + "00000000" + "00000000" + "00000000" + "00000000" + "0000000B" + "00000000" + "TRAILER!!!\0\0\0\0";
        assertEquals(expected, bytes.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void cpioReadsIt() throws IOException {
        assumeTrue(Files.exists(Path.of("/usr/bin/cpio")), "the cpio tool, our judge, is not installed");
        Path archive = Files.write(folder.resolve("sample.cpio"), sample());
        List<String> lines = HostCommand.of("cpio", "-tvn", "--quiet", "-F", archive.toString())
                .output()
                .lines()
                .map(line -> line.replaceAll("\\s+", " "))
                .map(line -> line.replaceAll("Jan 1 1970 ", ""))
                .toList();
        assertEquals(
                List.of(
                        "drwxr-xr-x 1 0 0 0 dev",
                        "crw------- 1 0 0 5, 1 dev/console",
                        "-rwxr-xr-x 1 0 0 12 init",
                        "drwxr-xr-x 1 0 0 0 opt",
                        "drwxr-xr-x 1 0 0 0 opt/rt",
                        "drwxr-xr-x 1 0 0 0 opt/rt/lib",
                        "-rw-r--r-- 1 0 0 70001 opt/rt/lib/modules",
                        "drwxr-xr-x 1 0 0 0 proc",
                        "drwxr-xr-x 1 0 0 0 proc/self",
                        "lrwxrwxrwx 1 0 0 16 proc/self/exe -> /opt/rt/bin/java"),
                lines);
    }

    @Test
    void sameInputGivesTheSameBytes() throws IOException {
        assertArrayEquals(sample(), sample());
    }

    @Test
    void refusesANameTwice() throws IOException {
        try (CpioArchive archive = new CpioArchive(new ByteArrayOutputStream())) {
            archive.file("init", 0755, new byte[0]);
            IOException refused = assertThrows(IOException.class, () -> archive.file("/init", 0755, new byte[0]));
            assertTrue(refused.getMessage().contains("init"));
        }
    }

    @Test
    void everyCompressionIsUnpackedByItsTool() throws IOException {
        for (InitramfsCompression compression : InitramfsCompression.values()) {
            Path packed = folder.resolve("packed");
            try (CpioArchive archive =
                    new CpioArchive(compression.over(Files.newOutputStream(packed), Integer.MAX_VALUE))) {
                archive.file("a", 0644, new byte[100_000]);
            }
            List<String> tool = switch (compression) {
                case ZSTD -> List.of("zstd", "-dc", packed.toString());
                case GZIP -> List.of("gzip", "-dc", packed.toString());
                case NONE -> List.of("cat", packed.toString());
            };
            boolean there = Files.exists(Path.of("/usr/bin", tool.getFirst()));
            assumeTrue(there, () -> tool.getFirst() + ", our judge, is not installed");
            assertTrue(HostCommand.of(tool).output().startsWith("070701"), compression.name());
            assertFalse(HostCommand.of(tool).output().length() < 100_000, compression.name());
        }
    }

    @Test
    void compressionIsThatOfTheKernel() throws IOException {
        Path config = folder.resolve("config");
        Files.writeString(config, "CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\n");
        assertEquals(InitramfsCompression.ZSTD, InitramfsCompression.bestFor(config));
        Files.writeString(config, "CONFIG_RD_GZIP=y\n# CONFIG_RD_ZSTD is not set\n");
        assertEquals(InitramfsCompression.GZIP, InitramfsCompression.bestFor(config));
    }
}
