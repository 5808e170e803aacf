package org.kdump.kexec.purgatory;

/// Writes the instructions of SSE, SSSE3 and the SHA extensions that purgatory is made of (Intel SDM, volume 2).
///
/// ```
/// [mandatory prefix] [REX] 0f [38|3a] opcode, ModRM…, [immediate 1]
/// ```
class VectorAssembler extends Assembler {
    private static final int NONE = 0;
    private static final int OPERAND_SIZE = 0x66;
    private static final int REPEAT = 0xf3;

    /// Loads 16 bytes from any address.
    final void movdqu(RegisterXmm destination, Address source) {
        vector(REPEAT, 0x0f6f, destination, source);
    }

    /// Stores 16 bytes at any address.
    final void movdqu(Address destination, RegisterXmm source) {
        vector(REPEAT, 0x0f7f, source, destination);
    }

    final void movdqa(RegisterXmm destination, RegisterXmm source) {
        vector(OPERAND_SIZE, 0x0f6f, destination, source);
    }

    /// Adds four words of 32 bits.
    final void paddd(RegisterXmm destination, RegisterXmm source) {
        vector(OPERAND_SIZE, 0x0ffe, destination, source);
    }

    /// Takes four words of 32 bits, each by two bits of `order`, the lowest first.
    final void pshufd(RegisterXmm destination, RegisterXmm source, int order) {
        vector(OPERAND_SIZE, 0x0f70, destination, source);
        immediateByte(order);
    }

    /// The low halves of both, that of the source above.
    final void punpcklqdq(RegisterXmm destination, RegisterXmm source) {
        vector(OPERAND_SIZE, 0x0f6c, destination, source);
    }

    /// The high halves of both, that of the source above.
    final void punpckhqdq(RegisterXmm destination, RegisterXmm source) {
        vector(OPERAND_SIZE, 0x0f6d, destination, source);
    }

    /// Takes sixteen bytes, each by its number in `order`.
    final void pshufb(RegisterXmm destination, RegisterXmm order) {
        vector(OPERAND_SIZE, 0x0f3800, destination, order);
    }

    /// The source below, the destination above, and of both what lies `bytes` from the bottom.
    final void palignr(RegisterXmm destination, RegisterXmm source, int bytes) {
        vector(OPERAND_SIZE, 0x0f3a0f, destination, source);
        immediateByte(bytes);
    }

    /// Two rounds: W + K of them in the low half of XMM0, A, B, E, F in the source, C, D, G, H in the destination,
    /// which
    /// becomes A, B, E, F.
    final void sha256rnds2(RegisterXmm destination, RegisterXmm source) {
        vector(NONE, 0x0f38cb, destination, source);
    }

    /// W[i-16] + s0(W[i-15]) of four words, W[i-16] in the destination, W[i-12] in the source.
    final void sha256msg1(RegisterXmm destination, RegisterXmm source) {
        vector(NONE, 0x0f38cc, destination, source);
    }

    /// Adds s1(W[i-2]) to four words, W[i-4] in the source.
    final void sha256msg2(RegisterXmm destination, RegisterXmm source) {
        vector(NONE, 0x0f38cd, destination, source);
    }
}
