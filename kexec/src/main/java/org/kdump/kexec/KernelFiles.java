package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import org.kdump.kexec.image.BzImage;
import org.kdump.kexec.image.ImageException;
import org.kdump.kexec.image.KernelFile;
import org.kdump.syscall.Descriptor;
import org.kdump.syscall.SystemCallException;

/// The open files that a running kernel is to load by itself. Of x86 kernels it knows the bzImage alone (Linux
/// `arch/x86/kernel/kexec-bzimage64.c`), so that one that is wrapped is unwrapped into a file in memory; all else is
/// given to it as it is, and it has the last word.
///
/// @param kernel the bzImage, or what there is instead
/// @param initrd that asked for, or that of a UKI
/// @param commandLine that asked for, or that of a UKI
record KernelFiles(Descriptor kernel, Optional<Descriptor> initrd, String commandLine) implements AutoCloseable {
    /// @throws SystemCallException if a file cannot be opened
    static KernelFiles open(RunningKernel running, LoadRequest request) throws IOException {
        try (Arena files = Arena.ofConfined()) {
            Optional<KernelFile> wrapped = wrapped(running, request.kernel(), files);
            Descriptor kernel = wrapped.isPresent()
                    ? Descriptor.inMemory(
                            request.kernel().toString(), wrapped.get().file())
                    : Descriptor.openReadOnly(request.kernel());
            try {
                return new KernelFiles(kernel, initrd(request, wrapped), commandLine(request, wrapped));
            } catch (SystemCallException failure) {
                kernel.close();
                throw failure;
            }
        }
    }

    private static Optional<KernelFile> wrapped(RunningKernel running, Path kernel, Arena files) throws IOException {
        try {
            return Optional.of(ImageInput.kernelFile(running, kernel, files))
                    .filter(file -> file.kernel() instanceof BzImage
                            && !file.wrappings().isEmpty());
        } catch (ImageException unknown) {
            // The running kernel may know better.
            return Optional.empty();
        }
    }

    private static Optional<Descriptor> initrd(LoadRequest request, Optional<KernelFile> wrapped)
            throws SystemCallException {
        if (request.initrd().isPresent()) {
            return Optional.of(Descriptor.openReadOnly(request.initrd().get()));
        }
        Optional<MemorySegment> own = wrapped.flatMap(KernelFile::initrd);
        return own.isPresent() ? Optional.of(Descriptor.inMemory("initrd", own.get())) : Optional.empty();
    }

    private static String commandLine(LoadRequest request, Optional<KernelFile> wrapped) {
        return request.commandLine().isBlank()
                ? wrapped.flatMap(KernelFile::commandLine).orElse("")
                : request.commandLine();
    }

    @Override
    public void close() throws SystemCallException {
        kernel.close();
        if (initrd.isPresent()) {
            initrd.get().close();
        }
    }
}
