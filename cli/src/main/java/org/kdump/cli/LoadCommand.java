package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;

/// `kdump load`: loads a kernel, for a panic or for a reboot.
final class LoadCommand extends Verb {
    private final Supplier<Boolean> panic = flag(
            "-p --panic --load-panic",
            "Load it into the memory that crashkernel= reserved, for the moment of a panic.");

    private final Supplier<Boolean> boot =
            flag("-l --load --boot", "Load it to be booted into by 'kdump boot'; this is so without --panic.");

    private final Supplier<Boolean> refresh = flag(
            "--refresh",
            "Load the capture kernel again, as before, if memory or CPUs came or went since, and the running kernel does"
                    + " not keep up with that itself.");

    private final Supplier<Boolean> hotplug = flag(
            "--hotplug",
            "Let the running kernel keep up with memory and CPUs that come and go, as is always done where it can. For"
                    + " scripts that say so.");

    private final ImageOptions image = new ImageOptions(this, "the running kernel's, with its initrd.");

    LoadCommand() {
        super(
                "load",
                "Load a kernel, to be booted into by 'kdump boot', or with --panic to be entered when this one panics.",
                "",
                "Examples:",
                "  kdump load /boot/vmlinuz-6.1 --initrd /boot/initrd.img-6.1 --reuse-cmdline && kdump boot",
                "  kdump load --panic",
                "  kdump load --panic /boot/vmlinuz-6.1 --initrd capture.img \\",
                "        --append \"console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10\"");
    }

    @Override
    public Integer call() throws IOException {
        if (panic.get() && boot.get()) {
            throw misuse("--panic and --load are two purposes; load one, then the other");
        }
        RunningKernel running = RunningKernel.at(Path.of("/"));
        if (refresh.get()) {
            refresh(running);
        } else {
            load(running, image.request(running, panic.get() ? Purpose.PANIC : Purpose.BOOT), image.way());
        }
        out().flush();
        return 0;
    }

    private void load(RunningKernel running, LoadRequest request, KernelLoad.Way way) throws IOException {
        Optional<String> used = image.load(running, request, way);
        if (used.isEmpty()) {
            return;
        }
        switch (request.purpose()) {
            case PANIC -> {
                record(running, request, way);
                tellCma(running);
                out().println("loaded: the next panic boots " + request.kernel() + " (" + used.get() + ")");
            }
            case BOOT -> out().println("loaded: 'kdump boot' boots " + request.kernel() + " (" + used.get() + ")");
        }
    }

    private void tellCma(RunningKernel running) throws IOException {
        long size = running.crashCmaSize();
        if (size > 0) {
            err().println("kdump: " + (size >> 20) + " MiB (crashkernel=…,cma) are the capture kernel's too, and what"
                    + " processes have there will not be in the dump");
            err().flush();
        }
    }

    /// It is loaded in any case: what cannot be done without the record is told.
    private void record(RunningKernel running, LoadRequest request, KernelLoad.Way way) {
        try {
            new LoadedRecord(request, running.memoryAndProcessors(), way).write();
        } catch (IOException failure) {
            err().println("kdump: 'kdump load --refresh' will not know of this load: " + Main.reason(failure));
            err().flush();
        }
    }

    private void refresh(RunningKernel running) throws IOException {
        LoadedRecord record = LoadedRecord.read();
        if (!running.crashKernelLoaded()) {
            throw new UserException("no capture kernel is loaded, so there is none to refresh");
        }
        if (running.updatesElfCoreHeader()) {
            out().println("nothing to do: the running kernel keeps the elfcorehdr up to date itself");
        } else if (record.machine().equals(running.memoryAndProcessors())) {
            out().println("nothing to do: memory and CPUs are as they were");
        } else {
            out().println("memory or CPUs have changed");
            load(running, record.request(), record.way());
        }
    }
}
