package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a capture takes does not grow with the machine's memory.
class LargeMachineTest {
    /// What may differ from run to run.
    private static final long SLACK_MEBIBYTES = 12;

    @TempDir
    Path directory;

    @Test
    void aTebibyteTakesNoMoreMemoryThanLittle() throws IOException {
        LargeCapture little = LargeCapture.run(16, directory);
        LargeCapture tebibyte = LargeCapture.run(1024, directory);
        System.out.println(little + "\n" + tebibyte);
        assertTrue(tebibyte.peakMebibytes() <= little.peakMebibytes() + SLACK_MEBIBYTES, tebibyte + " " + little);
    }

    @Test
    @Tag("bench")
    void theCurve() throws IOException {
        List<String> lines = new ArrayList<>(
                List.of("| memory of the machine | time | most resident | the dump |", "| --- | --- | --- | --- |"));
        long first = 0;
        for (long gibibytes : new long[] {16, 64, 256, 1024, 4096, 16384}) {
            LargeCapture capture = LargeCapture.run(gibibytes, directory);
            first = first == 0 ? capture.peakMebibytes() : first;
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d GiB | %.1f s | %d MiB | %d MiB |",
                    gibibytes,
                    capture.seconds(),
                    capture.peakMebibytes(),
                    capture.dumpMebibytes()));
            System.out.println(lines.getLast());
            assertTrue(capture.peakMebibytes() <= first + SLACK_MEBIBYTES, lines.getLast());
        }
        Files.write(Files.createDirectories(Path.of("target/bench")).resolve("large.md"), lines);
    }
}
