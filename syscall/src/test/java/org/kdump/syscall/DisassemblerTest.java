package org.kdump.syscall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisassemblerTest {
    /// A function's first instructions, `ud2`, and a byte that in 64-bit mode begins none.
    private static final byte[] CODE =
            HexFormat.of().parseHex("f30f1efa" + "55" + "e8fbefffff" + "488b4708" + "0f0b" + "06" + "c3");

    @Test
    void instructionsAreWrittenAsGdbDoes() throws IOException {
        try (Disassembler disassembler = Disassembler.open(false)) {
            assertEquals(
                    List.of(
                            new Instruction(0x1000, 4, "endbr64", ""),
                            new Instruction(0x1004, 1, "pushq", "%rbp"),
                            new Instruction(0x1005, 5, "callq", "5"),
                            new Instruction(0x100a, 4, "movq", "8(%rdi), %rax"),
                            new Instruction(0x100e, 2, "ud2", ""),
                            new Instruction(0x1010, 1, ".byte", "0x06"),
                            new Instruction(0x1011, 1, "retq", "")),
                    disassembler.decode(CODE, 0x1000, 100));
        }
    }

    @Test
    void orAsIntelDoesAndNoMoreThanAskedFor() throws IOException {
        try (Disassembler disassembler = Disassembler.open(true)) {
            List<Instruction> instructions = disassembler.decode(CODE, 0xffffffff81000000L, 4);
            assertEquals(4, instructions.size());
            assertEquals("rax, qword ptr [rdi + 8]", instructions.getLast().operands());
            assertEquals("0xffffffff80fff005", instructions.get(2).operands());
        }
    }
}
