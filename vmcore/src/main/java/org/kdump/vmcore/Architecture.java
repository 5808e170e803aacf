package org.kdump.vmcore;

import java.util.Optional;
import org.kdump.elf.ElfHeader;

/// The kind of machine that a dump is of.
public enum Architecture {
    /// AMD and Intel, 64 bit.
    X86_64(ElfHeader.EM_X86_64, "x86_64"),
    /// Intel, 32 bit.
    I386(ElfHeader.EM_386, "i386"),
    /// ARM, 64 bit.
    AARCH64(ElfHeader.EM_AARCH64, "aarch64"),
    /// POWER, 64 bit, of either byte order.
    PPC64(ElfHeader.EM_PPC64, "ppc64");

    private final int elfMachine;
    private final String label;

    Architecture(int elfMachine, String label) {
        this.elfMachine = elfMachine;
        this.label = label;
    }

    /// Its `e_machine` in an ELF header.
    public int elfMachine() {
        return elfMachine;
    }

    /// Its name, as `uname -m` of most of its kernels says it.
    public String label() {
        return label;
    }

    /// The architecture of an ELF core.
    ///
    /// @param elfMachine `e_machine`
    public static Optional<Architecture> ofElf(int elfMachine) {
        for (Architecture architecture : values()) {
            if (architecture.elfMachine == elfMachine) {
                return Optional.of(architecture);
            }
        }
        return Optional.empty();
    }

    /// The architecture that `new_utsname.machine` names.
    public static Optional<Architecture> ofMachineName(String machine) {
        return switch (machine) {
            case "x86_64" -> Optional.of(X86_64);
            case "i386", "i486", "i586", "i686" -> Optional.of(I386);
            case "aarch64" -> Optional.of(AARCH64);
            case "ppc64", "ppc64le" -> Optional.of(PPC64);
            default -> Optional.empty();
        };
    }
}
