package org.kdump.kexec.purgatory;

/// A register that says what the processor may do; its number is its name's.
enum ControlRegister {
    CR0(0),
    CR4(4);

    /// CR0: instructions of FPU and SSE are to be emulated, or trapped once.
    static final int EM_AND_TS = 0xc;
    /// CR4: SSE may be used.
    static final int OSFXSR = 0x200;

    private final int number;

    ControlRegister(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
