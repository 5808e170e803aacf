package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// The way out of 64-bit mode (Intel SDM, volume 3, "Switching Out of IA-32e Mode Operation"), into a kernel that is
/// entered in 32-bit mode. All of purgatory lies below 4 GiB then.
///
/// The kernel finds flat segments under the selectors that Linux's 32-bit boot protocol wants (CS `__BOOT_CS`, the
/// others `__BOOT_DS`), which Multiboot leaves open; paging, PAE and long mode off; interrupts off; EAX, EBX and ESI as
/// it was said, the other registers 0.
final class ProtectedMode extends Assembler {
    /// Does not return.
    static final String NAME = "enter_in_32_bit_mode";
    private static final String COMPATIBILITY_MODE = "compatibility_mode";

    private static final int PAGING = 1 << 31;
    private static final int EFER = 0xc000_0080;
    private static final int LONG_MODE_ENABLE = 1 << 8;

    ProtectedMode() {
        leaveFor32BitCode();
        leaveLongMode();
        enterKernel();
    }

    /// What the 32-bit code needs waits on the stack, 8 bytes each; it takes them 4 by 4.
    private void leaveFor32BitCode() {
        function(NAME);
        for (String value : new String[] {
            WritableData.KERNEL_ENTRY, WritableData.KERNEL_RSI, WritableData.KERNEL_RBX, WritableData.KERNEL_RAX
        }) {
            mov(RAX, of(value));
            push(RAX);
        }
        lgdt(of(WritableData.GDT_32_POINTER));
        push((byte) WritableData.BOOT_CS);
        lea(RAX, of(COMPATIBILITY_MODE));
        push(RAX);
        farReturn();
    }

    /// 32-bit code from here on: of the instructions that this assembler knows, those on 32-bit registers without a
    /// memory operand are the same there, and so are `push`, `pop` and `ret`, which move 4 bytes.
    private void leaveLongMode() {
        function(COMPATIBILITY_MODE);
        mov(EAX, WritableData.BOOT_DS);
        for (SegmentRegister segment : SegmentRegister.values()) {
            mov(segment, EAX);
        }
        movFromControl(EAX, 0);
        and(EAX, ~PAGING);
        movToControl(0, EAX);
        mov(ECX, EFER);
        readMsr();
        and(EAX, ~LONG_MODE_ENABLE);
        writeMsr();
        xor(EAX, EAX);
        movToControl(3, EAX);
        movToControl(4, EAX);
    }

    private void enterKernel() {
        popValue(RAX);
        popValue(RBX);
        popValue(RSI);
        for (Register32 register : new Register32[] {ECX, EDX, EBP, EDI}) {
            xor(register, register);
        }
        ret();
    }

    private void popValue(Register64 register) {
        pop(register);
        // Its upper half.
        pop(RDX);
    }
}
