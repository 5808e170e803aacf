package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.RelocationType.R_X86_64_PC32;
import static org.kdump.kexec.purgatory.RelocationType.R_X86_64_PLT32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.elf.ByteSink;

/// Writes x86-64 machine code, one method an instruction, operands in Intel's order: the destination first.
///
/// It knows only the instructions that purgatory is made of (Intel SDM, volume 2). A piece of code is a subclass, so
/// that its text reads as assembly does. Labels are seen in one piece alone, functions by all pieces.
///
/// ```
/// [REX 0100WRXB] opcode 1-2, ModRM (mod 2, reg 3, rm 3), [SIB (scale 2, index 3, base 3)], [displacement 1|4],
/// [immediate 1|4]
/// ```
class Assembler {
    /// A place that names a symbol; offsets are in this piece.
    record Reference(int offset, String symbol, RelocationType type, long addend) {}

    private record Jump(int displacement, String label) {}

    private static final int REX = 0x40;
    /// As ModRM.rm: a SIB byte follows. As SIB.index: there is none.
    private static final int SIB = 4;
    /// As ModRM.rm with mod 0: RIP and a 32-bit displacement. Hence no base of that number without displacement.
    private static final int RIP = 5;

    private final ByteSink code = new ByteSink(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, Integer> labels = new LinkedHashMap<>();
    private final Map<String, Integer> functions = new LinkedHashMap<>();
    private final List<Jump> jumps = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();

    /// The code, its jumps resolved.
    ///
    /// @throws IllegalStateException if a jump names no label
    final byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.wrap(code.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        for (Jump jump : jumps) {
            Integer target = labels.get(jump.label());
            if (target == null) {
                throw new IllegalStateException("no label " + jump.label());
            }
            bytes.putInt(jump.displacement(), target - (jump.displacement() + 4));
        }
        return bytes.array();
    }

    /// Where functions start, in the order they were written.
    final Map<String, Integer> functions() {
        return Collections.unmodifiableMap(functions);
    }

    final List<Reference> references() {
        return List.copyOf(references);
    }

    /// What follows can be jumped to by this name.
    final void label(String name) {
        define(labels, name);
    }

    /// What follows is known by this name to every piece.
    final void function(String name) {
        define(functions, name);
    }

    private void define(Map<String, Integer> names, String name) {
        if (names.putIfAbsent(name, code.size()) != null) {
            throw new IllegalStateException(name + " is defined twice");
        }
    }

    final void mov(Register destination, Register source) {
        registers(0x8b, destination, source);
    }

    final void mov(Register destination, Address source) {
        memory(0x8b, destination, source);
    }

    final void mov(Address destination, Register source) {
        memory(0x89, source, destination);
    }

    final void mov(Register32 destination, int value) {
        rex(false, 0, 0, destination.ordinal());
        code.u8(0xb8 | destination.ordinal() & 7).u32(value);
    }

    /// `movl $value, destination`
    final void movInt(Address destination, int value) {
        memory(false, 0xc7, 0, destination, 4);
        code.u32(value);
    }

    /// `movb $value, destination`
    final void movByte(Address destination, int value) {
        memory(false, 0xc6, 0, destination, 1);
        code.u8(value);
    }

    /// Loads a byte and clears the rest of the register.
    final void movByte(Register32 destination, Address source) {
        memory(0x0fb6, destination, source);
    }

    /// Loads a segment register with a selector.
    final void mov(SegmentRegister destination, Register32 selector) {
        rex(false, 0, 0, selector.ordinal());
        code.u8(0x8e);
        direct(destination.number(), selector.ordinal());
    }

    /// `mov %cr…, destination`; in 64-bit code it moves 8 bytes.
    final void movFromControl(Register32 destination, int register) {
        code.u8(0x0f).u8(0x20);
        direct(register, destination.ordinal());
    }

    /// `mov source, %cr…`; in 64-bit code it moves 8 bytes.
    final void movToControl(int register, Register32 source) {
        code.u8(0x0f).u8(0x22);
        direct(register, source.ordinal());
    }

    final void lea(Register destination, Address address) {
        memory(0x8d, destination, address);
    }

    final void add(Register destination, Register source) {
        registers(0x03, destination, source);
    }

    final void add(Register destination, Address source) {
        memory(0x03, destination, source);
    }

    final void add(Register destination, int value) {
        immediate(0, destination, value);
    }

    final void or(Register destination, Register source) {
        registers(0x0b, destination, source);
    }

    final void and(Register destination, Register source) {
        registers(0x23, destination, source);
    }

    final void and(Register destination, int value) {
        immediate(4, destination, value);
    }

    final void sub(Register destination, Register source) {
        registers(0x2b, destination, source);
    }

    final void sub(Register destination, int value) {
        immediate(5, destination, value);
    }

    final void xor(Register destination, Register source) {
        registers(0x33, destination, source);
    }

    final void xor(Register destination, Address source) {
        memory(0x33, destination, source);
    }

    final void cmp(Register left, Register right) {
        registers(0x3b, left, right);
    }

    final void cmp(Register left, Address right) {
        memory(0x3b, left, right);
    }

    final void cmp(Register left, int right) {
        immediate(7, left, right);
    }

    /// `cmpl $right, left`, with a signed byte
    final void cmpInt(Address left, byte right) {
        memory(false, 0x83, 7, left, 1);
        code.u8(right);
    }

    final void test(Register left, Register right) {
        registers(0x85, right, left);
    }

    /// `testl $mask, left`
    final void test(Register32 left, int mask) {
        rex(false, 0, 0, left.ordinal());
        code.u8(0xf7);
        direct(0, left.ordinal());
        code.u32(mask);
    }

    /// Rotates to the right.
    final void ror(Register destination, int bits) {
        shift(1, destination, bits);
    }

    final void shl(Register destination, int bits) {
        shift(4, destination, bits);
    }

    final void shr(Register destination, int bits) {
        shift(5, destination, bits);
    }

    final void bswap(Register destination) {
        rex(destination.wide(), 0, 0, destination.ordinal());
        code.u8(0x0f).u8(0xc8 | destination.ordinal() & 7);
    }

    final void push(Register64 source) {
        rex(false, 0, 0, source.ordinal());
        code.u8(0x50 | source.ordinal() & 7);
    }

    /// Pushes 8 bytes, a sign-extended byte.
    final void push(byte value) {
        code.u8(0x6a).u8(value);
    }

    final void pop(Register64 destination) {
        rex(false, 0, 0, destination.ordinal());
        code.u8(0x58 | destination.ordinal() & 7);
    }

    final void jmp(String label) {
        code.u8(0xe9);
        jump(label);
    }

    /// Jumps to the address that memory holds.
    final void jmp(Address target) {
        memory(false, 0xff, 4, target, 0);
    }

    final void jmpIf(Condition condition, String label) {
        code.u8(0x0f).u8(0x80 | condition.code());
        jump(label);
    }

    private void jump(String label) {
        jumps.add(new Jump(code.size(), label));
        code.u32(0);
    }

    final void call(String function) {
        code.u8(0xe8);
        refer(function, R_X86_64_PLT32, -4);
    }

    final void ret() {
        code.u8(0xc3);
    }

    /// `lretq`: pops RIP and CS, 8 bytes each.
    final void farReturn() {
        code.u8(0x48).u8(0xcb);
    }

    /// Reads the model-specific register that ECX names into EDX and EAX.
    final void readMsr() {
        code.u8(0x0f).u8(0x32);
    }

    /// Writes EDX and EAX to the model-specific register that ECX names.
    final void writeMsr() {
        code.u8(0x0f).u8(0x30);
    }

    final void cli() {
        code.u8(0xfa);
    }

    final void cld() {
        code.u8(0xfc);
    }

    final void hlt() {
        code.u8(0xf4);
    }

    final void pause() {
        code.u8(0xf3).u8(0x90);
    }

    /// Loads GDTR from 10 bytes: the limit, 2, and the base, 8.
    final void lgdt(Address pointer) {
        memory(false, 0x0f01, 2, pointer, 0);
    }

    /// `in %dx, %al`
    final void inByte() {
        code.u8(0xec);
    }

    /// `out %al, %dx`
    final void outByte() {
        code.u8(0xee);
    }

    /// Copies RCX bytes from RSI to RDI.
    final void repMovsb() {
        code.u8(0xf3).u8(0xa4);
    }

    /// Copies RCX times 8 bytes from RSI to RDI.
    final void repMovsq() {
        code.u8(0xf3).u8(0x48).u8(0xa5);
    }

    /// Stores AL RCX times from RDI on.
    final void repStosb() {
        code.u8(0xf3).u8(0xaa);
    }

    private void registers(int opcode, Register reg, Register rm) {
        if (reg.wide() != rm.wide()) {
            throw new IllegalArgumentException(reg + " and " + rm + " differ in width");
        }
        rex(reg.wide(), reg.ordinal(), 0, rm.ordinal());
        code.u8(opcode);
        direct(reg.ordinal(), rm.ordinal());
    }

    private void immediate(int operation, Register destination, int value) {
        boolean small = value == (byte) value;
        rex(destination.wide(), 0, 0, destination.ordinal());
        code.u8(small ? 0x83 : 0x81);
        direct(operation, destination.ordinal());
        signed(value, small);
    }

    private void shift(int operation, Register destination, int bits) {
        rex(destination.wide(), 0, 0, destination.ordinal());
        code.u8(0xc1);
        direct(operation, destination.ordinal());
        code.u8(bits);
    }

    private void memory(int opcode, Register reg, Address address) {
        memory(reg.wide(), opcode, reg.ordinal(), address, 0);
    }

    /// @param trailing bytes of the instruction after its displacement: RIP counts from the instruction's end
    private void memory(boolean wide, int opcode, int reg, Address address, int trailing) {
        switch (address) {
            case Address.Based(Register64 base, int displacement) -> {
                rex(wide, reg, 0, base.ordinal());
                opcode(opcode);
                // The number that asks for a SIB byte is RSP's and R12's too: they need one, with no index.
                boolean sib = (base.ordinal() & 7) == SIB;
                based(reg, sib ? SIB : base.ordinal(), base, sib ? SIB : -1, displacement);
            }
            case Address.Indexed(Register64 base, Register64 index, int displacement) -> {
                rex(wide, reg, index.ordinal(), base.ordinal());
                opcode(opcode);
                based(reg, SIB, base, index.ordinal(), displacement);
            }
            case Address.Relative(String symbol, int offset) -> {
                rex(wide, reg, 0, 0);
                opcode(opcode);
                modrm(0, reg, RIP);
                refer(symbol, R_X86_64_PC32, (long) offset - 4 - trailing);
            }
        }
    }

    private void based(int reg, int rm, Register64 base, int index, int displacement) {
        boolean none = displacement == 0 && (base.ordinal() & 7) != RIP;
        boolean small = displacement == (byte) displacement;
        modrm(none ? 0 : small ? 1 : 2, reg, rm);
        if (index >= 0) {
            modrm(0, index, base.ordinal());
        }
        if (!none) {
            signed(displacement, small);
        }
    }

    private void rex(boolean wide, int reg, int index, int base) {
        int rex = REX | (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
        if (rex != REX) {
            code.u8(rex);
        }
    }

    private void opcode(int opcode) {
        if (opcode > 0xff) {
            code.u8(opcode >> 8);
        }
        code.u8(opcode);
    }

    private void direct(int reg, int rm) {
        modrm(3, reg, rm);
    }

    /// ModRM, or SIB, which is cut alike.
    private void modrm(int mod, int reg, int rm) {
        code.u8(mod << 6 | (reg & 7) << 3 | rm & 7);
    }

    private void signed(int value, boolean small) {
        if (small) {
            code.u8(value);
        } else {
            code.u32(value);
        }
    }

    private void refer(String symbol, RelocationType type, long addend) {
        references.add(new Reference(code.size(), symbol, type, addend));
        code.u32(0);
    }
}
