package org.kdump.kexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.image.BzImageBuilder;
import org.kdump.kexec.image.ElfBuilder;
import org.kdump.kexec.image.MultibootBuilder;
import org.kdump.kexec.image.PeBuilder;

/// What is loaded where, of each kind of kernel.
class ImageKindsTest {
    @TempDir
    Path folder;

    private Machine machine;

    @BeforeEach
    void machine() throws IOException {
        machine = Machine.in(folder.resolve("root"));
    }

    @Test
    void vmlinuxStandsInTheReservationOrWhereItWasLinkedFor() throws IOException {
        Path vmlinux = file("vmlinux", ElfBuilder.vmlinux().bytes());
        try (var plan = plan(Purpose.PANIC, vmlinux)) {
            assertEquals(0x2f00_0000, segment(plan, "kernel").range().start());
            assertEquals(0x50_0000, segment(plan, "kernel").range().size());
            var page = cursor(segment(plan, "boot parameters").content());
            assertEquals(0x53726448, page.seek(0x202).u32("header"));
            assertEquals(0xaa55, page.seek(0x1fe).u16("boot_flag"));
            assertEquals(0, page.seek(0x1ef).u8("sentinel"));
            assertTrue(plan.toString().contains("image 64-bit vmlinux"), plan.toString());
        }
        try (var plan = plan(Purpose.BOOT, vmlinux)) {
            assertEquals(0x100_0000, segment(plan, "kernel").range().start());
        }
    }

    @Test
    void kernelThatCannotBeMovedNeedsAReservationAroundItsPlace() throws IOException {
        Path vmlinux = file("vmlinux", ElfBuilder.vmlinux32().bytes());
        assertTold(
                "cannot lie in the reservation 0x2f000000-0x3effffff, for it must lie at 0x1000000-0x14fffff; boot with"
                        + " crashkernel=256M@16M",
                Purpose.PANIC,
                vmlinux);
        try (var plan = plan(Purpose.BOOT, vmlinux)) {
            assertEquals(0x100_0000, segment(plan, "kernel").range().start());
        }
        machine.with("proc/iomem", Machine.IOMEM.replace("2f000000-3effffff : C", "01000000-10ffffff : C"));
        try (var plan = plan(Purpose.PANIC, vmlinux)) {
            assertEquals(0x100_0000, segment(plan, "kernel").range().start());
        }
        machine.with("proc/iomem", Machine.IOMEM.replace("00100000-3ffdcfff", "01800000-3ffdcfff"));
        assertTold("no room for the kernel at 0x1000000", Purpose.BOOT, vmlinux);
    }

