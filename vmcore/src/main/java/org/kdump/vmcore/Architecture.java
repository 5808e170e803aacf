package org.kdump.vmcore;

import java.util.Locale;
import org.kdump.elf.ElfHeader;

/// The machine that crashed, as `e_machine` of an ELF file or `utsname.machine` of a kdump-compressed one names it.
public enum Architecture {
    /// 64-bit x86.
    X86_64("x86_64", ElfHeader.EM_X86_64, 64),
    /// 32-bit x86; its kernels call themselves i386 to i686.
    I386("i386", ElfHeader.EM_386, 32),
    /// 64-bit ARM.
    AARCH64("aarch64", ElfHeader.EM_AARCH64, 64),
    /// 32-bit ARM; its kernels call themselves armv6l, armv7l and so on.
    ARM("arm", 40, 32),
    /// 64-bit PowerPC, of either byte order; `ppc64le` is its little-endian name.
    PPC64("ppc64", ElfHeader.EM_PPC64, 64),
    /// IBM Z.
    S390X("s390x", 22, 64),
    /// 64-bit RISC-V.
    RISCV64("riscv64", 243, 64),
    /// 64-bit LoongArch.
    LOONGARCH64("loongarch64", 258, 64),
    /// Any other, or one that the dump does not name.
    UNKNOWN("unknown", 0, 64);

    private final String kernelName;
    private final int elfMachine;
    private final int bits;

    Architecture(String kernelName, int elfMachine, int bits) {
        this.kernelName = kernelName;
        this.elfMachine = elfMachine;
        this.bits = bits;
    }

    /// The architecture that `e_machine` names, or [#UNKNOWN].
    public static Architecture ofElfMachine(int machine) {
        for (Architecture architecture : values()) {
            if (architecture.elfMachine == machine) {
                return architecture;
            }
        }
        return UNKNOWN;
    }

    /// The architecture that `utsname.machine` names (`x86_64`, `i686`, `ppc64le`), or [#UNKNOWN].
    public static Architecture ofUtsname(String machine) {
        String name = machine.toLowerCase(Locale.ROOT);
        for (Architecture architecture : values()) {
            if (architecture.kernelName.equals(name)) {
                return architecture;
            }
        }
        if (name.matches("i[3-6]86")) {
            return I386;
        }
        if (name.startsWith("armv")) {
            return ARM;
        }
        return name.equals("ppc64le") ? PPC64 : UNKNOWN;
    }

    /// The name that the kernel uses, `x86_64` for one.
    public String kernelName() {
        return kernelName;
    }

    /// The value of `e_machine`; 0 for [#UNKNOWN].
    public int elfMachine() {
        return elfMachine;
    }

    /// Bits of an `unsigned long`: 32 or 64.
    public int bits() {
        return bits;
    }
}
