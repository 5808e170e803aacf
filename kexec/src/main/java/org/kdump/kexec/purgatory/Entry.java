package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Condition.ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// Where the dead kernel enters purgatory, and purgatory's way from there to the new kernel.
///
/// relocate_kernel (arch/x86/kernel/relocate_kernel_64.S) leaves the processor in 64-bit mode with paging on, all
/// memory mapped to its own address, interrupts off; CR0 is PE and PG, CR4 is PAE (and LA57 or MCE where they must
/// stay), so there is no FPU and no SSE. GDT and IDT are invalid: an exception here resets the machine.
///
/// The new kernel is entered as the 64-bit boot protocol wants (Documentation/arch/x86/boot.rst): CS is `__BOOT_CS`,
/// DS, ES and SS are `__BOOT_DS`, RSI is the address of `struct boot_params`; or through [ProtectedMode].
final class Entry extends Assembler {
    static final String NAME = "purgatory_start";
    private static final String OWN_SEGMENTS = "own_segments";
    /// CR0: instructions of FPU and SSE are to be emulated, or trapped once.
    private static final int EM_AND_TS = 0xc;

    /// CR4: SSE may be used.
    private static final int OSFXSR = 0x200;

    private static final String MISMATCH = "purgatory_mismatch";

    Entry() {
        function(NAME);
        takeOver();
        verbosely(ReadOnlyData.CHECKING, "check");
        computeDigest();
        compareDigest();
        saveBackupRegion();
        verbosely(ReadOnlyData.ENTERING, "enter");
        enterKernel();
        reportMismatch();
    }

    private void takeOver() {
        cli();
        cld();
        lea(RSP, of(ZeroedData.STACK, ZeroedData.STACK_SIZE));
        lgdt(of(WritableData.GDT_POINTER));
        push((byte) WritableData.BOOT_CS);
        lea(RAX, of(OWN_SEGMENTS));
        push(RAX);
        farReturn();
        function(OWN_SEGMENTS);
        mov(EAX, WritableData.BOOT_DS);
        for (SegmentRegister segment : SegmentRegister.values()) {
            mov(segment, EAX);
        }
        call(SerialConsole.SET_UP);
    }

    private void verbosely(String message, String next) {
        cmpInt(of(WritableData.VERBOSE), (byte) 0);
        jmpIf(ZERO, next);
        print(message);
        label(next);
    }

    /// Without interrupts SSE needs no more than to be allowed. CR4 is then left as it was found.
    private void computeDigest() {
        movFromControl(EAX, 4);
        push(RAX);
        call(Sha256Choice.PRESENT);
        mov(of(WritableData.SHA_EXTENSIONS), EAX);
        test(EAX, EAX);
        jmpIf(ZERO, "digest");
        movFromControl(EAX, 0);
        and(RAX, ~EM_AND_TS);
        movToControl(0, EAX);
        movFromControl(EAX, 4);
        or(RAX, OSFXSR);
        movToControl(4, EAX);
        label("digest");
        digest();
        pop(RAX);
        movToControl(4, EAX);
    }

    private void digest() {
        lea(RDI, of(WritableData.SHA256_REGION_TABLE));
        mov(RSI, of(WritableData.SHA256_REGION_COUNT));
        lea(RDX, of(ZeroedData.SHA256_COMPUTED));
        call(Sha256Regions.NAME);
    }

    private void compareDigest() {
        xor(EDX, EDX);
        for (int offset = 0; offset < PurgatoryParameters.DIGEST_SIZE; offset += 8) {
            mov(RAX, of(WritableData.SHA256_DIGEST, offset));
            xor(RAX, of(ZeroedData.SHA256_COMPUTED, offset));
            or(RDX, RAX);
        }
        test(RDX, RDX);
        jmpIf(NOT_ZERO, "mismatch");
    }

    /// The memory that the new kernel is going to use although the old one's data are in it.
    private void saveBackupRegion() {
        mov(RSI, of(WritableData.BACKUP_SOURCE));
        mov(RDI, of(WritableData.BACKUP_DESTINATION));
        mov(RDX, of(WritableData.BACKUP_SIZE));
        mov(RCX, RDX);
        shr(RCX, 3);
        repMovsq();
        mov(ECX, EDX);
        and(ECX, 7);
        repMovsb();
    }

    /// RSP stays: the kernel sets its own before it uses one.
    private void enterKernel() {
        cmpInt(of(WritableData.IN_32_BIT_MODE), (byte) 0);
        jmpIf(ZERO, "in_64_bit_mode");
        call(ProtectedMode.NAME);
        label("in_64_bit_mode");
        for (Register32 register : Register32.values()) {
            if (register != ESP && register != ESI) {
                xor(register, register);
            }
        }
        mov(RSI, of(WritableData.KERNEL_RSI));
        jmp(of(WritableData.KERNEL_ENTRY));
    }

    private void reportMismatch() {
        function(MISMATCH);
        label("mismatch");
        print(ReadOnlyData.MISMATCH);
        print(ReadOnlyData.EXPECTED);
        printDigest(WritableData.SHA256_DIGEST);
        print(ReadOnlyData.COMPUTED);
        printDigest(ZeroedData.SHA256_COMPUTED);
        label("stop");
        // An NMI could still wake the processor.
        cli();
        hlt();
        jmp("stop");
    }

    private void print(String message) {
        lea(RDI, of(message));
        call(SerialConsole.TEXT);
    }

    private void printDigest(String digest) {
        lea(RDI, of(digest));
        call(SerialConsole.DIGEST);
        print(ReadOnlyData.END_OF_LINE);
    }
}
