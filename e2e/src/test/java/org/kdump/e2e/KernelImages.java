package org.kdump.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.GuestImage;
import org.kdump.qemu.KernelPackage;

/// Kernels in the shapes that they are shipped in, made by the tools that others make them with: stock ones in other
/// wrappings, and one of our own that only tells how it was started.
///
/// @param directory where they are put: what a guest has as `/mnt/boot`
record KernelImages(Path directory) {
    /// What decompresses a bzImage's payload, by the payload's first byte.
    private static final Map<Integer, String> UNPACKERS =
            Map.of(0x1f, "gzip -dc", 0xfd, "xz -dc", 0x28, "zstd -dc", 0x02, "lz4 -dc");

    private static final String MODULE = "what the module holds";

    /// In a directory of a guest to be.
    static KernelImages in(Path guest) throws IOException {
        return new KernelImages(Files.createDirectories(guest.resolve("disk/boot")));
    }

    /// The 32-bit kernel that Debian has last.
    static KernelPackage of32Bits() throws IOException {
        return DebianKernels.ofHost().of("i386").newest(DebianSuite.BOOKWORM, "linux-image-686-pae");
    }

    /// The kernel within a bzImage, as the linker left it but for its symbols.
    Path vmlinux(Path bzImage, String name) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(bzImage)).order(ByteOrder.LITTLE_ENDIAN);
        int start = ((file.get(0x1f1) & 0xff) + 1) * 512 + file.getInt(0x248);
        // The last word is the unpacked size.
        int end = start + file.getInt(0x24c) - Integer.BYTES;
        Path payload = Files.write(directory.resolve(name + ".payload"), Arrays.copyOfRange(file.array(), start, end));
        shell(UNPACKERS.get(file.get(start) & 0xff) + " <\"$0\" >\"$1\"", payload, directory.resolve(name));
        Files.delete(payload);
        return directory.resolve(name);
    }

    /// A bzImage that says that it is not relocatable.
    Path fixed(Path bzImage, String name) throws IOException {
        byte[] file = Files.readAllBytes(bzImage);
        file[0x234] = 0;
        return Files.write(directory.resolve(name), file);
    }

    /// A file compressed by its own tool.
    ///
    /// @param tool with its options: `xz -1`
    Path compressed(String tool, Path file, String name) throws IOException {
        Path target = directory.resolve(name);
        shell(tool + " -c <\"$0\" >\"$1\"", file, target);
        return target;
    }

    /// A unified kernel image, as systemd's documentation makes one.
    Path unified(Path kernel, Path initrd, String commandLine, String name) throws IOException {
        Path stub = DebianKernels.ofHost()
                .unpacked(DebianSuite.BOOKWORM, "systemd-boot-efi")
                .resolve("usr/lib/systemd/boot/efi/linuxx64.efi.stub");
        Path line = Files.writeString(directory.resolve("cmdline"), commandLine);
        List<String> words = new ArrayList<>(List.of("objcopy"));
        section(words, ".cmdline", line, 0x3_0000);
        section(words, ".linux", kernel, 0x200_0000);
        section(words, ".initrd", initrd, 0x600_0000);
        words.addAll(List.of(stub.toString(), directory.resolve(name).toString()));
        Command.run(words).output();
        Files.delete(line);
        return directory.resolve(name);
    }

    private static void section(List<String> words, String name, Path content, int address) {
        words.addAll(List.of("--add-section", name + "=" + content));
        words.addAll(List.of("--change-section-vma", name + "=0x" + Integer.toHexString(address)));
    }

    /// An EFI zboot image of a kernel compressed by zstd; x86 has none of its own, so its header is written here.
    Path zboot(Path kernel, String name) throws IOException {
        byte[] payload = Files.readAllBytes(compressed("zstd -3", kernel, name + ".payload"));
        Files.delete(directory.resolve(name + ".payload"));
        byte[] image = ByteBuffer.allocate(0x40 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("MZ\0\0zimg".getBytes(StandardCharsets.US_ASCII))
                .putInt(0x40)
                .putInt(payload.length)
                .put(24, "zstd\0".getBytes(StandardCharsets.US_ASCII))
                .put(0x40, payload)
                .array();
        return Files.write(directory.resolve(name), image);
    }

    /// A multiboot kernel that tells how it was started.
    ///
    /// @param flags of the assembler
    Path multiboot(String name, String... flags) throws IOException {
        Path source = copied("multiboot.s");
        Path object = directory.resolve(name + ".o");
        List<String> words = new ArrayList<>(List.of("as", "--32", "-o", object.toString()));
        words.addAll(List.of(flags));
        words.add(source.toString());
        Command.run(words).output();
        Path kernel = directory.resolve(name);
        Command.run(List.of(
                        "ld", "-m", "elf_i386", "-n", "-Ttext", "0x100000", "-o", kernel.toString(), object.toString()))
                .output();
        Files.delete(object);
        Files.delete(source);
        return kernel;
    }

    /// A file for it.
    Path module() throws IOException {
        return Files.writeString(directory.resolve("module"), MODULE);
    }

    /// What it says when it was started with `some words` and a module.
    ///
    /// @param module the module's name and what follows it
    static String multibootSays(String name, String module) {
        return "multiboot kernel started; command line: /mnt/boot/" + name + " some words; module: /mnt/boot/" + module
                + "; content: " + MODULE + "; end";
    }

    /// A pattern for what of that line is not the kernel's own words: its command line, the module's, its contents.
    static String multibootIsGiven(String name, String module) {
        return "/mnt/boot/" + name + " some words.*/mnt/boot/" + module + ".*" + MODULE;
    }

    /// An initrd whose only program is a static busybox of 32 bits, which 64-bit kernels run, too.
    Path smallInitrd(KernelPackage kernel, String name) throws IOException {
        Path busybox = DebianKernels.ofHost()
                .of("i386")
                .unpacked(DebianSuite.BOOKWORM, "busybox-static")
                .resolve("bin/busybox");
        Path init = copied("small-guest.sh");
        if (!init.toFile().setExecutable(true)) {
            throw new IOException(init + " cannot be made executable");
        }
        Path target = directory.resolve(name);
        GuestImage.of(kernel)
                .modules(List.of("virtio_pci", "virtio_blk", "crc32c_generic", "ext4"))
                .file("/bin/busybox", busybox)
                .file("/init", init)
                .writeTo(target);
        Files.delete(init);
        return target;
    }

    private Path copied(String resource) throws IOException {
        try (InputStream in = KernelImages.class.getResourceAsStream(resource)) {
            return Files.write(directory.resolve(resource), in.readAllBytes());
        }
    }

    private static void shell(String script, Path... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("sh", "-ec", script));
        for (Path argument : arguments) {
            words.add(argument.toString());
        }
        Command.run(words).output();
    }
}
