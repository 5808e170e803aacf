package org.kdump.cli;

import java.io.IOException;
import org.kdump.kexec.KexecException;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.RunningKernel;

/// A load through one of the two system calls that there are for it.
///
/// @param running the kernel that is asked to load
/// @param way which call
record KernelLoad(RunningKernel running, Way way) {
    /// Which call.
    enum Way {
        /// kexec_load: the image is laid out here, and entered through our purgatory.
        SEGMENTS,
        /// kexec_file_load: the running kernel reads the files, checks signatures and lays them out.
        FILES,
        /// kexec_file_load, and kexec_load if that fails.
        FILES_FIRST,
        /// kexec_file_load where the running kernel permits nothing else, kexec_load elsewhere.
        PERMITTED
    }

    /// Loads.
    ///
    /// @return the call that was used, and why
    /// @throws KexecException if it fails; it says what then is loaded
    String load(LoadRequest request) throws IOException {
        boolean before = running.loaded(request.purpose());
        try {
            return switch (way) {
                case SEGMENTS -> segments(request, "as asked");
                case FILES -> files(request, "as asked");
                case FILES_FIRST -> filesFirst(request);
                case PERMITTED -> permitted(request);
            };
        } catch (IOException failure) {
            throw told(failure, before, running.loaded(request.purpose()));
        }
    }

    private String permitted(LoadRequest request) throws IOException {
        String lockdown = running.lockdown();
        if (!lockdown.equals("none")) {
            return files(request, "for the kernel is locked down (" + lockdown + ")");
        }
        try {
            return segments(request, "nothing forbids it");
        } catch (KexecException refused) {
            if (!KexecLoader.demandsSignature(refused)) {
                throw refused;
            }
            return files(request, "for the kernel's policy (IMA) demands a signature");
        }
    }

    private String filesFirst(LoadRequest request) throws IOException {
        try {
            return files(request, "tried first");
        } catch (KexecException refused) {
            return segments(request, "for kexec_file_load failed: " + refused.getMessage());
        }
    }

    private String segments(LoadRequest request, String why) throws IOException {
        try (LoadPlan plan = KexecLoader.plan(running, request)) {
            KexecLoader.load(plan);
        }
        return "kexec_load, " + why;
    }

    private String files(LoadRequest request, String why) throws IOException {
        KexecLoader.loadFiles(running, request);
        return "kexec_file_load, " + why;
    }

    /// The kernel frees a capture kernel before it takes the next, one to boot into only after.
    private static IOException told(IOException failure, boolean before, boolean after) {
        if (!before) {
            return failure;
        }
        String then =
                after ? "what was loaded before still is" : "what was loaded before is gone; nothing is loaded now";
        return new IOException(Main.reason(failure) + " (" + then + ")", failure);
    }
}
