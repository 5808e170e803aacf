package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.image.LinuxImage;
import org.kdump.kexec.image.MultibootImage;
import org.kdump.syscall.Errno;
import org.kdump.syscall.Kexec;
import org.kdump.syscall.SystemCallException;

/// Loads a kernel: into the memory reserved for the moment of a panic, or anywhere, to be rebooted into.
public final class KexecLoader {
    private KexecLoader() {}

    /// Reads kernel and initrd and lays everything out; changes nothing.
    ///
    /// @param running the kernel whose crash is to be caught, or that is to be left
    /// @return the plan, which the caller closes
    /// @throws KexecException if the kernel cannot be loaded, or could not start in the memory that is reserved
    /// @throws IOException if a file cannot be read, or has no kernel that can be loaded
    public static LoadPlan plan(RunningKernel running, LoadRequest request) throws IOException {
        Arena files = Arena.ofShared();
        try {
            running.requireKexecLoad(request.purpose());
            return plan(running, request, files);
        } catch (IOException | RuntimeException failure) {
            files.close();
            throw failure;
        }
    }

    private static LoadPlan plan(RunningKernel running, LoadRequest request, Arena files) throws IOException {
        ImageInput input = ImageInput.read(running, request, files);
        return switch (input.kernel()) {
            case LinuxImage linux ->
                switch (request.purpose()) {
                    case PANIC -> new CrashImage(running, request, input, linux).plan(running, files);
                    case BOOT -> new BootImage(running, request, input, linux).plan(running, files);
                };
            case MultibootImage multiboot -> new MultibootBoot(running, request, input, multiboot).plan(running, files);
        };
    }

    /// Loads what was planned, in the place of what was loaded before, through `kexec_load(2)`.
    ///
    /// @throws KexecException if the kernel refuses
    public static void load(LoadPlan plan) throws KexecException {
        List<Kexec.Segment> segments = plan.segments().stream()
                .map(segment -> new Kexec.Segment(
                        segment.content(),
                        segment.range().start(),
                        segment.range().size()))
                .toList();
        long flags = plan.flags() | Kexec.KEXEC_ARCH_X86_64;
        try {
            loadWithHotplug(plan.entry(), segments, flags);
        } catch (SystemCallException refused) {
            throw refused(refused);
        }
    }

    /// A kernel that does not know a flag says so before it touches anything. Of those that have the files which tell
    /// of
    /// hotplug, 6.6 to 6.9 know the older flag only.
    private static void loadWithHotplug(long entry, List<Kexec.Segment> segments, long flags)
            throws SystemCallException {
        long others = flags & ~Kexec.KEXEC_CRASH_HOTPLUG_SUPPORT;
        if (others == flags) {
            Kexec.load(entry, segments, flags);
            return;
        }
        for (long permission : new long[] {Kexec.KEXEC_CRASH_HOTPLUG_SUPPORT, Kexec.KEXEC_UPDATE_ELFCOREHDR}) {
            try {
                Kexec.load(entry, segments, others | permission);
                return;
            } catch (SystemCallException refused) {
                if (refused.errno() != Errno.EINVAL) {
                    throw refused;
                }
            }
        }
        Kexec.load(entry, segments, others);
    }

    /// Has the running kernel read and lay out the files itself, through `kexec_file_load(2)`: its own purgatory is
    /// used then, and it adds `elfcorehdr=`.
    ///
    /// @throws KexecException if the kernel refuses
    /// @throws IOException if what was loaded cannot be asked for
    public static void loadFiles(RunningKernel running, LoadRequest request) throws IOException {
        running.requireLoadable(request.purpose());
        boolean onCrash = request.purpose() == Purpose.PANIC;
        if (onCrash) {
            running.crashKernelReservations();
        }
        try (KernelFiles files = KernelFiles.open(running, request)) {
            Kexec.loadFiles(request.kernel().toString(), files.kernel(), files.initrd(), files.commandLine(), onCrash);
        } catch (SystemCallException refused) {
            throw refused.errno() == Errno.EPERM && !running.lockdown().equals("none")
                    ? notSigned(running, request, refused)
                    : refused(refused);
        }
    }

    /// Takes a loaded kernel away; nothing happens if there is none.
    ///
    /// @throws KexecException if the kernel refuses
    /// @throws IOException if it cannot be asked
    public static void unload(RunningKernel running, Purpose purpose) throws IOException {
        running.requireLoadable(purpose);
        boolean onCrash = purpose == Purpose.PANIC;
        try {
            Kexec.unload((onCrash ? Kexec.KEXEC_ON_CRASH : 0) | Kexec.KEXEC_ARCH_X86_64);
        } catch (SystemCallException refused) {
            unloadFiles(onCrash, refused);
        }
    }

    /// A locked down kernel forbids kexec_load even for this.
    private static void unloadFiles(boolean onCrash, SystemCallException before) throws KexecException {
        try {
            Kexec.unloadFiles(onCrash);
        } catch (SystemCallException refused) {
            throw refused(before);
        }
    }

    /// Since Linux commit 99d5cadfde2b ("kexec_file: split KEXEC_VERIFY_SIG into KEXEC_SIG and KEXEC_SIG_FORCE", v5.4)
    /// this
    /// is told as not permitted.
    private static KexecException notSigned(RunningKernel running, LoadRequest request, SystemCallException refusal)
            throws IOException {
        return new KexecException(
                "the kernel is locked down (" + running.lockdown() + ") and does not accept " + request.kernel()
                        + "'s signature: take a kernel signed by a key that it knows (its maker's, the firmware's, or one"
                        + " enrolled by mokutil): " + refusal.getMessage(),
                refusal);
    }

    /// Whether a load through kexec_load failed because the kernel's policy wants to see a signed file (Linux
    /// `security/integrity/ima/ima_main.c`, `ima_load_data`).
    public static boolean demandsSignature(KexecException refusal) {
        return refusal.getCause() instanceof SystemCallException call && call.errno() == Errno.EACCES;
    }

    private static KexecException refused(SystemCallException refusal) {
        String reason = switch (refusal.errno()) {
            case EPERM ->
                "the kernel does not permit it, though its own files name no reason (a security module, or seccomp?)";
            case EACCES ->
                "the running kernel's policy (IMA) demands a file with a signature that it accepts, through"
                        + " kexec_file_load (-s); sign it (evmctl ima_sign) with a key that it knows";
            case EBUSY -> "another load is under way, or the machine is about to crash or reboot; try again";
            case ENOSYS -> "this kernel was built without this call (CONFIG_KEXEC, CONFIG_KEXEC_FILE)";
            case EADDRNOTAVAIL -> "the kernel does not take these addresses; has the reservation changed?";
            case ENOMEM -> "the running kernel has too little memory left to prepare it";
            case ENODATA -> "the running kernel demands a signature, and this kernel has none";
            case EKEYREJECTED, EBADMSG -> "the running kernel demands a signature, and does not accept this kernel's";
            case ENOKEY -> "the running kernel demands a signature, and does not know the key of this kernel's";
            case ENOEXEC -> "the running kernel does not know this kind of kernel image";
            default -> "the running kernel refused it";
        };
        return new KexecException(reason + ": " + refusal.getMessage(), refusal);
    }
}
