package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/// A step to the caller where the unwind tables do not lead on: by the frame pointer, else by a search of the stack.
record GuessStep(StackMemory stack, ReturnAddresses code) {
    /// What was guessed.
    record Guess(X86State state, StackFrame.Origin origin) {}

    /// @param function where the frame's function begins; empty if it is not known
    /// @param hasTable whether there is an unwind table for the frame, so that `rbp` is no frame pointer
    /// @return empty if nothing else on that stack looks like a frame
    /// @throws IOException if the dump cannot be read
    Optional<Guess> from(X86State state, OptionalLong function, boolean hasTable) throws IOException {
        Optional<StackArea> area = stack.area(state.stackPointer());
        if (area.isEmpty()) {
            return Optional.empty();
        }
        Optional<Guess> byPointer = hasTable ? Optional.empty() : byFramePointer(state, area.get());
        return byPointer.isPresent() ? byPointer : bySearch(state, function, area.get());
    }

    private Optional<Guess> byFramePointer(X86State state, StackArea area) throws IOException {
        long frame = state.framePointer();
        if (!area.contains(frame) || frame < state.stackPointer()) {
            return Optional.empty();
        }
        OptionalLong caller = stack.word(frame + Long.BYTES);
        OptionalLong saved = stack.word(frame);
        if (caller.isEmpty() || saved.isEmpty() || !code.contains(caller.getAsLong())) {
            return Optional.empty();
        }
        X86State found = X86State.called(caller.getAsLong(), frame + 2 * Long.BYTES, saved.getAsLong());
        return Optional.of(new Guess(found, StackFrame.Origin.FRAME_POINTER));
    }

    private Optional<Guess> bySearch(X86State state, OptionalLong function, StackArea area) throws IOException {
        for (long at = state.stackPointer() + Long.BYTES - 1 & -Long.BYTES; at < area.high(); at += Long.BYTES) {
            OptionalLong word = stack.word(at);
            if (word.isPresent() && code.contains(word.getAsLong())) {
                X86State found = X86State.called(word.getAsLong(), at + Long.BYTES, state.framePointer());
                return Optional.of(new Guess(found, calls(word.getAsLong(), function)));
            }
        }
        return Optional.empty();
    }

    /// What is behind a call of the very function is its caller.
    private StackFrame.Origin calls(long returnAddress, OptionalLong function) throws IOException {
        return function.isPresent() && function.equals(code.called(returnAddress))
                ? StackFrame.Origin.CALL
                : StackFrame.Origin.SEARCH;
    }
}
