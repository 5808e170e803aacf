package org.kdump.syscall;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// `finit_module(2)` and `init_module(2)`: give the kernel a module. One that is there already answers
/// [Errno#EEXIST].
public final class KernelModules {
    private KernelModules() {}

    /// Loads an uncompressed module from its file.
    ///
    /// @param file the `.ko` file
    /// @param parameters `name=value …`; may be empty
    /// @throws SystemCallException whatever the kernel has against it
    public static void load(Path file, String parameters) throws SystemCallException {
        try (var arena = Arena.ofConfined();
                var descriptor = Descriptor.openReadOnly(file)) {
            var words = arena.allocateFrom(parameters);
            SystemCall.FINIT_MODULE.call(file.toString(), descriptor.number(), words.address(), 0);
        }
    }

    /// Loads a module from memory, where it was for instance decompressed to.
    ///
    /// @param name for the error message
    /// @param image the module, an ELF relocatable
    /// @param parameters `name=value …`; may be empty
    /// @throws SystemCallException whatever the kernel has against it
    public static void load(String name, MemorySegment image, String parameters) throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            var words = arena.allocateFrom(parameters);
            var content = image.isNative()
                    ? image
                    : arena.allocate(image.byteSize(), 8).copyFrom(image);
            SystemCall.INIT_MODULE.call(name, content.address(), content.byteSize(), words.address());
        }
    }
}
