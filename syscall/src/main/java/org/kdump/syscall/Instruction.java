package org.kdump.syscall;

/// An instruction of a processor, as [Disassembler] decodes it.
///
/// @param address of its first byte
/// @param length in bytes, at least 1
/// @param name its mnemonic, such as `mov`
/// @param operands in the syntax that was asked for; empty if it has none
public record Instruction(long address, int length, String name, String operands) {}
