package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kdump.kexec.image.ImageException;
import org.kdump.kexec.image.KernelFile;
import org.kdump.kexec.image.KernelImage;

/// What a load is made of, read from its files. What was asked for comes before what a UKI brings along.
///
/// @param kernel the kernel, entered in the mode that was asked for
/// @param initrd empty if there is none
/// @param commandLine the kernel's, without what is added here
/// @param modules what a multiboot kernel is given beside it
/// @param kind what the kernel's file is, for people
record ImageInput(KernelImage kernel, MemorySegment initrd, String commandLine, List<Module> modules, String kind) {
    /// A file beside a multiboot kernel.
    ///
    /// @param content the file
    /// @param commandLine its name and what follows it
    record Module(MemorySegment content, String commandLine) {}

    // More than any kernel, debugging information and all; less than the machine can spare.
    private static final long MOST_UNPACKED = 1L << 30;
    private static final int SHARE_OF_MEMORY = 4;

    /// @param files how long they stay mapped
    /// @throws ImageException if the kernel's file has no kernel that can be loaded
    static ImageInput read(RunningKernel running, LoadRequest request, Arena files) throws IOException {
        KernelFile file = entered(kernelFile(running, request.kernel(), files), request.options());
        return new ImageInput(
                file.kernel(),
                request.initrd().isPresent()
                        ? ImageFile.map(request.initrd().get(), files)
                        : file.initrd().orElse(MemorySegment.NULL),
                request.commandLine().isBlank() ? file.commandLine().orElse("") : request.commandLine(),
                modules(request.options().modules(), files),
                file.kind());
    }

    /// The kernel's file alone.
    static KernelFile kernelFile(RunningKernel running, Path kernel, Arena files) throws IOException {
        long memory = running.iomem().systemRam().stream()
                .mapToLong(AddressRange::size)
                .sum();
        long limit = Math.min(MOST_UNPACKED, memory / SHARE_OF_MEMORY);
        return KernelFile.read(kernel.toString(), ImageFile.map(kernel, files), limit, files);
    }

    private static KernelFile entered(KernelFile file, LoadOptions options) throws ImageException {
        return options.in32BitMode() ? file.in32BitMode() : file;
    }

    private static List<Module> modules(List<String> asked, Arena files) throws IOException {
        List<Module> modules = new ArrayList<>();
        for (String words : asked) {
            modules.add(new Module(ImageFile.map(Path.of(words.strip().split(" ", 2)[0]), files), words.strip()));
        }
        return List.copyOf(modules);
    }
}
