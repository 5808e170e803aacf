package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.kdump.capture.Capture;
import org.kdump.capture.CaptureRequest;
import org.kdump.capture.CaptureResult;
import org.kdump.capture.DumpFormat;
import org.kdump.capture.DumpLevel;
import org.kdump.capture.PageClass;
import org.kdump.capture.ProgressListener;
import org.kdump.vmcore.codec.PageCodec;

/// The capture of a [LargeMachine], in a process of its own with the heap that a capture kernel gives it.
///
/// @param gibibytes of the machine
/// @param seconds of the capture
/// @param peakMebibytes the most that the process had resident, its code and libraries too
/// @param dumpMebibytes of the file
record LargeCapture(long gibibytes, double seconds, long peakMebibytes, long dumpMebibytes) {
    private static final Pattern SAID = Pattern.compile("(\\d+) ms, (\\d+) bytes, (\\d+) kB");

    /// Runs one.
    ///
    /// @param directory where the dump goes for a moment
    static LargeCapture run(long gibibytes, Path directory) throws IOException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path dump = directory.resolve("large");
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
        words.addAll(List.of("-Xmx32m", "-Xss256k", "-XX:ReservedCodeCacheSize=16m", "-XX:+UseSerialGC"));
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        words.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "-cp", classes, LargeCapture.class.getName()));
        words.addAll(List.of(Long.toString(gibibytes), dump.toString()));
        String said = Command.run(words).output();
        Matcher numbers = SAID.matcher(said);
        Assertions.assertTrue(numbers.find(), said);
        Files.delete(dump);
        return new LargeCapture(
                gibibytes,
                Long.parseLong(numbers.group(1)) / 1000.0,
                Long.parseLong(numbers.group(3)) >> 10,
                Long.parseLong(numbers.group(2)) >> 20);
    }

    /// What the process does.
    ///
    /// @param arguments GiB of the machine, and the target
    public static void main(String[] arguments) throws IOException {
        long size = Long.parseLong(arguments[0]) << 30;
        CaptureRequest request = new CaptureRequest(new DumpLevel(31), DumpFormat.KDUMP, PageCodec.ZSTD, 2, true);
        try (LargeMachine machine = new LargeMachine(size)) {
            CaptureResult result = Capture.run(machine, Path.of(arguments[1]), request, ProgressListener.NONE);
            long kept = result.pages().get(PageClass.WRITTEN);
            long blocks = 3 + (size / 4096 / 1024 + 16383) / 16384;
            if (!result.complete()
                    || !result.problems().isEmpty()
                    || kept + result.pages().get(PageClass.ZERO) != blocks * 1024) {
                throw new IOException(result.toString());
            }
            String peak = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .findFirst()
                    .orElseThrow()
                    .replaceAll("\\D+", "");
            System.out.println(result.duration().toMillis() + " ms, " + result.bytesOut() + " bytes, " + peak + " kB");
        }
    }
}
