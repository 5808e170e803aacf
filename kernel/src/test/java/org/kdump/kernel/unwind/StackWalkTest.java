package org.kdump.kernel.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.kernel.unwind.StackBuilder.STACK;
import static org.kdump.kernel.unwind.StackBuilder.STACK_SIZE;
import static org.kdump.kernel.unwind.StackBuilder.call;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.debuginfo.orc.OrcRegister;
import org.kdump.kernel.crash.X86Register;

/// Stacks by ORC: calls, interrupts, other stacks, and what is damaged.
class StackWalkTest {
    private final StackBuilder kernel = new StackBuilder();
    private final long sp = kernel.at(STACK + 0x2000);

    private static List<String> names(Backtrace backtrace) {
        return backtrace.frames().stream().map(StackFrame::function).toList();
    }

    private static List<Boolean> guesses(Backtrace backtrace) {
        return backtrace.frames().stream().map(StackFrame::isGuess).toList();
    }

    private long end(String name) {
        return kernel.function(name, StackBuilder.of(OrcEntry.Kind.END_OF_STACK));
    }

    @Test
    void followsCallsByStackAndFramePointer() throws IOException {
        long inner = kernel.function("inner", call(OrcRegister.SP, 0x20));
        OrcEntry framed = new OrcEntry(OrcEntry.Kind.CALL, OrcRegister.BP, 16, OrcRegister.PREV_SP, -16, false);
        long middle = kernel.function("middle", framed);
        long outer = end("outer");
        kernel.word(sp + 0x18, middle);
        kernel.word(sp + 0x80, 0x1234);
        kernel.word(sp + 0x88, outer);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, sp + 0x80));
        assertEquals(List.of("inner", "middle", "outer"), names(backtrace));
        assertTrue(backtrace.isWhole());
        StackFrame last = backtrace.frames().getLast();
        assertEquals(sp + 0x88, last.slot());
        assertEquals(0x40, last.offset());
        assertEquals("", last.stack());
    }

    /// A function that ends with a call which never returns: the return address is the next function's first.
    @Test
    void namesTheFunctionThatCalled() throws IOException {
        end("caller");
        end("next");
        long next = kernel.functions.lastKey();
        Backtrace backtrace = kernel.walk(X86State.called(next, sp, 0));
        assertEquals(List.of("caller"), names(backtrace));
        assertEquals(0x100, backtrace.frames().getFirst().offset());
    }

    @Test
    void crossesAnExceptionAndEndsAtUserMode() throws IOException {
        long handler = kernel.function("handler", call(OrcRegister.SP, 8));
        long entry = kernel.function("asm_exc_page_fault", StackBuilder.of(OrcEntry.Kind.REGS));
        // It was interrupted at its first instruction: what is before that is another function's.
        OrcEntry interrupted = call(OrcRegister.R10, 0);
        kernel.function("interrupted", interrupted);
        long at = kernel.functions.lastKey();
        long syscall = kernel.function("entry_SYSCALL_64", StackBuilder.of(OrcEntry.Kind.REGS));
        kernel.word(sp, entry);
        long caller = sp + 0x200;
        kernel.registers(
                sp + 8,
                Map.of(
                        X86Register.RIP,
                        at,
                        X86Register.RSP,
                        sp + 0x100,
                        X86Register.CS,
                        0x10L,
                        X86Register.R10,
                        caller));
        kernel.word(caller - 8, syscall);
        kernel.registers(caller, Map.of(X86Register.RIP, 0x401000L, X86Register.CS, 0x33L, X86Register.RAX, -38L));
        Backtrace backtrace = kernel.walk(X86State.called(handler, sp, 0));
        assertEquals(List.of("handler", "asm_exc_page_fault", "interrupted", "entry_SYSCALL_64"), names(backtrace));
        assertTrue(backtrace.isWhole(), backtrace::toString);
        StackFrame exception = backtrace.frames().get(1);
        assertEquals(at, exception.saved().orElseThrow().instruction());
        assertFalse(exception.saved().orElseThrow().isUser());
        StackFrame place = backtrace.frames().get(2);
        assertTrue(place.interrupted());
        assertEquals(0, place.offset());
        assertEquals(sp + 0x100, place.slot());
        X86Registers user = backtrace.frames().getLast().saved().orElseThrow();
        assertTrue(user.isUser());
        assertEquals(OptionalLong.of(-38), user.find(X86Register.RAX));
    }

    /// As it is while an exception begins: only what the CPU saved is there.
    @Test
    void takesOtherRegistersFromBeforeAnInterruptFrame() throws IOException {
        long partial = kernel.function("error_entry", StackBuilder.of(OrcEntry.Kind.REGS_PARTIAL));
        long outer = end("outer");
        int frame = X86Register.RIP.offset();
        kernel.word(sp, outer);
        kernel.word(sp + X86Register.RSP.offset() - frame, sp + 0x100);
        kernel.word(sp + X86Register.CS.offset() - frame, 0x10);
        Backtrace alone = kernel.walk(X86State.called(partial, sp, 0));
        X86Registers saved = alone.frames().getFirst().saved().orElseThrow();
        assertEquals(OptionalLong.empty(), saved.find(X86Register.R12));
        assertEquals(outer, saved.instruction());
        long full = kernel.function("asm_exc_nmi", StackBuilder.of(OrcEntry.Kind.REGS));
        long before = sp - 0x400;
        kernel.registers(
                before,
                Map.of(X86Register.RIP, partial, X86Register.RSP, sp, X86Register.CS, 0x10L, X86Register.R12, 12L));
        Backtrace both = kernel.walk(X86State.called(full, before, 0));
        assertEquals(List.of("asm_exc_nmi", "error_entry", "outer"), names(both));
        X86Registers merged = both.frames().get(1).saved().orElseThrow();
        assertEquals(OptionalLong.of(12), merged.find(X86Register.R12));
        assertEquals(sp + 0x100, merged.stackPointer());
    }

    @Test
    void goesFromAnInterruptsStackToTheTasks() throws IOException {
        long handler = kernel.function("handler", call(OrcRegister.SP, 8));
        long common = kernel.function("common_interrupt", call(OrcRegister.SP_INDIRECT, 8));
        long outer = end("outer");
        long top = kernel.at(StackBuilder.IRQ_STACK + STACK_SIZE);
        kernel.word(top - 16, common);
        kernel.word(top - 8, sp);
        kernel.word(sp, outer);
        Backtrace backtrace = kernel.walk(X86State.called(handler, top - 16, 0));
        assertEquals(List.of("handler", "common_interrupt", "outer"), names(backtrace));
        assertEquals(
                List.of("IRQ", "IRQ", ""),
                backtrace.frames().stream().map(StackFrame::stack).toList());
        assertTrue(backtrace.isWhole(), backtrace::toString);
    }

    @Test
    void neverComesBackToAStack() throws IOException {
        long inner = kernel.function("inner", call(OrcRegister.SP_INDIRECT, 8));
        long irq = kernel.at(StackBuilder.IRQ_STACK + 0x100);
        kernel.word(sp, irq);
        kernel.word(irq, inner);
        kernel.word(irq + 8, sp + 0x20);
        kernel.word(sp + 0x20, inner);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, 0));
        assertEquals(2, backtrace.frames().size());
        assertEquals(Optional.of("the stacks run in a circle"), backtrace.problem());
    }

    @Test
    void goesUpOnly() throws IOException {
        long inner = kernel.function("inner", call(OrcRegister.BP, 0));
        kernel.word(sp - 8, inner);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, sp));
        assertEquals(1, backtrace.frames().size());
        assertEquals(Optional.of("the stack runs in a circle"), backtrace.problem());
    }

    @Test
    void returnsFromACallOfNull() throws IOException {
        long outer = end("outer");
        kernel.word(sp, outer);
        Backtrace backtrace = kernel.walk(X86State.called(0, sp, 0).with(0, true));
        assertEquals(List.of("", "outer"), names(backtrace));
        assertTrue(backtrace.isWhole());
    }

    @Test
    void goesOnByFramePointerWhereThereIsNoTable() throws IOException {
        long program = kernel.function("bpf_prog");
        long outer = end("outer");
        kernel.word(sp + 0x40, sp + 0x80);
        kernel.word(sp + 0x48, outer);
        Backtrace backtrace = kernel.walk(X86State.called(program, sp, sp + 0x40));
        assertEquals(List.of("bpf_prog", "outer"), names(backtrace));
        assertEquals(List.of(false, true), guesses(backtrace));
        assertEquals(
                StackFrame.Origin.FRAME_POINTER, backtrace.frames().getLast().origin());
        assertTrue(backtrace.problem().orElseThrow().startsWith("there is no unwind table for"));
    }

    @Test
    void searchesTheStackWhereTheTableDoesNotTell() throws IOException {
        long inner = kernel.function("inner", StackBuilder.of(OrcEntry.Kind.UNDEFINED));
        long outer = end("outer");
        // A pointer to a function is no return address, nor is one to where no call is.
        kernel.word(sp + 0x10, outer - 0x40);
        kernel.word(sp + 0x18, outer - 1);
        kernel.word(sp + 0x30, outer);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, 0));
        assertEquals(List.of("inner", "outer"), names(backtrace));
        assertEquals(List.of(false, true), guesses(backtrace));
        assertEquals(sp + 0x30, backtrace.frames().getLast().slot());
    }

    /// As __crash_kexec and panic, which called it.
    @Test
    void isSureOfACallOfTheVeryFunction() throws IOException {
        long inner = kernel.function("inner", StackBuilder.of(OrcEntry.Kind.UNDEFINED));
        long outer = end("outer");
        kernel.putCall(outer, inner - 0x40);
        kernel.word(sp + 0x30, outer);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, 0));
        assertEquals(List.of(false, false), guesses(backtrace));
        assertTrue(backtrace.isWhole());
    }

    @Test
    void tellsWhatIsMissingFromTheStack() throws IOException {
        long inner = kernel.function("inner", call(OrcRegister.SP, 0x1008));
        end("outer");
        kernel.vmcore.without(STACK + 0x3000, STACK + 0x4000);
        Backtrace backtrace = kernel.walk(X86State.called(inner, sp, 0));
        assertEquals(List.of("inner"), names(backtrace));
        assertTrue(backtrace.problem().orElseThrow().contains("left out of the dump"), backtrace::toString);
    }

    @Test
    void endsWhateverIsOnTheStack() throws IOException {
        Random random = new Random(1);
        OrcRegister[] registers = OrcRegister.values();
        OrcEntry.Kind[] kinds = OrcEntry.Kind.values();
        for (int i = 0; i < 32; i++) {
            kernel.function("f" + i);
        }
        Long[] starts = kernel.functions.keySet().toArray(Long[]::new);
        long[] likely = {kernel.at(STACK), kernel.at(StackBuilder.IRQ_STACK), kernel.at(StackBuilder.NMI_STACK)};
        for (int run = 0; run < 2000; run++) {
            for (long start : starts) {
                kernel.entries.put(
                        start,
                        new OrcEntry(
                                kinds[random.nextInt(kinds.length)],
                                registers[random.nextInt(registers.length)],
                                random.nextInt(64) * 8 - 64,
                                registers[random.nextInt(registers.length)],
                                random.nextInt(64) * 8 - 256,
                                random.nextBoolean()));
            }
            for (int word = 0; word < 512; word++) {
                long area = likely[random.nextInt(3)];
                long value = random.nextBoolean()
                        ? starts[random.nextInt(32)] + 0x40
                        : likely[random.nextInt(3)] + random.nextInt(0x2000);
                kernel.word(area + random.nextInt(0x400) * 8, value);
            }
            X86State start = X86State.called(starts[0] + 0x40, likely[0] + random.nextInt(0x800), likely[0]);
            Backtrace backtrace = kernel.walk(start);
            assertTrue(backtrace.frames().size() <= 3 * STACK_SIZE / 8);
        }
    }
}
