package org.kdump.kexec;

import java.io.IOException;
import java.util.List;
import org.kdump.syscall.Kexec;
import org.kdump.syscall.Processes;
import org.kdump.syscall.SystemCallException;

/// Loads a capture kernel into the memory reserved for it, to be entered when the running kernel panics.
public final class KexecLoader {
    private static final long FLAGS = Kexec.KEXEC_ON_CRASH | Kexec.KEXEC_ARCH_X86_64;

    private KexecLoader() {}

    /// Reads kernel and initrd and lays everything out; changes nothing.
    ///
    /// @param running the kernel whose crash is to be caught
    /// @return the plan, which the caller closes
    /// @throws KexecException if the kernel cannot be loaded, or could not start in the memory that is reserved
    /// @throws IOException if a file cannot be read
    public static LoadPlan plan(RunningKernel running, LoadRequest request) throws IOException {
        return CrashImage.plan(running, request);
    }

    /// Loads what was planned, in the place of what was loaded before.
    ///
    /// @throws KexecException if the kernel refuses
    public static void load(LoadPlan plan) throws KexecException {
        List<Kexec.Segment> segments = plan.segments().stream()
                .map(segment -> new Kexec.Segment(
                        segment.content(),
                        segment.range().start(),
                        segment.range().size()))
                .toList();
        try {
            Kexec.load(plan.entry(), segments, FLAGS);
        } catch (SystemCallException refused) {
            throw refused(refused);
        }
    }

    /// Takes the capture kernel away; nothing happens if there is none.
    ///
    /// @throws KexecException if the kernel refuses
    public static void unload() throws KexecException {
        try {
            Kexec.unload(FLAGS);
        } catch (SystemCallException refused) {
            throw refused(refused);
        }
    }

    private static KexecException refused(SystemCallException refusal) {
        String reason = switch (refusal.errno()) {
            case EPERM -> notPermitted();
            case EBUSY -> "another load is under way, or the machine is about to crash or reboot; try again";
            case ENOSYS -> "this kernel was built without kexec_load (CONFIG_KEXEC)";
            case EADDRNOTAVAIL -> "the kernel does not take these addresses; has the reservation changed?";
            case ENOMEM -> "the running kernel has too little memory left to prepare it";
            default -> "the running kernel refused it";
        };
        return new KexecException(reason + ": " + refusal.getMessage(), refusal);
    }

    private static String notPermitted() {
        return Processes.effectiveUserId() == 0
                ? "root may not load a kernel here (no CAP_SYS_BOOT, kernel.kexec_load_disabled, or lockdown)"
                : "only root may load a kernel; run this as root";
    }
}
