package org.kdump.kexec;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;

/// A machine of 1 GiB and two CPUs with `crashkernel=256M`, as its kernel's files tell it; a test changes what it is
/// about.
record Machine(Path root) {
    static final String IOMEM = """
            00000000-00000fff : Reserved
            00001000-0009fbff : System RAM
            0009fc00-0009ffff : Reserved
            000a0000-000bffff : PCI Bus 0000:00
            000f0000-000fffff : Reserved
              000f0000-000fffff : System ROM
            00100000-3ffdcfff : System RAM
              04c00000-05bfffff : Kernel code
              05c00000-066c0fff : Kernel rodata
              2f000000-3effffff : Crash kernel
            3ffdd000-3fffefff : ACPI Tables
            3ffff000-3fffffff : ACPI Non-volatile Storage
            40000000-febfffff : PCI Bus 0000:00
            fffc0000-ffffffff : Reserved
            """;
    static final AddressRange RESERVATION = new AddressRange(0x2f00_0000L, 0x3f00_0000L);
    static final long TEXT = 0xffff_ffff_8ec0_0000L;
    static final long PAGE_OFFSET = 0xffff_889d_4000_0000L;

    static Machine in(Path root) throws IOException {
        return new Machine(root)
                .with("proc/iomem", IOMEM)
                .with("proc/sys/kernel/kexec_load_disabled", "0\n")
                .with("sys/kernel/kexec_crash_loaded", "0\n")
                .with("sys/kernel/kexec_crash_size", "268435456\n")
                .with("sys/kernel/vmcoreinfo", "0x0000000003da0000 1024\n")
                .with("sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
                .with("sys/devices/system/cpu/cpu0/crash_notes", "3e8c1000\n")
                .with("sys/devices/system/cpu/cpu0/crash_notes_size", "368\n")
                .with("sys/devices/system/cpu/cpu1/crash_notes", "3e9c1000\n")
                .with("sys/devices/system/cpu/cpu1/crash_notes_size", "368\n")
                .with("sys/devices/system/cpu/cpufreq/empty", "")
                .kcore(
                        load(TEXT, 0x4c0_0000, 0x2c2_f123),
                        load(0xffff_ffff_c000_0000L, -1, 0x3f00_0000),
                        load(0xffff_b08c_4000_0000L, -1, 0x1fff_ffff_ffffL),
                        load(PAGE_OFFSET + 0x1000, 0x1000, 0x9e000),
                        load(PAGE_OFFSET + 0x10_0000, 0x10_0000, 0x3fed_d000));
    }

    RunningKernel kernel() {
        return RunningKernel.at(root);
    }

    Machine with(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        return this;
    }

    Machine without(String file) throws IOException {
        Files.delete(root.resolve(file));
        return this;
    }

    Machine kcore(ProgramHeader... segments) throws IOException {
        byte[] headers =
                ElfCoreHeaders.encode(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64, List.of(segments));
        Files.write(root.resolve("proc/kcore"), headers);
        return this;
    }

    static ProgramHeader load(long virtualAddress, long physicalAddress, long size) {
        return new ProgramHeader(
                ProgramHeader.PT_LOAD, ProgramHeader.PF_R, 0x1000, virtualAddress, physicalAddress, size, size, 4096);
    }
}
