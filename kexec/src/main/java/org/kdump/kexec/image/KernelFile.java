package org.kdump.kexec.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kdump.elf.ElfHeader;

/// A file that has a kernel, whatever is around it: known by what is in it, never by its name.
///
/// ```
/// gzip, zstd, xz, lz4 │ EFI zboot │ UKI   around any of these, and around
/// bzImage │ vmlinux │ multiboot │ multiboot2
/// ```
///
/// @param kernel what is loaded
/// @param file the innermost file that has it, as it would lie in `/boot`
/// @param initrd what a UKI brings along
/// @param commandLine what a UKI brings along
/// @param wrappings what is around the kernel, the outermost first
public record KernelFile(
        KernelImage kernel,
        MemorySegment file,
        Optional<MemorySegment> initrd,
        Optional<String> commandLine,
        List<String> wrappings) {
    // A UKI with a zboot with a zstd-compressed kernel has three.
    private static final int MOST_WRAPPINGS = 5;
    private static final int ARM64_MAGIC_OFFSET = 0x38;
    private static final int ARM64_MAGIC = 0x644d_5241;

    /// Reads a kernel.
    ///
    /// @param name the file's name, for errors
    /// @param file the whole file
    /// @param limit bytes that what is compressed may unpack to
    /// @param arena what is unpacked or put together is allocated in
    /// @throws ImageException if there is no kernel in it, or none that can be loaded
    /// @throws org.kdump.elf.MalformedInputException if a header in it cannot be true
    public static KernelFile read(String name, MemorySegment file, long limit, Arena arena) throws IOException {
        return new Reading(name, limit, arena).read(file, 0);
    }

    /// The same with a kernel that is entered in 32-bit mode.
    ///
    /// @throws ImageException if it has no such entry
    public KernelFile in32BitMode() throws ImageException {
        return kernel instanceof LinuxImage linux
                ? new KernelFile(linux.in32BitMode(), file, initrd, commandLine, wrappings)
                : this;
    }

    /// What it is, for people: `zstd, UKI, 64-bit bzImage`.
    public String kind() {
        return String.join(
                ", ",
                Stream.concat(wrappings.stream(), Stream.of(kernel.kind())).toList());
    }

    private record Reading(String name, long limit, Arena arena) {
        KernelFile read(MemorySegment file, int depth) throws IOException {
            if (depth > MOST_WRAPPINGS) {
                throw new ImageException(name + ": a file in a file in a file; no kernel is wrapped so often");
            }
            Optional<Compression> compression = Compression.of(file);
            if (compression.isPresent()) {
                MemorySegment plain = compression.get().unpack(name, file, limit, arena);
                return read(plain, depth + 1).within(compression.get().word());
            }
            Optional<Zboot> zboot = Zboot.read(name, file);
            if (zboot.isPresent()) {
                return read(zboot.get().payload(), depth + 1).within("EFI zboot");
            }
            Optional<UnifiedImage> unified =
                    PortableExecutable.read(name, file).flatMap(program -> UnifiedImage.of(program, arena));
            if (unified.isPresent()) {
                return read(unified.get().linux(), depth + 1).within(unified.get());
            }
            return new KernelFile(kernel(file), file, Optional.empty(), Optional.empty(), List.of());
        }

        private KernelImage kernel(MemorySegment file) throws IOException {
            if (BzImage.isOne(file)) {
                return BzImage.read(name, file);
            }
            Optional<Multiboot2Header> second = Multiboot2Header.find(name, file);
            if (second.isPresent()) {
                return second.get().image(arena);
            }
            Optional<MultibootHeader> first = MultibootHeader.find(name, file);
            if (first.isPresent()) {
                return first.get().image(arena);
            }
            if (ElfHeader.isElf(file)) {
                return Vmlinux.of(ElfProgram.read(name, file, arena));
            }
            throw new ImageException(name + ": not a kernel: " + otherKind(file));
        }

        private static String otherKind(MemorySegment file) {
            if (file.byteSize() < ARM64_MAGIC_OFFSET + Integer.BYTES) {
                return "it has " + file.byteSize() + " bytes";
            }
            var littleEndian = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
            if (file.get(littleEndian, ARM64_MAGIC_OFFSET) == ARM64_MAGIC) {
                return "it is a kernel for arm64";
            }
            return switch (file.get(littleEndian, 0) & 0xffff) {
                case 0x3730 -> "it is a cpio archive, perhaps the initrd";
                case 0x5a42 -> "it is compressed with bzip2, which is not supported; unpack it first";
                case 0x4c89 -> "it is compressed with lzop, which is not supported; unpack it first";
                case 0x5a4d -> "it is a program for UEFI that has no kernel in it (no section .linux)";
                default -> "it is no bzImage, ELF, multiboot or UKI file, nor one of these compressed";
            };
        }
    }

    private KernelFile within(String wrapping) {
        return new KernelFile(
                kernel,
                file,
                initrd,
                commandLine,
                Stream.concat(Stream.of(wrapping), wrappings.stream()).toList());
    }

    /// What is further out has the last word.
    private KernelFile within(UnifiedImage unified) {
        return new KernelFile(
                        kernel,
                        file,
                        unified.initrd().or(() -> initrd),
                        unified.commandLine().or(() -> commandLine),
                        wrappings)
                .within("UKI");
    }
}
