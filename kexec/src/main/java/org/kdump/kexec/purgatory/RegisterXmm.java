package org.kdump.kexec.purgatory;

/// The 128-bit registers of SSE. In the order of their numbers.
enum RegisterXmm {
    XMM0,
    XMM1,
    XMM2,
    XMM3,
    XMM4,
    XMM5,
    XMM6,
    XMM7,
    XMM8,
    XMM9,
    XMM10
}
