package org.kdump.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadPlan;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.RunningKernel;

/// A machine with a reservation, as its kernel's files tell it, and a kernel to load there: loads are planned on it for
/// the ahead-of-time cache, since the machine that builds us may have no kexec.
///
/// @param root below it are `proc` and `sys`
record TrainingMachine(Path root) {
    private static final int KERNEL_SIZE = 4 << 20;
    private static final long TEXT = 0xffff_ffff_8100_0000L;
    private static final long PAGE_OFFSET = 0xffff_8880_0000_0000L;

    /// Plans a load for each purpose.
    static void plan(Path folder) throws IOException {
        TrainingMachine machine = new TrainingMachine(folder.resolve("machine"));
        machine.files();
        Path kernel = Files.write(folder.resolve("vmlinuz"), kernel());
        LoadRequest request = LoadRequest.of(kernel, kernel, "console=ttyS0");
        RunningKernel running = RunningKernel.at(machine.root);
        for (LoadRequest each : List.of(request, request.forBoot())) {
            try (LoadPlan plan = KexecLoader.plan(running, each)) {
                System.out.println(plan + plan.picture() + plan.coreSegments());
            }
            LoadDefaults defaults = LoadDefaults.of(machine.root, running);
            System.out.println(defaults.commandLine(each.purpose()) + defaults.initrd());
        }
        System.out.println(running.memoryAndProcessors() + running.lockdown() + running.updatesElfCoreHeader());
    }

    private void files() throws IOException {
        file("proc/iomem", """
                00001000-0009fbff : System RAM
                00100000-3ffdcfff : System RAM
                  01000000-01bfffff : Kernel code
                  2f000000-3effffff : Crash kernel
                fffc0000-ffffffff : Reserved
                """);
        file("proc/cmdline", "console=ttyS0 crashkernel=256M\n");
        file("proc/sys/kernel/osrelease", "6.1.0\n");
        file("proc/sys/kernel/kexec_load_disabled", "0\n");
        file("proc/thread-self/status", "CapEff:\t000001ffffffffff\n");
        file("sys/kernel/kexec_loaded", "0\n");
        file("sys/kernel/kexec_crash_loaded", "0\n");
        file("sys/kernel/kexec_crash_size", "268435456\n");
        file("sys/kernel/vmcoreinfo", "0x3da0000 1024\n");
        file("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
        file("sys/devices/system/cpu/cpu0/crash_notes", "3e8c1000\n");
        file("sys/devices/system/cpu/cpu0/crash_notes_size", "368\n");
        file("sys/firmware/memmap/0/start", "0x1000\n");
        file("sys/firmware/memmap/0/end", "0x3ffdcfff\n");
        file("sys/firmware/memmap/0/type", "System RAM\n");
        Files.write(
                root.resolve("proc/kcore"),
                ElfCoreHeaders.encode(
                        ElfClass.ELF64,
                        ByteOrder.LITTLE_ENDIAN,
                        ElfHeader.EM_X86_64,
                        List.of(load(TEXT, 0x100_0000, 0x200_0000), load(PAGE_OFFSET + 0x1000, 0x1000, 0x3fed_c000))));
    }

    private void file(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static ProgramHeader load(long virtualAddress, long physicalAddress, long size) {
        return new ProgramHeader(
                ProgramHeader.PT_LOAD, ProgramHeader.PF_R, 0x1000, virtualAddress, physicalAddress, size, size, 4096);
    }

    /// A bzImage of zeroes; Linux `Documentation/arch/x86/boot.rst` has its fields.
    private static byte[] kernel() {
        return ByteBuffer.allocate(KERNEL_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(0x1f1, (byte) 1)
                .putShort(0x1fe, (short) 0xaa55)
                .put(0x201, (byte) 0x6a)
                .putInt(0x202, 0x53726448)
                .putShort(0x206, (short) 0x20f)
                .put(0x211, (byte) 1)
                .putInt(0x230, 0x20_0000)
                .put(0x234, (byte) 1)
                .putShort(0x236, (short) 3)
                .putInt(0x238, 2047)
                .putLong(0x258, 0x100_0000)
                .putInt(0x260, 0x300_0000)
                .array();
    }
}
