package org.kdump.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;

/// Each kernel dies in each way, and all that we answer of it is what drgn answers with debug information: of the raw
/// dump and of one of level 31.
///
/// Dumps are kept in a directory that `-Dkdump.crashes` names, as `SUITE-CRASH/raw`, and taken from there again;
/// `-Dkdump.suites=sid` asks fewer kernels.
@Tag("soak")
class EveryCrashTest {
    @TempDir
    Path temporary;

    static Stream<Arguments> crashes() {
        return Stream.of(System.getProperty("kdump.suites", "bullseye,bookworm,trixie,sid")
                        .split(","))
                .flatMap(suite -> Arrays.stream(Crash.values()).map(crash -> Arguments.of(suite, crash)));
    }

    @ParameterizedTest
    @MethodSource("crashes")
    void drgnAnswersAsWeDo(String name, Crash crash) throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        DebianSuite suite = new DebianSuite(name);
        Path directory = directory(suite, crash);
        Path vmlinux = DebianKernels.ofHost()
                .debugVmlinux(suite, DebianKernels.ofHost().newestWithDebug(suite));
        String verdicts = Answers.assertJudged(Peers.get(), directory, "raw", vmlinux);
        System.out.println(name + ", " + crash + "\n" + verdicts);
    }

    @ParameterizedTest
    @CsvSource({"bullseye, NULL_POINTER", "bookworm, STACK_OVERFLOW", "trixie, HUNG_TASK", "sid, OUT_OF_MEMORY"})
    void damagedOnesAreAnsweredInPart(String suite, Crash crash) throws IOException {
        Path directory = directory(new DebianSuite(suite), crash);
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Hostility.check(directory.resolve("raw"), directory, seed);
    }

    /// Where such a crash's raw dump is, taken if it is not there yet.
    private Path directory(DebianSuite suite, Crash crash) throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newestWithDebug(suite);
        assumeTrue(crash.isPossible(kernel), "this kernel is built without what it takes");
        String kept = System.getProperty("kdump.crashes", "");
        Path all = kept.isEmpty() ? temporary : Path.of(kept);
        Path directory = Files.createDirectories(all.resolve(suite + "-" + crash));
        if (Files.notExists(directory.resolve("raw"))) {
            crash.take(kernel, directory, guest -> guest);
        }
        return directory;
    }
}
