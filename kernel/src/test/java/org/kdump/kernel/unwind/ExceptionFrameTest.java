package org.kdump.kernel.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.kernel.crash.X86Register;

/// What on a stack looks like saved registers.
class ExceptionFrameTest {
    private final StackBuilder machine = new StackBuilder();
    private final long inside = machine.function("page_fault_oops", StackBuilder.of(OrcEntry.Kind.END_OF_STACK));
    private final long low = machine.at(StackBuilder.STACK);
    private final long high = low + StackBuilder.STACK_SIZE;

    private Map<X86Register, Long> kernelMode() {
        return new HashMap<>(Map.of(
                X86Register.RIP, inside,
                X86Register.CS, 0x10L,
                X86Register.EFLAGS, 0x246L,
                X86Register.RSP, low + 0x2000,
                X86Register.SS, 0x18L));
    }

    private Map<X86Register, Long> userMode() {
        return new HashMap<>(Map.of(
                X86Register.RIP, 0x401000L,
                X86Register.CS, 0x33L,
                X86Register.EFLAGS, 0x202L,
                X86Register.RSP, 0x7ffc00001000L,
                X86Register.SS, 0x2bL));
    }

    private List<ExceptionFrame> found() throws IOException {
        return ExceptionFrame.on(machine.contents(), low, high);
    }

    @Test
    void findsThoseOfKernelAndUser() throws IOException {
        machine.registers(low + 0x1008, kernelMode());
        machine.registers(high - X86Register.SIZE, userMode());
        List<ExceptionFrame> found = found();
        assertEquals(
                List.of(low + 0x1008, high - X86Register.SIZE),
                found.stream().map(ExceptionFrame::address).toList());
        assertEquals(
                "  KERNEL-MODE EXCEPTION FRAME AT: %016x".formatted(low + 0x1008),
                found.getFirst().lines().getFirst());
        assertEquals(
                "    [exception RIP: page_fault_oops+64]",
                found.getFirst().lines().get(1));
        assertTrue(found.getLast().registers().isUser());
        assertTrue(found.getLast().place().isEmpty());
    }

    /// One register is not what the CPU would have saved.
    @ParameterizedTest
    @CsvSource({"CS, 24", "EFLAGS, 0", "EFLAGS, 0x400002", "RSP, 0x1000", "SS, 0x2b", "RIP, 0x401000", "RIP, -4096"})
    void passesByWhatIsNone(X86Register register, String value) throws IOException {
        Map<X86Register, Long> registers = kernelMode();
        registers.put(register, Long.decode(value));
        machine.registers(low + 0x1000, registers);
        assertEquals(List.of(), found());
    }

    @Test
    void passesByWhatIsNotWhole() throws IOException {
        machine.registers(high - X86Register.SIZE + 8, kernelMode());
        assertEquals(List.of(), found());
    }
}
