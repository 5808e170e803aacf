package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Register64.*;
import static org.kdump.kexec.purgatory.RegisterXmm.*;

/// The compression function of SHA-256 in the processor's own instructions for it (Intel SDM, volume 1, chapter on the
/// SHA extensions): the same as [Sha256Blocks], several times as fast.
///
/// ```
/// void sha256_extensions(uint32_t state[8], const void *data, size_t count);   // System V ABI; count > 0
/// ```
///
/// The processor keeps the eight variables in two registers, A, B, E, F in one and C, D, G, H in the other, the first
/// of
/// them in the highest word, and does two rounds at once.
final class Sha256Extensions extends VectorAssembler {
    static final String NAME = "sha256_extensions";

    private static final int BLOCK_SIZE = Sha256Blocks.BLOCK_SIZE;
    /// Rounds whose words are in one register.
    private static final int GROUP = 4;

    private static final int GROUPS = 16;
    /// The words of a register in pairs, each turned around.
    private static final int PAIRS_TURNED = 0xb1;
    /// The high half below.
    private static final int HIGH_HALF = 0x0e;

    private static final RegisterXmm ROUND_WORDS = XMM0;
    private static final RegisterXmm ABEF = XMM1;
    private static final RegisterXmm CDGH = XMM2;
    /// The last sixteen words of the message schedule, four in each.
    private static final RegisterXmm[] WORDS = {XMM3, XMM4, XMM5, XMM6};

    private static final RegisterXmm SCRATCH = XMM7;
    private static final RegisterXmm OLD_ABEF = XMM8;
    private static final RegisterXmm OLD_CDGH = XMM9;
    private static final RegisterXmm BIG_ENDIAN = XMM10;

    private static final Register64 STATE = RDI;
    private static final Register64 DATA = RSI;
    private static final Register64 COUNT = RDX;

    Sha256Extensions() {
        function(NAME);
        movdqu(BIG_ENDIAN, of(ReadOnlyData.BIG_ENDIAN_WORDS));
        loadState();
        label("block");
        movdqa(OLD_ABEF, ABEF);
        movdqa(OLD_CDGH, CDGH);
        for (int group = 0; group < GROUPS; group++) {
            if (group < WORDS.length) {
                loadWords(group);
            } else {
                expandWords(group);
            }
            rounds(group);
        }
        paddd(ABEF, OLD_ABEF);
        paddd(CDGH, OLD_CDGH);
        add(DATA, BLOCK_SIZE);
        sub(COUNT, 1);
        jmpIf(NOT_ZERO, "block");
        storeState();
        ret();
    }

    /// From A, B, C, D and E, F, G, H, the first in the lowest word.
    private void loadState() {
        movdqu(CDGH, at(STATE));
        movdqu(ABEF, at(STATE, 16));
        pshufd(SCRATCH, CDGH, PAIRS_TURNED);
        pshufd(ABEF, ABEF, PAIRS_TURNED);
        movdqa(CDGH, ABEF);
        punpcklqdq(ABEF, SCRATCH);
        punpckhqdq(CDGH, SCRATCH);
    }

    private void storeState() {
        movdqa(SCRATCH, ABEF);
        punpcklqdq(ABEF, CDGH);
        punpckhqdq(SCRATCH, CDGH);
        pshufd(ABEF, ABEF, PAIRS_TURNED);
        pshufd(SCRATCH, SCRATCH, PAIRS_TURNED);
        movdqu(at(STATE), SCRATCH);
        movdqu(at(STATE, 16), ABEF);
    }

    private static RegisterXmm words(int group) {
        return WORDS[group % WORDS.length];
    }

    private void loadWords(int group) {
        movdqu(words(group), at(DATA, 16 * group));
        pshufb(words(group), BIG_ENDIAN);
    }

    /// W[i] = W[i-16] + s0(W[i-15]) + W[i-7] + s1(W[i-2])
    private void expandWords(int group) {
        RegisterXmm next = words(group);
        movdqa(SCRATCH, words(group - 1));
        palignr(SCRATCH, words(group - 2), Integer.BYTES);
        sha256msg1(next, words(group - 3));
        paddd(next, SCRATCH);
        sha256msg2(next, words(group - 1));
    }

    private void rounds(int group) {
        movdqu(ROUND_WORDS, of(ReadOnlyData.SHA256_ROUNDS, GROUP * Integer.BYTES * group));
        paddd(ROUND_WORDS, words(group));
        sha256rnds2(CDGH, ABEF);
        pshufd(ROUND_WORDS, ROUND_WORDS, HIGH_HALF);
        sha256rnds2(ABEF, CDGH);
    }
}
