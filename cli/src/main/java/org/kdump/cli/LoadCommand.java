package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kdump.kexec.AddressRange;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;

/// `kdump load`: pre-loads a capture kernel.
final class LoadCommand extends Verb {
    private final Supplier<Boolean> panic = flag(
            "-p --panic --load-panic",
            "Load it into the memory that crashkernel= reserved, for the moment of a panic.");

    private final Supplier<Boolean> boot =
            flag("-l --load --boot", "Load it to be booted into by 'kdump boot'; this is so without --panic.");

    private final Supplier<List<Path>> kernel = optionalArguments(
            Path.class,
            "KERNEL",
            "A bzImage, as Debian's /boot/vmlinuz-… are. Default: the running kernel's, with its initrd.");

    private final Supplier<Path> initrd = option(Path.class, "--initrd --ramdisk", "FILE", "Its initrd.");

    private final Supplier<String> commandLine = option(
            String.class,
            "--append --command-line",
            "LINE",
            "Its command line; what tells it about the crash (elfcorehdr=) is added.");

    private final Supplier<Boolean> reuseCommandLine = flag(
            "--reuse-cmdline",
            "Use the running kernel's command line, less what was for it alone; that of --append follows.");

    private final Supplier<Boolean> reuseInitrd =
            flag("--reuseinitrd --reuse-initrd", "Use the initrd of the running kernel's release, from /boot.");

    private final Supplier<String> memoryMinimum = option(
            String.class, "--mem-min", "ADDRESS", "Load nothing below this physical address (0x for hexadecimal).");

    private final Supplier<String> memoryMaximum =
            option(String.class, "--mem-max", "ADDRESS", "Load nothing above this physical address.");

    private final Supplier<Boolean> segments = flag("-c --kexec-syscall", "Through kexec_load, and nothing else.");

    private final Supplier<Boolean> files = flag(
            "-s --kexec-file-syscall",
            "Through kexec_file_load, and nothing else: the running kernel lays the image out and checks signatures.");

    private final Supplier<Boolean> filesFirst =
            flag("-a --kexec-syscall-auto", "Through kexec_file_load, and if that fails through kexec_load.");

    private final Supplier<Boolean> refresh = flag(
            "--refresh",
            "Load the capture kernel again, as before, if memory or CPUs came or went since, and the running kernel does"
                    + " not keep up with that itself.");

    private final Supplier<Boolean> passMemmap = flag(
            "--pass-memmap-cmdline",
            "Tell its memory on the command line too (memmap=exactmap …), for kernels that want it there.");

    private final Supplier<String> serial = option(
            String.class,
            "--serial",
            "PORT",
            "The I/O port of the serial line that purgatory writes to: 0x3f8, or 0 for silence."
                    + " Default: that of the last console=ttyS in the command line.");

    private final Supplier<Boolean> dryRun = flag("--dry-run", "Print what would be loaded where, and load nothing.");

