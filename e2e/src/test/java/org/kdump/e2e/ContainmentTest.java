package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kdump.capture.Capture;
import org.kdump.capture.CaptureRequest;
import org.kdump.capture.CaptureResult;
import org.kdump.capture.DumpLevel;
import org.kdump.capture.PageRules;
import org.kdump.capture.ProgressListener;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// No dump level leaves out what belongs to the kernel, on raw vmcores in a directory that `-Dkdump.vmcores` names. On
/// the dumps that they take themselves, [CrashTest] and [JudgesTest] show it on each run.
@Tag("vm")
class ContainmentTest {
    private static final int[] LEVELS = {1, 2, 4, 8, 16, 31};

    @TempDir
    Path directory;

    static Stream<Path> vmcores() throws IOException {
        String given = System.getProperty("kdump.vmcores", "");
        if (given.isEmpty()) {
            return Stream.of(Path.of(""));
        }
        try (Stream<Path> files = Files.list(Path.of(given))) {
            return files.filter(file -> file.getFileName().toString().startsWith("vmcore-")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("vmcores")
    void everyPageInUseIsInTheDumpOfEachLevel(Path vmcore) throws IOException {
        Assumptions.assumeFalse(vmcore.toString().isEmpty(), "no raw vmcores are given with -Dkdump.vmcores");
        System.out.println(vmcore + ": " + check(vmcore, directory, LEVELS));
    }

    /// Filters a dump by each level and compares.
    ///
    /// @param raw has all that is to be looked for
    /// @param work where the filtered dumps go for a moment
    /// @return what was compared, for the reader of the test's output
    static String check(Path raw, Path work, int... levels) throws IOException {
        try (Vmcore source = VmcoreFile.open(raw)) {
            Map<String, BitSet> live = LivePages.of(source);
            long total = live.values().stream().mapToLong(BitSet::cardinality).sum();
            for (int level : levels) {
                Path dump = work.resolve("contained");
                // The kernel's own counters agree with what is found, or the level would not be applied; and -e at 31.
                CaptureRequest request =
                        CaptureRequest.of(new DumpLevel(level)).with(new PageRules(true, level == 31, false, Map.of()));
                CaptureResult result = Capture.run(source, dump, request, ProgressListener.NONE);
                assertTrue(
                        result.complete() && result.level().bits() == level,
                        () -> result.problems().toString());
                try (Vmcore filtered = VmcoreFile.open(dump)) {
                    long compared = LivePages.assertContained(live, source, filtered, "-d " + level);
                    assertTrue(compared == total && total > 5_000, () -> compared + " of " + total);
                }
                Files.delete(dump);
            }
            return live.entrySet().stream()
                    .map(kind -> kind.getValue().cardinality() + " " + kind.getKey())
                    .collect(Collectors.joining(
                            ", ",
                            "pages compared at " + IntStream.of(levels).boxed().toList() + ": ",
                            ""));
        }
    }
}
