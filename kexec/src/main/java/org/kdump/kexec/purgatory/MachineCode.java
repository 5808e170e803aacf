package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.RelocationType.R_X86_64_PC32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.elf.ByteSink;

/// x86-64 machine code in the making: its bytes, jumps and references, and how an instruction is encoded (Intel SDM,
/// volume 2).
///
/// ```
/// [REX 0100WRXB] opcode 1-3, ModRM (mod 2, reg 3, rm 3), [SIB (scale 2, index 3, base 3)], [displacement 1|4],
/// [immediate 1|4]
/// ```
class MachineCode {
    /// A place that names a symbol; offsets are in this piece.
    record Reference(int offset, String symbol, RelocationType type, long addend) {}

    private record Jump(int displacement, String label) {}

    private static final int REX = 0x40;
    /// As ModRM.rm: a SIB byte follows. As SIB.index: there is none.
    private static final int SIB = 4;
    /// As ModRM.rm with mod 0: RIP and a 32-bit displacement. Hence no base of that number without displacement.
    private static final int RIP = 5;

    final ByteSink code = new ByteSink(ByteOrder.LITTLE_ENDIAN);
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

    final void jump(String label) {
        jumps.add(new Jump(code.size(), label));
        code.u32(0);
    }

    final void registers(int opcode, Register reg, Register rm) {
        if (reg.wide() != rm.wide()) {
            throw new IllegalArgumentException(reg + " and " + rm + " differ in width");
        }
        rex(reg.wide(), reg.ordinal(), 0, rm.ordinal());
        code.u8(opcode);
        direct(reg.ordinal(), rm.ordinal());
    }

    final void immediate(int operation, Register destination, int value) {
        boolean small = value == (byte) value;
        rex(destination.wide(), 0, 0, destination.ordinal());
        code.u8(small ? 0x83 : 0x81);
        direct(operation, destination.ordinal());
        signed(value, small);
    }

    final void shift(int operation, Register destination, int bits) {
        rex(destination.wide(), 0, 0, destination.ordinal());
        code.u8(0xc1);
        direct(operation, destination.ordinal());
        code.u8(bits);
    }

    final void memory(int opcode, Register reg, Address address) {
        memory(reg.wide(), opcode, reg.ordinal(), address, 0);
    }

    /// @param trailing bytes of the instruction after its displacement: RIP counts from the instruction's end
    final void memory(boolean wide, int opcode, int reg, Address address, int trailing) {
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

    /// @param prefix an instruction's mandatory prefix, which comes before REX; 0 for none
    final void vector(int prefix, int opcode, RegisterXmm reg, Address rm) {
        mandatory(prefix);
        memory(false, opcode, reg.ordinal(), rm, 0);
    }

    final void vector(int prefix, int opcode, RegisterXmm reg, RegisterXmm rm) {
        mandatory(prefix);
        rex(false, reg.ordinal(), 0, rm.ordinal());
        opcode(opcode);
        direct(reg.ordinal(), rm.ordinal());
    }

    final void immediateByte(int value) {
        code.u8(value);
    }

    private void mandatory(int prefix) {
        if (prefix != 0) {
            code.u8(prefix);
        }
    }

    final void rex(boolean wide, int reg, int index, int base) {
        int rex = REX | (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
        if (rex != REX) {
            code.u8(rex);
        }
    }

    private void opcode(int opcode) {
        if (opcode > 0xffff) {
            code.u8(opcode >> 16);
        }
        if (opcode > 0xff) {
            code.u8(opcode >> 8 & 0xff);
        }
        code.u8(opcode & 0xff);
    }

    final void direct(int reg, int rm) {
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

    final void refer(String symbol, RelocationType type, long addend) {
        references.add(new Reference(code.size(), symbol, type, addend));
        code.u32(0);
    }
}
