package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kdump.elf.ProgramHeader;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;

/// Which kernel is loaded, and through which system call: what `load` and `boot` have in common.
final class ImageOptions {
    private final Verb verb;
    private final Supplier<Path> initrd;
    private final Supplier<String> commandLine;
    private final Supplier<Boolean> reuseCommandLine;
    private final Supplier<Boolean> reuseInitrd;
    private final Supplier<Boolean> segments;
    private final Supplier<Boolean> files;
    private final Supplier<Boolean> filesFirst;
    private final Supplier<Boolean> dryRun;
    private final LayoutOptions layout;
    private final Supplier<List<Path>> kernel;

    /// Adds the options and the kernel's argument to a verb.
    ///
    /// @param withoutKernel what is done if no kernel is named
    ImageOptions(Verb verb, String withoutKernel) {
        this.verb = verb;
        initrd =
                verb.option(Path.class, "--initrd --ramdisk", "FILE", "Its initrd; of a UKI its own if none is given.");
        commandLine = verb.option(
                String.class,
                "--append --command-line",
                "LINE",
                "Its command line, of a UKI its own if none is given; what tells it about a crash (elfcorehdr=) is added.");
        reuseCommandLine = verb.flag(
                "--reuse-cmdline",
                "Use the running kernel's command line, less what was for it alone; that of --append follows.");
        reuseInitrd = verb.flag(
                "--reuseinitrd --reuse-initrd", "Use the initrd of the running kernel's release, from /boot.");
        segments = verb.flag("-c --kexec-syscall", "Through kexec_load, and nothing else.");
        files = verb.flag(
                "-s --kexec-file-syscall",
                "Through kexec_file_load, and nothing else: the running kernel lays the image out and checks"
                        + " signatures.");
        filesFirst =
                verb.flag("-a --kexec-syscall-auto", "Through kexec_file_load, and if that fails through kexec_load.");
        dryRun = verb.flag("--dry-run", "Print what would be loaded where, and load nothing.");
        layout = new LayoutOptions(verb);
        kernel = verb.optionalArguments(
                Path.class,
                "KERNEL",
                "A bzImage, as Debian's /boot/vmlinuz-… are, a vmlinux, a UKI, an EFI zboot image or a multiboot kernel,"
                        + " of 64 or 32 bits; compressed with gzip, zstd, xz or lz4 or not. Default: "
                        + withoutKernel);
    }

    /// Whether a kernel is named, or pieces of the running one.
    boolean chosen() {
        return !kernel.get().isEmpty()
                || initrd.get() != null
                || commandLine.get() != null
                || reuseCommandLine.get()
                || reuseInitrd.get()
                || dryRun.get();
    }

    /// Prints what is loaded where, if asked, and loads it unless it is a dry run.
    ///
    /// @return the system call used and why; empty if nothing was loaded
    Optional<String> load(RunningKernel running, LoadRequest request, KernelLoad.Way way) throws IOException {
        if (dryRun.get() || layout.debug()) {
            try (LoadPlan plan = KexecLoader.plan(running, request)) {
                verb.out().println(plan);
                verb.out().print(plan.picture());
                if (layout.debug()) {
                    plan.coreSegments().forEach(segment -> verb.out().println("elfcorehdr: " + described(segment)));
                }
            }
        }
        return dryRun.get() ? Optional.empty() : Optional.of(new KernelLoad(running, way).load(request));
    }

    private static String described(ProgramHeader segment) {
        return "%s offset 0x%x physical 0x%x virtual 0x%x size 0x%x"
                .formatted(
                        segment.type() == ProgramHeader.PT_NOTE ? "PT_NOTE" : "PT_LOAD",
                        segment.offset(),
                        segment.physicalAddress(),
                        segment.virtualAddress(),
                        segment.memorySize());
    }

    LoadRequest request(RunningKernel running, Purpose purpose) throws IOException {
        LoadDefaults defaults = LoadDefaults.of(Path.of("/"), running);
        return new LoadRequest(
                purpose,
                kernel.get().isEmpty() ? defaults.kernel() : kernel(),
                initrd(defaults, purpose),
                commandLine(defaults, purpose),
                layout.chosen());
    }

    KernelLoad.Way way() {
        if (Stream.of(segments, files, filesFirst).filter(Supplier::get).count() > 1) {
            throw verb.misuse("-c, -s and -a exclude each other");
        }
        if (files.get() && dryRun.get()) {
            throw verb.misuse("--dry-run shows what is laid out here; with -s the running kernel does that");
        }
        if (files.get()) {
            return KernelLoad.Way.FILES;
        }
        if (filesFirst.get()) {
            return KernelLoad.Way.FILES_FIRST;
        }
        return segments.get() ? KernelLoad.Way.SEGMENTS : KernelLoad.Way.PERMITTED;
    }

    private Path kernel() {
        if (kernel.get().size() > 1) {
            throw verb.misuse("one kernel is loaded at a time, and " + kernel.get() + " were named");
        }
        return kernel.get().getFirst();
    }

    private Optional<Path> initrd(LoadDefaults defaults, Purpose purpose) {
        if (initrd.get() != null) {
            return Optional.of(initrd.get());
        }
        if (reuseInitrd.get()) {
            return Optional.of(defaults.initrd()
                    .orElseThrow(() -> new UserException("the running kernel's initrd is not found in /boot")));
        }
        if (!kernel.get().isEmpty()) {
            return Optional.empty();
        }
        return switch (purpose) {
            case PANIC -> defaults.captureInitrd();
            case BOOT -> defaults.initrd();
        };
    }

    private String commandLine(LoadDefaults defaults, Purpose purpose) {
        String asked = Optional.ofNullable(commandLine.get()).orElse("");
        if (reuseCommandLine.get()) {
            return (defaults.reused(purpose) + " " + asked).strip();
        }
        return commandLine.get() == null && kernel.get().isEmpty() ? defaults.commandLine(purpose) : asked;
    }
}
