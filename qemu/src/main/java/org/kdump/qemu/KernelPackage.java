package org.kdump.qemu;

import java.nio.file.Path;
import java.util.List;

/// A kernel as its packages hold it, unpacked in the cache.
///
/// @param release what `uname -r` answers in it
/// @param version the version of the package
/// @param vmlinuz the kernel image, a bzImage
/// @param modules the directory of its modules, which ends in [#release]
/// @param config its build configuration, a text of `CONFIG_X=y`
/// @param packages the packages that it was taken from, `NAME=VERSION` each
/// @param notes what the user should know of how it was found (that the mirror could not be reached); mostly empty
public record KernelPackage(
        String release,
        String version,
        Path vmlinuz,
        Path modules,
        Path config,
        List<String> packages,
        List<String> notes) {
    /// Copies the lists.
    public KernelPackage {
        packages = List.copyOf(packages);
        notes = List.copyOf(notes);
    }
}
