package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ElfObjectWriter;
import org.kdump.elf.MalformedInputException;

class KernelModulesTest {
    @TempDir
    Path directory;

    @BeforeEach
    void aKernelsModules() throws IOException {
        module("drivers/virtio/virtio_pci.ko", "depends=virtio,virtio-ring");
        module("drivers/virtio/virtio_ring.ko", "depends=");
        module("drivers/virtio/virtio.ko", "depends=virtio_ring");
        module("drivers/block/virtio_blk.ko", "depends=virtio,virtio_ring");
        module("fs/ext4/ext4.ko", "softdep=pre: crc32c gone post: late", "depends=jbd2,mbcache");
        module("fs/jbd2/jbd2.ko", "depends=");
        module("fs/mbcache.ko", "depends=");
        module("crypto/crc32c_generic.ko", "alias=crc32c-generic", "alias=crc32c", "depends=");
        module("crypto/crc32c-intel.ko", "alias=crc32c", "depends=");
        module("drivers/broken.ko", "depends=nowhere");
        module("drivers/ring-a.ko", "depends=ring_b");
        module("drivers/ring-b.ko", "depends=ring_a");
        Files.writeString(directory.resolve("modules.builtin"), "kernel/drivers/char/virtio_console.ko\n");
        Files.writeString(directory.resolve("modules.builtin.modinfo"), "aes.alias=crypto-aes\0aes.license=GPL\0");
    }

    private static byte[] elf(String... entries) {
        ElfObjectWriter writer = new ElfObjectWriter(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64);
        writer.section(".modinfo", 0, 1, (String.join("\0", entries) + "\0").getBytes(StandardCharsets.US_ASCII));
        return writer.toByteArray();
    }

    private Path module(String path, String... entries) throws IOException {
        Path file = directory.resolve("kernel").resolve(path);
        Files.createDirectories(file.getParent());
        return Files.write(file, elf(entries));
    }

    private List<String> order(String... names) throws IOException {
        return KernelModules.in(directory).inOrder(List.of(names)).stream()
                .map(ModuleFile::nameOf)
                .toList();
    }

    @Test
    void eachComesAfterWhatItNeedsAndOnce() throws IOException {
        assertEquals(
                List.of("virtio_ring", "virtio", "virtio_pci", "virtio_blk"),
                order("virtio-pci", "virtio_blk", "virtio_pci"));
    }

    @Test
    void softDependencyMayBeAnAlias() throws IOException {
        assertEquals(List.of("crc32c_generic", "jbd2", "mbcache", "ext4"), order("ext4"));
    }

    @Test
    void whatIsBuiltInNeedsNoFile() throws IOException {
        assertEquals(List.of(), order("virtio_console"));
        KernelModules modules = KernelModules.in(directory);
        assertTrue(modules.isBuiltIn("crypto_aes"));
        assertTrue(modules.has("ext4"));
        assertFalse(modules.has("9p"));
    }

    @Test
    void saysWhichIsMissingAndWhoNeedsIt() {
        IOException missing = assertThrows(IOException.class, () -> order("broken"));
        assertTrue(missing.getMessage().contains("no module nowhere, needed by broken"), missing.getMessage());
    }

    @Test
    void aCircleEnds() {
        assertThrows(IOException.class, () -> order("ring_a"));
    }

    @Test
    void compressedModulesBecomePlain() throws IOException {
        byte[] plain = elf("depends=");
        Path zstd = Files.write(directory.resolve("one.ko.zst"), Zstd.compress(plain));
        assertEquals(ModuleFile.parse("one", plain), ModuleFile.read(zstd));
        Path xz = Files.write(directory.resolve("two.ko"), plain);
        HostCommand.of("xz", xz.toString()).output();
        assertEquals(ModuleFile.parse("two", plain), ModuleFile.read(directory.resolve("two.ko.xz")));
    }

    @Test
    void whatIsNoModuleIsNamed() throws IOException {
        Path text = Files.writeString(directory.resolve("text.ko"), "this is not an ELF file".repeat(10));
        MalformedInputException notElf = assertThrows(MalformedInputException.class, () -> ModuleFile.read(text));
        assertEquals(text.toString(), notElf.file());
    }
}
