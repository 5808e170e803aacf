package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.json.Json;
import org.kdump.kexec.RunningKernel;

/// `kdump status`: whether a capture kernel is loaded.
final class StatusCommand extends Verb {
    private final Supplier<Boolean> sizeOnly =
            flag("--print-ckr-size", "Print the bytes reserved for a capture kernel, and nothing else.");

    private final Supplier<Boolean> boot =
            flag("-l --boot --load", "Let the exit status tell of the kernel that 'kdump boot' would boot into.");

    private final Supplier<Boolean> panic =
            flag("-p --panic --load-panic", "Let the exit status tell of the capture kernel; this is the default.");

    private final Supplier<Boolean> status = flag("-S --status", "As is done anyway. For scripts that say so.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    StatusCommand() {
        super(
                "status",
                "Say which kernels are loaded, and how much memory is reserved for the capture kernel.",
                "",
                "Exit status: 0 if the kernel asked for is loaded, 1 if not. kexec -S has it the other way round.");
    }

    @Override
    public Integer call() throws IOException {
        RunningKernel running = RunningKernel.at(Path.of("/"));
        long size = running.crashKernelSize();
        if (sizeOnly.get()) {
            out().println(size);
            out().flush();
            return 0;
        }
        boolean loaded = running.crashKernelLoaded();
        boolean bootLoaded = running.bootKernelLoaded();
        PrintWriter out = out();
        if (json.get()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("loaded", loaded);
            answer.put("boot_loaded", bootLoaded);
            answer.put("reserved_bytes", size);
            answer.put("cma_bytes", running.crashCmaSize());
            out.println(Json.of(answer));
        } else {
            out.println("capture kernel: " + (loaded ? "loaded" : "not loaded"));
            out.println("kernel to boot into: " + (bootLoaded ? "loaded" : "not loaded"));
            out.println("reserved: "
                    + (size == 0 ? "nothing (boot with crashkernel=256M)" : (size >> 20) + " MiB" + cma(running)));
        }
        out.flush();
        return (boot.get() && !panic.get() ? bootLoaded : loaded) ? 0 : Main.FAILED;
    }

    private static String cma(RunningKernel running) throws IOException {
        long size = running.crashCmaSize();
        return size == 0 ? "" : ", and " + (size >> 20) + " MiB that processes use until then (CMA)";
    }
}
