package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.RunningKernel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `kdump load`: pre-loads a capture kernel.
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = "Load a kernel into the memory that crashkernel= reserved, to be entered when this one panics.",
        footer = {
            "",
            "Example:",
            "  kdump load --panic /boot/vmlinuz-6.1 --initrd capture.img \\",
            "        --append \"console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10\""
        })
final class LoadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-p", "--panic", "--load-panic"},
            description = "Load it for the moment of a panic. Needed: loading for a reboot is not handled yet.")
    private boolean panic;

    @Parameters(paramLabel = "KERNEL", description = "A bzImage, as Debian's /boot/vmlinuz-… are.")
    private Path kernel;

    @Option(
            names = {"--initrd", "--ramdisk"},
            paramLabel = "FILE",
            description = "Its initrd.")
    private Path initrd;

    @Option(
            names = {"--append", "--command-line"},
            paramLabel = "LINE",
            defaultValue = "",
            description = "Its command line; what tells it about the crash (elfcorehdr=) is added.")
    private String commandLine;

    @Option(
            names = "--pass-memmap-cmdline",
            description =
                    "Tell its memory on the command line too (memmap=exactmap …), for kernels that want it there.")
    private boolean passMemmap;

    @Option(
            names = "--serial",
            paramLabel = "PORT",
            description = "The I/O port of the serial line that purgatory writes to: 0x3f8, or 0 for silence."
                    + " Default: that of the last console=ttyS in the command line.")
    private String serial;

    @Option(names = "--dry-run", description = "Print what would be loaded where, and load nothing.")
    private boolean dryRun;

    @Option(
            names = {"--debug", "--verbose"},
            description = "Print what is loaded where, and have purgatory say that it runs.")
    private boolean verbose;

    @Override
    public Integer call() throws IOException {
        if (!panic) {
            throw new ParameterException(
                    spec.commandLine(), "only --panic is handled yet; loading a kernel for a reboot is not");
        }
        PrintWriter out = spec.commandLine().getOut();
        LoadRequest request =
                new LoadRequest(kernel, Optional.ofNullable(initrd), commandLine, passMemmap, serialPort(), verbose);
        try (LoadPlan plan = KexecLoader.plan(RunningKernel.at(Path.of("/")), request)) {
            if (dryRun || verbose) {
                out.println(plan);
            }
            if (!dryRun) {
                KexecLoader.load(plan);
                out.println("loaded: the next panic boots " + kernel);
            }
        }
        out.flush();
        return 0;
    }

    private OptionalInt serialPort() {
        if (serial == null) {
            return OptionalInt.empty();
        }
        try {
            int port = Integer.decode(serial);
            if (port >= 0 && port <= 0xffff) {
                return OptionalInt.of(port);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new ParameterException(
                spec.commandLine(), "--serial " + serial + ": a port is a number up to 0xffff, as 0x3f8");
    }
}
