package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// The compression function of SHA-256 (FIPS 180-4, section 6.2.2) in baseline x86-64 instructions.
///
/// ```
/// void sha256_blocks(uint32_t state[8], const void *data, size_t count);   // System V ABI; count > 0
/// ```
///
/// This is where nearly all of purgatory's time goes, so all 64 rounds are unrolled: the working variables then change
/// their places by renaming registers instead of moving values, and the round constants are displacements of `lea`
/// instead of loads. About 41 instructions a byte. Rotations are each followed by an instruction that sets all flags,
/// with no memory access between: QEMU's translator then drops
/// its costly computation of the flags that a rotation leaves.
///
/// [Sha256Extensions] stands beside this one, and [Sha256Choice] between them.
final class Sha256Blocks extends Assembler {
    static final String NAME = "sha256_blocks";
    static final int BLOCK_SIZE = 64;

    private static final int ROUNDS = Sha256Constants.ROUNDS;
    private static final int WORDS = 16;
    private static final int END = BLOCK_SIZE;
    private static final int FRAME = BLOCK_SIZE + 8;
    /// a to h of the first round; round i finds its a to h 7 * i places further on.
    private static final Register32[] VARIABLES = {EAX, EBX, ECX, EDX, R8D, R9D, R10D, R11D};

    private static final Register64[] SAVED = {RBX, RBP, R12, R13, R14, R15};
    private static final Register64 STATE = RDI;
    private static final Register64 DATA = RSI;

    /// W of the round.
    private static final Register32 WORD = R12D;

    private static final Register32 SIGMA = R13D;
    private static final Register32 CHOICE = R14D;
    /// a ^ b of this round and b ^ c, which was a ^ b of the round before: they swap roles every round.
    private Register32 newDifference = R15D;

    private Register32 oldDifference = EBP;

    Sha256Blocks() {
        function(NAME);
        enter();
        label("block");
        mov(oldDifference, EBX);
        xor(oldDifference, ECX);
        for (int round = 0; round < ROUNDS; round++) {
            if (round < WORDS) {
                loadWord(round);
            } else {
                expandWord(round);
            }
            round(round);
        }
        addToState();
        add(DATA, BLOCK_SIZE);
        cmp(DATA, at(RSP, END));
        jmpIf(NOT_ZERO, "block");
        leave();
    }

    private void enter() {
        for (Register64 register : SAVED) {
            push(register);
        }
        sub(RSP, FRAME);
        shl(RDX, 6);
        add(RDX, DATA);
        mov(at(RSP, END), RDX);
        for (int i = 0; i < VARIABLES.length; i++) {
            mov(VARIABLES[i], at(STATE, 4 * i));
        }
    }

    private void leave() {
        add(RSP, FRAME);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            pop(SAVED[i]);
        }
        ret();
    }

    /// The last 16 words of the message schedule are kept in a ring on the stack.
    private static Address word(int index) {
        return at(RSP, 4 * (index % WORDS));
    }

    private void loadWord(int round) {
        mov(WORD, at(DATA, 4 * round));
        bswap(WORD);
        mov(word(round), WORD);
    }

    /// W[i] = W[i-16] + s0(W[i-15]) + W[i-7] + s1(W[i-2])
    private void expandWord(int round) {
        Register32 sum = SIGMA;
        Register32 shifted = CHOICE;
        Register32 rotated = newDifference;
        mov(shifted, word(round - 15));
        mov(WORD, word(round - 2));

        // s0(x) = x >>> 7 ^ x >>> 18 ^ x >> 3
        mov(sum, shifted);
        ror(sum, 11);
        xor(sum, shifted);
        ror(sum, 7);
        shr(shifted, 3);
        xor(sum, shifted);

        // s1(x) = x >>> 17 ^ x >>> 19 ^ x >> 10
        mov(rotated, WORD);
        ror(rotated, 2);
        xor(rotated, WORD);
        ror(rotated, 17);
        shr(WORD, 10);
        xor(WORD, rotated);

        add(WORD, sum);
        add(WORD, word(round - 16));
        add(WORD, word(round - 7));
        mov(word(round), WORD);
    }

    private void round(int round) {
        Register32 a = variable(round, 0);
        Register32 b = variable(round, 1);
        Register32 d = variable(round, 3);
        Register32 e = variable(round, 4);
        Register32 f = variable(round, 5);
        Register32 g = variable(round, 6);
        Register32 h = variable(round, 7);

        // h += K + W + Ch(e, f, g) + S1(e), with Ch = (f ^ g) & e ^ g and S1 = e >>> 6 ^ e >>> 11 ^ e >>> 25
        lea(h, at(h.whole(), WORD.whole(), Sha256Constants.round(round)));
        mov(CHOICE, f);
        mov(SIGMA, e);
        ror(SIGMA, 14);
        xor(CHOICE, g);
        xor(SIGMA, e);
        and(CHOICE, e);
        ror(SIGMA, 5);
        xor(CHOICE, g);
        xor(SIGMA, e);
        add(h, CHOICE);
        ror(SIGMA, 6);
        add(h, SIGMA);
        add(d, h);

        // h += Maj(a, b, c) + S0(a), with Maj = (a ^ b) & (b ^ c) ^ b and S0 = a >>> 2 ^ a >>> 13 ^ a >>> 22
        mov(newDifference, a);
        mov(SIGMA, a);
        ror(SIGMA, 9);
        xor(newDifference, b);
        xor(SIGMA, a);
        and(oldDifference, newDifference);
        ror(SIGMA, 11);
        xor(oldDifference, b);
        xor(SIGMA, a);
        add(h, oldDifference);
        ror(SIGMA, 2);
        add(h, SIGMA);

        // The next round calls h its a, and this a its b: a ^ b has become b ^ c.
        Register32 swapped = oldDifference;
        oldDifference = newDifference;
        newDifference = swapped;
    }

    private static Register32 variable(int round, int index) {
        return VARIABLES[(index + 7 * round) % VARIABLES.length];
    }

    private void addToState() {
        for (int i = 0; i < VARIABLES.length; i++) {
            add(VARIABLES[i], at(STATE, 4 * i));
            mov(at(STATE, 4 * i), VARIABLES[i]);
        }
    }
}
