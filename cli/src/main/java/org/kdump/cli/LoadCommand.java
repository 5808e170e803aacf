package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.RunningKernel;

/// `kdump load`: pre-loads a capture kernel.
final class LoadCommand extends Verb {
    private final Supplier<Boolean> panic = flag(
            "-p --panic --load-panic",
            "Load it for the moment of a panic. Needed: loading for a reboot is not handled yet.");

    private final Supplier<Path> kernel = argument(Path.class, "KERNEL", "A bzImage, as Debian's /boot/vmlinuz-… are.");

    private final Supplier<Path> initrd = option(Path.class, "--initrd --ramdisk", "FILE", "Its initrd.");

    private final Supplier<String> commandLine = option(
            String.class,
            "--append --command-line",
            "LINE",
            "Its command line; what tells it about the crash (elfcorehdr=) is added.",
            "");

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
                "Load a kernel into the memory that crashkernel= reserved, to be entered when this one panics.",
                "",
                "Example:",
                "  kdump load --panic /boot/vmlinuz-6.1 --initrd capture.img \\",
                "        --append \"console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10\"");
    }

    @Override
    public Integer call() throws IOException {
        if (!panic.get()) {
            throw misuse("only --panic is handled yet; loading a kernel for a reboot is not");
        }
        PrintWriter out = out();
        LoadRequest request = new LoadRequest(
                kernel.get(),
                Optional.ofNullable(initrd.get()),
                commandLine.get(),
                passMemmap.get(),
                serialPort(),
                verbose.get());
        try (LoadPlan plan = KexecLoader.plan(RunningKernel.at(Path.of("/")), request)) {
            if (dryRun.get() || verbose.get()) {
                out.println(plan);
            }
            if (!dryRun.get()) {
                KexecLoader.load(plan);
                out.println("loaded: the next panic boots " + kernel.get());
            }
        }
        out.flush();
        return 0;
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
