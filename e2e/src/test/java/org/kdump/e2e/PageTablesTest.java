package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;

/// Real kernels with page tables of other kinds than the usual: all is read, drgn says the same, and without
/// VMCOREINFO the tables are found.
@Tag("soak")
class PageTablesTest {
    @TempDir
    Path directory;

    private void judge(String machine, UnaryOperator<CrashGuest> settings) throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        KernelPackage kernel = DebianKernels.ofHost().newestWithDebug(DebianSuite.BOOKWORM);
        Path raw = Crash.SYSRQ.take(kernel, directory, settings);
        String mach = Command.kdump("mach", raw).output();
        assertTrue(mach.contains(machine), mach);
        Path vmlinux = DebianKernels.ofHost().debugVmlinux(DebianSuite.BOOKWORM, kernel);
        System.out.println(Answers.assertJudged(Peers.get(), directory, "raw", vmlinux));
        Path lost = directory.resolve("lost");
        try (Damage copy = Damage.copy(raw, lost)) {
            assertTrue(copy.loseVmcoreinfo() > 1);
        }
        assertEquals(
                Command.kdump("bt", raw).output(), Command.kdump("bt", lost).output());
    }

    @Test
    void fiveLevels() throws IOException {
        judge("5 levels", CrashGuest::fiveLevels);
    }

    @Test
    void isolatedFromUserMode() throws IOException {
        judge("4 levels", guest -> guest.parameters("pti=on"));
    }
}
