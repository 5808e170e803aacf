package org.kdump.debuginfo.orc;

import static org.kdump.debuginfo.orc.OrcRegister.AX;
import static org.kdump.debuginfo.orc.OrcRegister.BP;
import static org.kdump.debuginfo.orc.OrcRegister.BP_INDIRECT;
import static org.kdump.debuginfo.orc.OrcRegister.DI;
import static org.kdump.debuginfo.orc.OrcRegister.DX;
import static org.kdump.debuginfo.orc.OrcRegister.PREV_SP;
import static org.kdump.debuginfo.orc.OrcRegister.R10;
import static org.kdump.debuginfo.orc.OrcRegister.R13;
import static org.kdump.debuginfo.orc.OrcRegister.SP;
import static org.kdump.debuginfo.orc.OrcRegister.SP_INDIRECT;
import static org.kdump.debuginfo.orc.OrcRegister.UNDEFINED;

/// The numbers of registers in ORC entries (`ORC_REG_*`, arch/x86/include/asm/orc_types.h).
///
/// They are macros, so that BTF does not tell them. A function tells: at its first instruction, the caller's stack
/// pointer is one word above `rsp`.
public enum OrcNumbers {
    /// Since Linux 4.14 (commit ee9f8fce9964). AX came with 96f3b16a9de5 ("objtool: Support Clang RAX DRAP sequence"),
    /// also in stable kernels of 2026.
    FIRST(UNDEFINED, PREV_SP, DX, DI, BP, SP, R10, R13, BP_INDIRECT, SP_INDIRECT, AX),

    /// Put in another order when AX came to Linux 7.1 or 7.2.
    REORDERED(UNDEFINED, AX, DX, SP, BP, DI, R10, R13, PREV_SP, SP_INDIRECT, BP_INDIRECT);

    private final OrcRegister[] registers;

    OrcNumbers(OrcRegister... registers) {
        this.registers = registers;
    }

    /// @return what an entry means by a number; UNDEFINED if it is not known
    OrcRegister register(int number) {
        return number < registers.length ? registers[number] : UNDEFINED;
    }
}
