package org.kdump.kernel.unwind;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.debuginfo.orc.OrcRegister;
import org.kdump.kernel.crash.X86Register;

/// A step to the caller by the ORC tables, as the kernel itself makes it (`unwind_next_frame` in
/// arch/x86/kernel/unwind_orc.c).
record OrcStep(Tables tables, StackMemory stack) {
    /// A call of a null pointer: nothing but the return address was put on the stack
    /// ("x86/unwind: Add hardcoded ORC entry for NULL", Linux 5.1).
    private static final OrcEntry CALL_OF_NULL =
            new OrcEntry(OrcEntry.Kind.CALL, OrcRegister.SP, Long.BYTES, OrcRegister.UNDEFINED, 0, false);

    /// Where entries are looked up.
    @FunctionalInterface
    interface Tables {
        /// @return empty if there is none for that instruction
        /// @throws IOException if the dump cannot be read
        Optional<OrcEntry> find(long instruction) throws IOException;
    }

    /// What cannot be read of the stack ends the step.
    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        private Unreadable(String reason) {
            super(reason, null, false, false);
        }
    }

    /// Whether the tables have an entry for a frame.
    ///
    /// @throws IOException if the dump cannot be read
    boolean knows(X86State state) throws IOException {
        return entry(state).isPresent();
    }

    private Optional<OrcEntry> entry(X86State state) throws IOException {
        return state.instruction() == 0 ? Optional.of(CALL_OF_NULL) : tables.find(state.place());
    }

    /// Goes to the caller.
    ///
    /// @throws IOException if the dump cannot be read
    Step from(X86State state) throws IOException {
        Optional<OrcEntry> found = entry(state);
        if (found.isEmpty()) {
            return new Step.Lost("there is no unwind table for " + hex(state.instruction()));
        }
        OrcEntry entry = found.get();
        try {
            return switch (entry.kind()) {
                case END_OF_STACK -> new Step.End();
                case UNDEFINED ->
                    new Step.Lost("the unwind table does not tell who called " + hex(state.instruction()));
                case CALL -> call(entry, state, previous(entry, state));
                case REGS -> {
                    long at = previous(entry, state);
                    yield interrupted(entry, state, X86Registers.of(bytes(at, X86Register.SIZE)), at);
                }
                case REGS_PARTIAL -> {
                    long at = previous(entry, state);
                    MemorySegment frame = bytes(at, X86Register.SIZE - X86Registers.INTERRUPT_FRAME);
                    yield interrupted(entry, state, X86Registers.of(frame, state.registers()), at);
                }
            };
        } catch (Unreadable e) {
            return new Step.Lost(e.getMessage());
        }
    }

    private Step call(OrcEntry entry, X86State state, long previous) throws IOException, Unreadable {
        long instruction = word(previous - Long.BYTES);
        long saved = framePointer(entry, state, previous).orElse(state.framePointer());
        X86State caller = X86State.called(instruction, previous, saved);
        return new Step.Caller(caller.with(saved, entry.signal()), Optional.empty());
    }

    private Step interrupted(OrcEntry entry, X86State state, X86Registers registers, long at)
            throws IOException, Unreadable {
        X86State before = X86State.interrupted(registers, state.framePointer());
        long saved = framePointer(entry, state, at).orElse(before.framePointer());
        return new Step.Caller(before.with(saved, entry.signal()), Optional.of(registers));
    }

    /// What `rsp` was before the call, or where registers are saved.
    private long previous(OrcEntry entry, X86State state) throws IOException, Unreadable {
        int offset = entry.stackOffset();
        return switch (entry.stackRegister()) {
            case SP -> state.stackPointer() + offset;
            case BP -> state.framePointer() + offset;
            case BP_INDIRECT -> word(state.framePointer() + offset);
            case SP_INDIRECT -> word(state.stackPointer()) + offset;
            case AX -> register(X86Register.RAX, state) + offset;
            case DX -> register(X86Register.RDX, state) + offset;
            case DI -> register(X86Register.RDI, state) + offset;
            case R10 -> register(X86Register.R10, state) + offset;
            case R13 -> register(X86Register.R13, state) + offset;
            case UNDEFINED, PREV_SP ->
                throw new Unreadable("the unwind table for " + hex(state.instruction()) + " makes no sense");
        };
    }

    private static long register(X86Register register, X86State state) throws Unreadable {
        OptionalLong value = state.registers().map(all -> all.find(register)).orElse(OptionalLong.empty());
        if (value.isEmpty()) {
            throw new Unreadable("the caller of " + hex(state.instruction()) + " is found by " + register.lowerName()
                    + ", which is not known");
        }
        return value.getAsLong();
    }

    /// What `rbp` was before; empty if it did not change.
    private OptionalLong framePointer(OrcEntry entry, X86State state, long previous) throws IOException, Unreadable {
        return switch (entry.frameRegister()) {
            case PREV_SP -> OptionalLong.of(word(previous + entry.frameOffset()));
            case BP -> OptionalLong.of(word(state.framePointer() + entry.frameOffset()));
            case UNDEFINED -> OptionalLong.empty();
            case AX, DX, DI, SP, R10, R13, BP_INDIRECT, SP_INDIRECT ->
                throw new Unreadable("the unwind table for " + hex(state.instruction()) + " makes no sense");
        };
    }

    private long word(long address) throws IOException, Unreadable {
        OptionalLong word = stack.word(address);
        if (word.isEmpty()) {
            throw new Unreadable(stack.fault(address));
        }
        return word.getAsLong();
    }

    private MemorySegment bytes(long address, int length) throws IOException, Unreadable {
        Optional<MemorySegment> bytes = stack.bytes(address, length);
        if (bytes.isEmpty()) {
            throw new Unreadable(stack.fault(address));
        }
        return bytes.get();
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
