package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What runs the guest's instructions.
public enum Accelerator {
    /// QEMU's own emulation, a thread for each processor: works everywhere.
    // la57 is left out: five-level page tables cost emulation time and no host of a test has the memory for them.
    TCG(List.of("-accel", "tcg,thread=multi", "-cpu", "max,-la57")),
    /// The host's virtualization, which may be absent, forbidden or, nested in another machine, broken.
    KVM(List.of("-accel", "kvm", "-cpu", "max,-la57"));

    private static final Duration PROOF = Duration.ofSeconds(20);

    private final List<String> arguments;

    Accelerator(List<String> arguments) {
        this.arguments = arguments;
    }

    List<String> arguments() {
        return arguments;
    }

    /// KVM if it proves to work, else TCG.
    ///
    /// The proof is a kernel that boots far enough to miss its root file system, within 20 s.
    ///
    /// @param vmlinuz a kernel to try with
    /// @throws java.io.InterruptedIOException if the thread is interrupted meanwhile
    public static Accelerator proven(Path vmlinuz) throws IOException {
        if (!Files.isWritable(Path.of("/dev/kvm"))) {
            return TCG;
        }
        try (VirtualMachine machine = VirtualMachine.of(vmlinuz)
                .accelerator(KVM)
                .memory(512)
                .commandLine("console=ttyS0 panic=-1")
                .start()) {
            machine.awaitLine("KVM probe", line -> line.contains("Kernel panic"), PROOF);
            machine.awaitExit("KVM probe", PROOF);
            return KVM;
        } catch (GuestException notWorking) {
            return TCG;
        }
    }
}
