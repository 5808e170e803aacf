package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.RelocationType.R_X86_64_PLT32;

/// Writes x86-64 machine code, one method an instruction, operands in Intel's order: the destination first.
///
/// It knows only the instructions that purgatory is made of (Intel SDM, volume 2). A piece of code is a subclass, so
/// that its text reads as assembly does. Labels are seen in one piece alone, functions by all pieces.
class Assembler extends MachineCode {
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

    final void or(Register destination, int value) {
        immediate(1, destination, value);
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

    final void call(String function) {
        code.u8(0xe8);
        refer(function, R_X86_64_PLT32, -4);
    }

    /// Jumps to a function, which returns to our caller.
    final void goOn(String function) {
        code.u8(0xe9);
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

    /// Asks the processor what it is: EAX and ECX say what is asked, EAX, EBX, ECX and EDX are the answer.
    final void cpuid() {
        code.u8(0x0f).u8(0xa2);
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
}
