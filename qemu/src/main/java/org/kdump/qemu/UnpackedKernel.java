package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Finds the parts of a kernel in a directory into which its packages were unpacked.
///
/// Debian 11 to 13 have `boot/vmlinuz-R` and `boot/config-R`, from 14 on they lie beside the modules; the modules moved
/// from `lib/modules` to `usr/lib/modules` in 13.
final class UnpackedKernel {
    private UnpackedKernel() {}

    /// @param root the directory; its file `packages` lists what was unpacked, `NAME=VERSION` a line
    /// @throws IOException if a part is missing
    static KernelPackage read(Path root, List<String> notes) throws IOException {
        Path modules = modules(root);
        String release = modules.getFileName().toString();
        List<String> packages = Files.readAllLines(root.resolve("packages"));
        String first = packages.isEmpty() ? "" : packages.getFirst();
        return new KernelPackage(
                release,
                first.substring(first.indexOf('=') + 1),
                either(root.resolve("boot/vmlinuz-" + release), modules.resolve("vmlinuz")),
                modules,
                either(root.resolve("boot/config-" + release), modules.resolve("config")),
                packages,
                notes);
    }

    private static Path modules(Path root) throws IOException {
        for (String place : List.of("usr/lib/modules", "lib/modules")) {
            Path parent = root.resolve(place);
            if (Files.isDirectory(parent)) {
                try (Stream<Path> releases = Files.list(parent)) {
                    return releases.sorted()
                            .findFirst()
                            .orElseThrow(() -> new IOException(parent + ": holds no modules"));
                }
            }
        }
        throw new IOException(root + ": holds no lib/modules; these are not the packages of a kernel");
    }

    private static Path either(Path one, Path other) throws IOException {
        if (Files.isRegularFile(one)) {
            return one;
        }
        if (Files.isRegularFile(other)) {
            return other;
        }
        throw new IOException("neither " + one + " nor " + other + " is there; the kernel's packages are incomplete");
    }
}
