package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelPartsTest {
    private static final String ONE_PACKAGE = """
            Package: linux-image-cloud-amd64
            Version: 6.1.9-2
            Depends: linux-image-6.1.0-5-cloud-amd64 (= 6.1.9-2)

            Package: linux-image-6.1.0-5-cloud-amd64
            Version: 6.1.9-2
            Depends: kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool
            """;
    private static final String SPLIT = """
            Package: linux-image-cloud-amd64
            Version: 7.2.1-1
            Depends: linux-image-7.2.1+deb14-cloud-amd64 (= 7.2.1-1)

            Package: linux-image-7.2.1+deb14-cloud-amd64
            Version: 7.2.1-1
            Depends: dracut | initramfs-tools (>= 0.120), linux-binary-7.2.1+deb14-cloud-amd64 (= 7.2.1-1),
             linux-modules-7.2.1+deb14-cloud-amd64 (= 7.2.1-1)

            Package: linux-binary-7.2.1+deb14-cloud-amd64
            Version: 7.2.1-1

            Package: linux-modules-7.2.1+deb14-cloud-amd64
            Version: 7.2.1-1
            Depends: kmod, linux-image-7.2.1+deb14-cloud-amd64 (= 7.2.1-1)
            """;

    @TempDir
    Path root;

    private static Optional<KernelParts> parts(String index) throws IOException {
        return KernelParts.of(
                name -> Deb822.paragraphs(index).stream()
                        .filter(paragraph -> paragraph.get("Package").equals(name))
                        .findFirst(),
                DebianKernels.CLOUD);
    }

    @Test
    void oneImagePackage() throws IOException {
        assertEquals(
                new KernelParts("6.1.9-2", List.of("linux-image-6.1.0-5-cloud-amd64=6.1.9-2")),
                parts(ONE_PACKAGE).orElseThrow());
    }

    @Test
    void splitPackagesWhichMayNameEachOther() throws IOException {
        assertEquals(
                List.of(
                        "linux-image-7.2.1+deb14-cloud-amd64=7.2.1-1",
                        "linux-binary-7.2.1+deb14-cloud-amd64=7.2.1-1",
                        "linux-modules-7.2.1+deb14-cloud-amd64=7.2.1-1"),
                parts(SPLIT).orElseThrow().packages());
    }

    @Test
    void aMissingPartIsNoKernel() throws IOException {
        assertEquals(Optional.empty(), parts(""));
        assertEquals(Optional.empty(), parts(SPLIT.substring(0, SPLIT.indexOf("Package: linux-modules"))));
    }

    @Test
    void unpackedKernelOfEitherLayout() throws IOException {
        Files.writeString(root.resolve("packages"), "linux-image-6.1.0-5-cloud-amd64=6.1.9-2\n");
        Path modules = Files.createDirectories(root.resolve("lib/modules/6.1.0-5-cloud-amd64"));
        IOException incomplete = assertThrows(IOException.class, () -> UnpackedKernel.read(root, List.of()));
        assertTrue(incomplete.getMessage().contains("vmlinuz"), incomplete.getMessage());
        Files.createFile(modules.resolve("vmlinuz"));
        Files.createFile(Files.createDirectory(root.resolve("boot")).resolve("config-6.1.0-5-cloud-amd64"));
        KernelPackage kernel = UnpackedKernel.read(root, List.of("a note"));
        assertEquals("6.1.0-5-cloud-amd64", kernel.release());
        assertEquals("6.1.9-2", kernel.version());
        assertEquals(modules.resolve("vmlinuz"), kernel.vmlinuz());
        assertEquals(List.of("a note"), kernel.notes());
    }
}
