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
import org.junit.jupiter.params.provider.MethodSource;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;

/// Each kernel dies in each way, and all that we answer of it is what drgn answers with debug information: of the raw
/// dump and of one of level 31.
///
/// Dumps are kept in a directory that `-Dkdump.crashes` names, as `SUITE-CRASH/raw`, and taken from there again.
@Tag("soak")
class EveryCrashTest {
    @TempDir
    Path temporary;

    static Stream<Arguments> crashes() {
        return Stream.of("bullseye", "bookworm", "trixie", "sid")
                .flatMap(suite -> Arrays.stream(Crash.values()).map(crash -> Arguments.of(suite, crash)));
    }

    @ParameterizedTest
    @MethodSource("crashes")
    void drgnAnswersAsWeDo(String name, Crash crash) throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        DebianSuite suite = new DebianSuite(name);
        KernelPackage kernel = DebianKernels.ofHost().newestWithDebug(suite);
        String kept = System.getProperty("kdump.crashes", "");
        assumeTrue(crash.isPossible(kernel), "this kernel is built without what it takes");
        Path directory =
                Files.createDirectories((kept.isEmpty() ? temporary : Path.of(kept)).resolve(name + "-" + crash));
        if (Files.notExists(directory.resolve("raw"))) {
            crash.take(kernel, directory, guest -> guest);
        }
        Path vmlinux = DebianKernels.ofHost().debugVmlinux(suite, kernel);
        String verdicts = Answers.assertJudged(Peers.get(), directory, "raw", vmlinux);
        System.out.println(name + ", " + crash + "\n" + verdicts);
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Hostility.check(directory.resolve("raw"), directory, seed);
    }
}
