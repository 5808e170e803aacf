package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestImageTest {
    @TempDir
    Path folder;

    private KernelPackage kernel;
    private Path runtime;

    @BeforeEach
    void aKernelAndARuntime() throws IOException {
        Path modules = Files.createDirectories(folder.resolve("lib/modules/1.0"));
        Path config = Files.writeString(folder.resolve("config"), "CONFIG_RD_ZSTD=y\n");
        kernel = new KernelPackage("1.0", "1", folder.resolve("vmlinuz"), modules, config, List.of(), List.of());
        runtime = Files.createDirectories(folder.resolve("rt"));
        Files.createDirectories(runtime.resolve("bin"));
        Files.createDirectories(runtime.resolve("legal"));
        Files.writeString(runtime.resolve("legal/LICENSE"), "text");
        Files.writeString(runtime.resolve("left.out"), "text");
        Files.createSymbolicLink(runtime.resolve("link"), Path.of("bin/java"));
        Files.copy(Path.of(System.getProperty("java.home"), "bin/java"), runtime.resolve("bin/java"));
        Files.copy(Path.of(System.getProperty("java.home"), "lib/libjli.so"), runtime.resolve("libjli.so"));
    }

    private GuestImage image() {
        return GuestImage.of(kernel)
                .runtime(runtime)
                .leavingOut("left.out"::equals)
                .arguments(List.of("-Xmx32m", "-Dpath=C:\\a \"b\"", "Main"))
                .file("/app/Main.class", new byte[] {1, 2, 3});
    }

    @Test
    void holdsAllThatJavaNeeds() throws IOException {
        Path file = folder.resolve("image");
        image().compression(InitramfsCompression.NONE).writeTo(file);
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (String part : List.of(
                "#!/opt/rt/bin/java @/init.args\n",
                "\"-Xmx32m\"\n\"-Dpath=C:\\\\a \\\"b\\\"\"\n\"Main\"\n",
                "proc/self/exe\0",
                "opt/rt/link\0",
                "app/Main.class\0",
                "modules/order\0",
                "libc.so.6\0",
                "dev/console\0")) {
            assertTrue(text.contains(part), part);
        }
        assertFalse(text.contains("LICENSE"));
        assertFalse(text.contains("left.out"));
    }

    @Test
    void isPrivateAndTheSameEachTime() throws IOException {
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        assertEquals(image().writeTo(one), Files.size(one));
        image().writeTo(two);
        assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
        assertEquals(Private.FILE, Files.getPosixFilePermissions(one));
    }

    @Test
    void whatIsMissingLeavesNoFile() throws IOException {
        Path file = folder.resolve("image");
        IOException noModule = assertThrows(
                IOException.class, () -> image().modules(List.of("virtio_blk")).writeTo(file));
        assertTrue(noModule.getMessage().contains("virtio_blk"), noModule.getMessage());
        Files.delete(runtime.resolve("bin/java"));
        assertThrows(IOException.class, () -> image().writeTo(file));
        try (var left = Files.list(folder)) {
            assertFalse(left.anyMatch(
                    path -> path.toString().contains("image") || path.toString().contains(".new-")));
        }
    }
}
