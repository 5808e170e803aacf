package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;
import static org.kdump.kexec.purgatory.RegisterXmm.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssemblerTest {
    private record Example(Consumer<VectorAssembler> instruction, String bytes, String disassembly) {}

    /// The bytes are the Intel manual's, the text is objdump's.
    private static final List<Example> EXAMPLES = List.of(
            new Example(a -> a.mov(EAX, R15D), "418bc7", "mov eax,r15d"),
            new Example(a -> a.mov(R15, RAX), "4c8bf8", "mov r15,rax"),
            new Example(a -> a.mov(ECX, 0x12345678), "b978563412", "mov ecx,0x12345678"),
            new Example(a -> a.mov(R9D, 1), "41b901000000", "mov r9d,0x1"),
            new Example(a -> a.mov(SegmentRegister.ES, EAX), "8ec0", "mov es,eax"),
            new Example(a -> a.mov(SegmentRegister.GS, R8D), "418ee8", "mov gs,r8d"),
            new Example(a -> a.movFromControl(EAX, 0), "0f20c0", "mov rax,cr0"),
            new Example(a -> a.movToControl(4, EDX), "0f22e2", "mov cr4,rdx"),
            new Example(Assembler::readMsr, "0f32", "rdmsr"),
            new Example(Assembler::writeMsr, "0f30", "wrmsr"),
            new Example(a -> a.mov(EAX, at(RBX)), "8b03", "mov eax,DWORD PTR [rbx]"),
            new Example(a -> a.mov(EAX, at(RBP)), "8b4500", "mov eax,DWORD PTR [rbp+0x0]"),
            new Example(a -> a.mov(EAX, at(R13)), "418b4500", "mov eax,DWORD PTR [r13+0x0]"),
            new Example(a -> a.mov(EAX, at(RSP)), "8b0424", "mov eax,DWORD PTR [rsp]"),
            new Example(a -> a.mov(RAX, at(R12, 8)), "498b442408", "mov rax,QWORD PTR [r12+0x8]"),
            new Example(a -> a.mov(EAX, at(RSI, 127)), "8b467f", "mov eax,DWORD PTR [rsi+0x7f]"),
            new Example(a -> a.mov(EAX, at(RSI, 128)), "8b8680000000", "mov eax,DWORD PTR [rsi+0x80]"),
            new Example(a -> a.mov(EAX, at(RSI, -128)), "8b4680", "mov eax,DWORD PTR [rsi-0x80]"),
            new Example(a -> a.mov(at(RSP, 64), R12D), "4489642440", "mov DWORD PTR [rsp+0x40],r12d"),
            new Example(a -> a.movByte(EAX, at(R9, RAX, 0)), "410fb60401", "movzx eax,BYTE PTR [r9+rax*1]"),
            new Example(a -> a.movByte(R8D, at(RDI)), "440fb607", "movzx r8d,BYTE PTR [rdi]"),
            new Example(a -> a.movByte(at(RDI), 0x80), "c60780", "mov BYTE PTR [rdi],0x80"),
            new Example(a -> a.movInt(at(R12), 7), "41c7042407000000", "mov DWORD PTR [r12],0x7"),
            new Example(
                    a -> a.lea(EBX, at(RBX, R12, 0x428a2f98)), "428d9c23982f8a42", "lea ebx,[rbx+r12*1+0x428a2f98]"),
            new Example(a -> a.lea(R8D, at(R8, R12, -2)), "478d4420fe", "lea r8d,[r8+r12*1-0x2]"),
            new Example(a -> a.lea(ECX, at(RBP, RBP, 0)), "8d4c2d00", "lea ecx,[rbp+rbp*1+0x0]"),
            new Example(a -> a.add(EAX, R8D), "4103c0", "add eax,r8d"),
            new Example(a -> a.add(R12D, at(RSP, 4)), "4403642404", "add r12d,DWORD PTR [rsp+0x4]"),
            new Example(a -> a.add(RSI, 64), "4883c640", "add rsi,0x40"),
            new Example(a -> a.add(RSI, 1000), "4881c6e8030000", "add rsi,0x3e8"),
            new Example(a -> a.or(RDX, RAX), "480bd0", "or rdx,rax"),
            new Example(a -> a.and(R14D, ECX), "4423f1", "and r14d,ecx"),
            new Example(a -> a.and(RAX, -64), "4883e0c0", "and rax,0xffffffffffffffc0"),
            new Example(a -> a.sub(RSP, 72), "4883ec48", "sub rsp,0x48"),
            new Example(a -> a.sub(EDX, ECX), "2bd1", "sub edx,ecx"),
            new Example(a -> a.xor(R13D, R9D), "4533e9", "xor r13d,r9d"),
            new Example(a -> a.xor(RAX, at(RBX)), "483303", "xor rax,QWORD PTR [rbx]"),
            new Example(a -> a.cmp(R15, RCX), "4c3bf9", "cmp r15,rcx"),
            new Example(a -> a.cmp(EDX, 8), "83fa08", "cmp edx,0x8"),
            new Example(a -> a.cmp(RSI, at(RSP, 64)), "483b742440", "cmp rsi,QWORD PTR [rsp+0x40]"),
            new Example(a -> a.cmpInt(at(RAX), (byte) 0), "833800", "cmp DWORD PTR [rax],0x0"),
            new Example(a -> a.test(R13, R13), "4d85ed", "test r13,r13"),
            new Example(a -> a.test(EBP, 63), "f7c53f000000", "test ebp,0x3f"),
            new Example(a -> a.ror(R13D, 14), "41c1cd0e", "ror r13d,0xe"),
            new Example(a -> a.shl(RDX, 6), "48c1e206", "shl rdx,0x6"),
            new Example(a -> a.shr(R14D, 3), "41c1ee03", "shr r14d,0x3"),
            new Example(a -> a.bswap(R12D), "410fcc", "bswap r12d"),
            new Example(a -> a.bswap(RBP), "480fcd", "bswap rbp"),
            new Example(a -> a.push(RBX), "53", "push rbx"),
            new Example(a -> a.push(R12), "4154", "push r12"),
            new Example(a -> a.push((byte) 0x10), "6a10", "push 0x10"),
            new Example(a -> a.pop(R15), "415f", "pop r15"),
            new Example(a -> a.jmp(at(RAX)), "ff20", "jmp QWORD PTR [rax]"),
            new Example(VectorAssembler::ret, "c3", "ret"),
            new Example(VectorAssembler::farReturn, "48cb", "retfq"),
            new Example(VectorAssembler::cli, "fa", "cli"),
            new Example(VectorAssembler::cld, "fc", "cld"),
            new Example(VectorAssembler::hlt, "f4", "hlt"),
            new Example(VectorAssembler::pause, "f390", "pause"),
            new Example(a -> a.lgdt(at(RAX)), "0f0110", "lgdt [rax]"),
            new Example(VectorAssembler::inByte, "ec", "in al,dx"),
            new Example(VectorAssembler::outByte, "ee", "out dx,al"),
            new Example(VectorAssembler::repMovsb, "f3a4", "rep movs BYTE PTR es:[rdi],BYTE PTR ds:[rsi]"),
            new Example(VectorAssembler::repMovsq, "f348a5", "rep movs QWORD PTR es:[rdi],QWORD PTR ds:[rsi]"),
            new Example(a -> a.or(RAX, 0x200), "4881c800020000", "or rax,0x200"),
            new Example(VectorAssembler::cpuid, "0fa2", "cpuid"),
            new Example(a -> a.movdqu(XMM3, at(RSI, 16)), "f30f6f5e10", "movdqu xmm3,XMMWORD PTR [rsi+0x10]"),
            new Example(a -> a.movdqu(XMM10, at(R12)), "f3450f6f1424", "movdqu xmm10,XMMWORD PTR [r12]"),
            new Example(a -> a.movdqu(at(RDI), XMM7), "f30f7f3f", "movdqu XMMWORD PTR [rdi],xmm7"),
            new Example(a -> a.movdqa(XMM8, XMM1), "66440f6fc1", "movdqa xmm8,xmm1"),
            new Example(a -> a.paddd(XMM1, XMM8), "66410ffec8", "paddd xmm1,xmm8"),
            new Example(a -> a.pshufd(XMM0, XMM0, 0x0e), "660f70c00e", "pshufd xmm0,xmm0,0xe"),
            new Example(a -> a.punpcklqdq(XMM1, XMM7), "660f6ccf", "punpcklqdq xmm1,xmm7"),
            new Example(a -> a.punpckhqdq(XMM2, XMM7), "660f6dd7", "punpckhqdq xmm2,xmm7"),
            new Example(a -> a.pshufb(XMM3, XMM10), "66410f3800da", "pshufb xmm3,xmm10"),
            new Example(a -> a.palignr(XMM7, XMM5, 4), "660f3a0ffd04", "palignr xmm7,xmm5,0x4"),
            new Example(a -> a.sha256rnds2(XMM2, XMM1), "0f38cbd1", "sha256rnds2 xmm2,xmm1,xmm0"),
            new Example(a -> a.sha256msg1(XMM3, XMM4), "0f38ccdc", "sha256msg1 xmm3,xmm4"),
            new Example(a -> a.sha256msg2(XMM3, XMM6), "0f38cdde", "sha256msg2 xmm3,xmm6"),
            new Example(VectorAssembler::repStosb, "f3aa", "rep stos BYTE PTR es:[rdi],al"));

    @Test
    void bytesAreTheManuals() {
        for (Example example : EXAMPLES) {
            assertEquals(example.bytes(), hex(example.instruction()), example.disassembly());
        }
    }

    @Test
    void objdumpReadsWhatWasMeant(@TempDir Path directory) throws Exception {
        VectorAssembler assembler = new VectorAssembler();
        EXAMPLES.forEach(example -> example.instruction().accept(assembler));
        Path file = BinaryTool.write(directory, assembler.bytes());
        String output = BinaryTool.OBJDUMP.run(
                file, "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn");
        List<String> read = new ArrayList<>();
        for (String line : output.split("\n")) {
            if (line.matches(" *[0-9a-f]+:\t.*")) {
                read.add(line.substring(line.indexOf('\t')).strip().replaceAll(" +", " "));
            }
        }
        assertEquals(EXAMPLES.stream().map(Example::disassembly).toList(), read);
    }

    @Test
    void jumpsGoToTheirLabelsBothWays() {
        assertEquals("e901000000" + "f4" + "e9f5ffffff", hex(a -> {
            a.label("back");
            a.jmp("on");
            a.hlt();
            a.label("on");
            a.jmp("back");
        }));
        assertEquals("0f85faffffff", hex(a -> {
            a.label("here");
            a.jmpIf(Condition.NOT_ZERO, "here");
        }));
    }

    @Test
    void ripCountsFromTheEndOfTheInstruction() {
        VectorAssembler assembler = new VectorAssembler();
        assembler.mov(RAX, of("symbol", 16));
        assembler.cmpInt(of("symbol"), (byte) 0);
        assembler.movInt(of("symbol"), 0);
        assembler.call("function");
        assertEquals(
                List.of(
                        new Assembler.Reference(3, "symbol", RelocationType.R_X86_64_PC32, 12),
                        new Assembler.Reference(9, "symbol", RelocationType.R_X86_64_PC32, -5),
                        new Assembler.Reference(16, "symbol", RelocationType.R_X86_64_PC32, -8),
                        new Assembler.Reference(25, "function", RelocationType.R_X86_64_PLT32, -4)),
                assembler.references());
    }

    @Test
    void mistakesAreCaughtWhenTheyAreMade() {
        VectorAssembler assembler = new VectorAssembler();
        assertThrows(IllegalArgumentException.class, () -> assembler.add(RAX, EBX));
        assertThrows(IllegalArgumentException.class, () -> at(RAX, RSP, 0));
        assembler.label("once");
        assertThrows(IllegalStateException.class, () -> assembler.label("once"));
        assembler.jmp("nowhere");
        String message =
                assertThrows(IllegalStateException.class, assembler::bytes).getMessage();
        assertTrue(message.contains("nowhere"), message);
    }

    private static String hex(Consumer<VectorAssembler> instructions) {
        VectorAssembler assembler = new VectorAssembler();
        instructions.accept(assembler);
        return HexFormat.of().formatHex(assembler.bytes());
    }
}
