package org.kdump.kexec.purgatory;

/// The segment registers that `mov` can load, in the order of their numbers but for CS, which it cannot.
enum SegmentRegister {
    ES(0),
    SS(2),
    DS(3),
    FS(4),
    GS(5);

    private final int number;

    SegmentRegister(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
