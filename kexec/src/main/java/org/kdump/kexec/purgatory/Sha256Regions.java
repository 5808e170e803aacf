package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.ABOVE_OR_EQUAL;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Condition.ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// The SHA-256 of regions of memory, taken one after the other as one message.
///
/// ```
/// void sha256_regions(const struct { u64 start, length; } *regions, size_t count, u8 digest[32]);   // System V ABI
/// ```
///
/// Whole blocks are hashed where they lie; what is left of a region waits in `sha256_buffer` for the next one.
final class Sha256Regions extends Assembler {
    static final String NAME = "sha256_regions";

    private static final int BLOCK_SIZE = Sha256Blocks.BLOCK_SIZE;
    private static final Register64[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    private static final Register64 DIGEST = RBX;
    /// Bytes of the message so far.
    private static final Register64 TOTAL = RBP;

    private static final Register64 REGION = R12;
    private static final Register64 REGIONS_LEFT = R13;
    private static final Register64 DATA = R14;
    private static final Register64 DATA_LEFT = R15;

    Sha256Regions() {
        function(NAME);
        enter();
        label("next_region");
        test(REGIONS_LEFT, REGIONS_LEFT);
        jmpIf(ZERO, "finish");
        mov(DATA, at(REGION));
        mov(DATA_LEFT, at(REGION, 8));
        add(REGION, 16);
        sub(REGIONS_LEFT, 1);
        fillBuffer();
        hashWholeBlocks();
        keepRest();
        jmp("next_region");
        label("finish");
        pad();
        writeDigest();
        leave();
    }

    private void enter() {
        for (Register64 register : SAVED) {
            push(register);
        }
        mov(REGION, RDI);
        mov(REGIONS_LEFT, RSI);
        mov(DIGEST, RDX);
        xor(EBP, EBP);
        lea(RSI, of(ReadOnlyData.SHA256_INITIAL));
        lea(RDI, of(ZeroedData.SHA256_STATE));
        mov(ECX, 4);
        repMovsq();
    }

    /// Where the last region left a part of a block, this one completes it, if it is long enough.
    private void fillBuffer() {
        mov(ECX, EBP);
        and(ECX, BLOCK_SIZE - 1);
        jmpIf(ZERO, "whole_blocks");
        lea(RDI, of(ZeroedData.SHA256_BUFFER));
        add(RDI, RCX);
        mov(EDX, BLOCK_SIZE);
        sub(EDX, ECX);
        mov(ECX, EDX);
        cmp(DATA_LEFT, RCX);
        jmpIf(ABOVE_OR_EQUAL, "fill");
        mov(RCX, DATA_LEFT);
        label("fill");
        sub(DATA_LEFT, RCX);
        add(TOTAL, RCX);
        mov(RSI, DATA);
        repMovsb();
        mov(DATA, RSI);
        test(EBP, BLOCK_SIZE - 1);
        jmpIf(NOT_ZERO, "next_region");
        hashBuffer();
    }

    private void hashWholeBlocks() {
        label("whole_blocks");
        mov(RDX, DATA_LEFT);
        shr(RDX, 6);
        jmpIf(ZERO, "rest");
        mov(RSI, DATA);
        mov(RAX, DATA_LEFT);
        and(RAX, -BLOCK_SIZE);
        add(DATA, RAX);
        add(TOTAL, RAX);
        and(DATA_LEFT, BLOCK_SIZE - 1);
        lea(RDI, of(ZeroedData.SHA256_STATE));
        call(Sha256Choice.COMPRESS);
    }

    private void keepRest() {
        label("rest");
        lea(RDI, of(ZeroedData.SHA256_BUFFER));
        mov(RSI, DATA);
        mov(RCX, DATA_LEFT);
        add(TOTAL, RCX);
        repMovsb();
    }

    /// After the message a one bit, zeros, and the message's length in bits, 8 bytes, big-endian (section 5.1.1).
    private void pad() {
        mov(ECX, EBP);
        and(ECX, BLOCK_SIZE - 1);
        lea(RDI, of(ZeroedData.SHA256_BUFFER));
        add(RDI, RCX);
        movByte(at(RDI), 0x80);
        add(RDI, 1);
        mov(EDX, BLOCK_SIZE - 1);
        sub(EDX, ECX);
        xor(EAX, EAX);
        cmp(EDX, 8);
        jmpIf(ABOVE_OR_EQUAL, "length_fits");
        mov(ECX, EDX);
        repStosb();
        hashBuffer();
        lea(RDI, of(ZeroedData.SHA256_BUFFER));
        mov(EDX, BLOCK_SIZE);
        xor(EAX, EAX);
        label("length_fits");
        lea(ECX, at(RDX, -8));
        repStosb();
        shl(TOTAL, 3);
        bswap(TOTAL);
        mov(at(RDI), TOTAL);
        hashBuffer();
    }

    private void hashBuffer() {
        lea(RDI, of(ZeroedData.SHA256_STATE));
        lea(RSI, of(ZeroedData.SHA256_BUFFER));
        mov(EDX, 1);
        call(Sha256Choice.COMPRESS);
    }

    private void writeDigest() {
        for (int offset = 0; offset < PurgatoryParameters.DIGEST_SIZE; offset += 4) {
            mov(EAX, of(ZeroedData.SHA256_STATE, offset));
            bswap(EAX);
            mov(at(DIGEST, offset), EAX);
        }
    }

    private void leave() {
        for (int i = SAVED.length - 1; i >= 0; i--) {
            pop(SAVED[i]);
        }
        ret();
    }
}