    @Test
    void whatA32BitKernelReadsLiesBelowFourGibibytes() throws IOException {
        machine.with("proc/iomem", Machine.IOMEM + "100000000-23fffffff : System RAM\n");
        Path kernel = file(
                "vmlinuz",
                new BzImageBuilder().u16(0x236, 4).u32(0x22c, 0x37ff_ffff).bytes());
        Path initrd = file("initrd", new byte[5000]);
        var request = new LoadRequest(
                Purpose.BOOT,
                kernel,
                Optional.of(initrd),
                "quiet",
                LoadOptions.builder().checked(false).build());
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals(0x37ff_e000, segment(plan, "initrd").range().start());
            for (var segment : plan.segments()) {
                assertTrue(segment.range().end() <= 0x1_0000_0000L, plan.toString());
            }
        }
        var wide = new LoadRequest(Purpose.BOOT, kernel, Optional.of(initrd), "quiet", LoadOptions.USUAL);
        Files.write(kernel, new BzImageBuilder().bytes());
        try (var plan = KexecLoader.plan(machine.kernel(), wide)) {
            assertTrue(segment(plan, "initrd").range().start() >= 0x1_0000_0000L, plan.toString());
        }
        try (var plan = KexecLoader.plan(
                machine.kernel(),
                wide.with(LoadOptions.builder().in32BitMode(true).build()))) {
            assertEquals(0x3ffd_b000, segment(plan, "initrd").range().start());
            assertTrue(plan.toString().contains("entered in 32-bit mode"), plan.toString());
        }
    }

    @Test
    void reservationAboveFourGibibytesIsNotForA32BitKernel() throws IOException {
        machine.with("proc/iomem", """
                00001000-0009fbff : System RAM
                00100000-3ffdcfff : System RAM
                  04c00000-05bfffff : Kernel code
                100000000-23fffffff : System RAM
                  200000000-20fffffff : Crash kernel
                """);
        Path kernel = file("vmlinuz", new BzImageBuilder().u16(0x236, 4).bytes());
        assertTold(
                "lies above 4 GiB, where a kernel that is entered in 32-bit mode cannot be; boot with crashkernel=256M",
                Purpose.PANIC,
                kernel);
    }

    @Test
    void elf32HeadersAreOfTheMachineThatTheCaptureKernelTakes() throws IOException {
        Path kernel = file("vmlinuz", new BzImageBuilder().u16(0x236, 4).bytes());
        var options = LoadOptions.builder().coreClass(ElfClass.ELF32).build();
        var request = new LoadRequest(Purpose.PANIC, kernel, Optional.empty(), "", options);
        assertEquals(ElfHeader.EM_386, coreMachine(request));
        assertEquals(ElfHeader.EM_X86_64, coreMachine(request.with(LoadOptions.USUAL)));
        Files.write(kernel, new BzImageBuilder().bytes());
        assertEquals(ElfHeader.EM_X86_64, coreMachine(request));
    }

    @Test
    void unifiedImagesOwnPartsAreUsedUnlessOthersAreAskedFor() throws IOException {
        Path uki = file(
                "linux.efi",
                new PeBuilder()
                        .section(".linux", new BzImageBuilder().bytes())
                        .section(".initrd", "its own")
                        .section(".cmdline", "root=/dev/its-own console=ttyS1")
                        .bytes());
        try (var plan = plan(Purpose.PANIC, uki)) {
            assertTrue(plan.commandLine().endsWith(" root=/dev/its-own console=ttyS1"), plan.commandLine());
            assertEquals(7, segment(plan, "initrd").content().byteSize());
            assertTrue(plan.toString().contains("image UKI, 64-bit bzImage"), plan.toString());
        }
        var request = new LoadRequest(
                Purpose.BOOT, uki, Optional.of(file("initrd", new byte[9])), "other", LoadOptions.USUAL);
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals("other", plan.commandLine());
            assertEquals(9, segment(plan, "initrd").content().byteSize());
        }
    }

    @Test
    void multibootKernelIsToldOfMemoryAndModules() throws IOException {
        Path kernel = file("xen", multiboot(MultibootBuilder.first(3)));
        Path module = file("dom0", new byte[5000]);
        var options = LoadOptions.builder()
                .modules(List.of(module + " root=/dev/vda1"))
                .build();
        var request = new LoadRequest(Purpose.BOOT, kernel, Optional.empty(), "console=com1", options);
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals(0x10_0000, segment(plan, "kernel").range().start());
            var placed = segment(plan, "module 1").range();
            var information = segment(plan, "information");
            var cursor = cursor(information.content());
            assertEquals(0x24d, cursor.u32("flags"));
            assertEquals(639, cursor.u32("mem_lower"));
            assertEquals(0x3fed_d000 / 1024, cursor.u32("mem_upper"));
            assertEquals(
                    kernel + " console=com1", text(information, cursor.seek(16).u32("cmdline")));
            assertEquals(1, cursor.u32("mods_count"));
            long list = cursor.u32("mods_addr") - information.range().start();
            long map = cursor.seek(48).u32("mmap_addr") - information.range().start();
            assertEquals("kdump", text(information, cursor.seek(64).u32("boot_loader_name")));
            assertEquals(placed.start(), cursor.seek(list).u32("mod_start"));
            assertEquals(placed.start() + 5000, cursor.u32("mod_end"));
            assertEquals(module + " root=/dev/vda1", text(information, cursor.u32("cmdline")));
            assertEquals(20, cursor.seek(map).u32("size"));
            assertEquals(0, cursor.u64("start"));
            assertEquals(0x1000, cursor.u64("length"));
            assertEquals(2, cursor.u32("type"));
        }
        assertTold("cannot be told where the memory of the crashed kernel is", Purpose.PANIC, kernel);
        var many = LoadOptions.builder()
                .modules(java.util.Collections.nCopies(20, module.toString()))
                .build();
        assertTold("takes 16 segments in all", new LoadRequest(Purpose.BOOT, kernel, Optional.empty(), "", many));
    }

    @Test
    void multiboot2KernelIsToldInTags() throws IOException {
        byte[] header = new MultibootBuilder()
                .tag(10, false, 0x20_0000, 0x3fff_ffff, 0x20_0000, 1)
                .second();
        Path kernel = file("xen", multiboot(header));
        Path initrd = file("initrd", new byte[100]);
        var request = new LoadRequest(Purpose.BOOT, kernel, Optional.of(initrd), "quiet", LoadOptions.USUAL);
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals(0x20_0000, segment(plan, "kernel").range().start());
            var information = segment(plan, "information");
            var cursor = cursor(information.content());
            assertEquals(information.content().byteSize(), cursor.u32("total_size"));
            cursor.u32("reserved");
            var types = new java.util.ArrayList<Long>();
            while (cursor.remaining() > 0) {
                long at = cursor.position();
                types.add(cursor.u32("type"));
                long size = cursor.u32("size");
                if (types.getLast() == 3) {
                    assertEquals(segment(plan, "module 1").range().start(), cursor.u32("mod_start"));
                }
                if (types.getLast() == 21) {
                    assertEquals(0x20_0000, cursor.u32("load_base_addr"));
                }
                cursor.seek(at + Math.ceilDiv(size, 8) * 8);
            }
            assertEquals(List.of(1L, 2L, 3L, 4L, 6L, 21L, 0L), types);
        }
    }

    private static byte[] multiboot(byte[] header) {
        byte[] padded = new byte[4 + header.length];
        System.arraycopy(header, 0, padded, 4, header.length);
        return ElfBuilder.x86(ElfClass.ELF32, 0x10_0000)
                .segment(0x10_0000, 0x10_0000, padded, 0x1000)
                .bytes();
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private LoadPlan plan(Purpose purpose, Path kernel) throws IOException {
        return KexecLoader.plan(
                machine.kernel(), new LoadRequest(purpose, kernel, Optional.empty(), "", LoadOptions.USUAL));
    }

    private int coreMachine(LoadRequest request) throws IOException {
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            var core = segment(plan, LoadPlan.ELF_CORE_HEADER).content();
            return ElfFile.read(ByteSource.of("core", core)).header().machine();
        }
    }

    private void assertTold(String reason, Purpose purpose, Path kernel) {
        assertTold(reason, new LoadRequest(purpose, kernel, Optional.empty(), "", LoadOptions.USUAL));
    }

    private void assertTold(String reason, LoadRequest request) {
        var error = assertThrows(
                KexecException.class,
                () -> KexecLoader.plan(machine.kernel(), request).close());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
    }

    private static LoadPlan.Segment segment(LoadPlan plan, String name) {
        return plan.segments().stream()
                .filter(segment -> segment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ByteCursor cursor(MemorySegment content) {
        return new ByteCursor("plan", 0, "segment", content, ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(LoadPlan.Segment segment, long address) {
        return segment.content().getString(address - segment.range().start());
    }
}