    private final Supplier<Boolean> verbose =
            flag("--debug --verbose", "Print what is loaded where, and have purgatory say that it runs.");

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
        RunningKernel running = RunningKernel.at(Path.of("/"));
        int status = refresh.get() ? refresh(running) : load(running, request(running), way());
        out().flush();
        return status;
    }

    private int load(RunningKernel running, LoadRequest request, KernelLoad.Way way) throws IOException {
        PrintWriter out = out();
        if (dryRun.get() || verbose.get()) {
            try (LoadPlan plan = KexecLoader.plan(running, request)) {
                out.println(plan);
                out.print(plan.picture());
            }
        }
        if (dryRun.get()) {
            return 0;
        }
        String used = new KernelLoad(running, way).load(request);
        if (panic.get() || refresh.get()) {
            new LoadedRecord(request, running.memoryAndProcessors(), way).write();
            out.println("loaded: the next panic boots " + request.kernel() + " (" + used + ")");
        } else {
            out.println("loaded: 'kdump boot' boots " + request.kernel() + " (" + used + ")");
        }
        return 0;
    }

    private int refresh(RunningKernel running) throws IOException {
        LoadedRecord record = LoadedRecord.read();
        if (!running.crashKernelLoaded()) {
            throw new UserException("no capture kernel is loaded, so there is none to refresh");
        }
        if (running.updatesElfCoreHeader()) {
            out().println("nothing to do: the running kernel keeps the elfcorehdr up to date itself");
            return 0;
        }
        if (record.machine().equals(running.memoryAndProcessors())) {
            out().println("nothing to do: memory and CPUs are as they were");
            return 0;
        }
        out().println("memory or CPUs have changed");
        return load(running, record.request(), record.way());
    }

    private LoadRequest request(RunningKernel running) throws IOException {
        if (panic.get() && boot.get()) {
            throw misuse("--panic and --load are two purposes; load one, then the other");
        }
        LoadDefaults defaults = LoadDefaults.of(Path.of("/"), running);
        return new LoadRequest(
                panic.get() ? Purpose.PANIC : Purpose.BOOT,
                kernel.get().isEmpty() ? defaults.kernel() : kernel(),
                initrd(defaults),
                commandLine(defaults),
                passMemmap.get(),
                serialPort(),
                verbose.get(),
                bounds());
    }

    private Path kernel() {
        if (kernel.get().size() > 1) {
            throw misuse("one kernel is loaded at a time, and " + kernel.get() + " were named");
        }
        return kernel.get().getFirst();
    }

    private Optional<Path> initrd(LoadDefaults defaults) {
        if (initrd.get() != null) {
            return Optional.of(initrd.get());
        }
        if (reuseInitrd.get()) {
            return Optional.of(defaults.initrd()
                    .orElseThrow(() -> new UserException("the running kernel's initrd is not found in /boot")));
        }
        if (kernel.get().isEmpty()) {
            return panic.get() ? defaults.captureInitrd() : defaults.initrd();
        }
        return Optional.empty();
    }

    private String commandLine(LoadDefaults defaults) {
        String asked = Optional.ofNullable(commandLine.get()).orElse("");
        if (reuseCommandLine.get()) {
            String reused = panic.get() ? defaults.reusedForCapture() : defaults.reusedForBoot();
            return (reused + " " + asked).strip();
        }
        if (commandLine.get() == null && kernel.get().isEmpty()) {
            return panic.get() ? defaults.forCapture() : defaults.reusedForBoot();
        }
        return asked;
    }

    private KernelLoad.Way way() {
        if (Stream.of(segments, files, filesFirst).filter(Supplier::get).count() > 1) {
            throw misuse("-c, -s and -a exclude each other");
        }
        if (files.get()) {
            return KernelLoad.Way.FILES;
        }
        if (filesFirst.get()) {
            return KernelLoad.Way.FILES_FIRST;
        }
        return segments.get() ? KernelLoad.Way.SEGMENTS : KernelLoad.Way.PERMITTED;
    }

    private AddressRange bounds() {
        long from = address("--mem-min", memoryMinimum.get(), 0);
        // As with kexec-tools, the address itself may still be used.
        long last = address("--mem-max", memoryMaximum.get(), Long.MAX_VALUE - 1);
        if (last < from) {
            throw misuse("--mem-max is below --mem-min");
        }
        return new AddressRange(from, last + 1);
    }

    private long address(String option, String text, long otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            long address = Long.decode(text);
            if (address >= 0 && address < Long.MAX_VALUE) {
                return address;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw misuse(option + " " + text + ": an address is a number, as 0x1000000");
    }

    private OptionalInt serialPort() {
        if (serial.get() == null) {
            return OptionalInt.empty();
        }
        try {
            int port = Integer.decode(serial.get());
            if (port >= 0 && port <= 0xffff) {
                return OptionalInt.of(port);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw misuse("--serial " + serial.get() + ": a port is a number up to 0xffff, as 0x3f8");
    }
}
