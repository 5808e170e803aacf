package org.kdump.kernel.unwind;

import java.util.List;
import java.util.Optional;

/// A stack, from the innermost frame out.
///
/// @param frames as far as they were found
/// @param registers those that it begins with, of a task that ran
/// @param problem why it is not all, or how it was gone on with by guess, as a sentence; empty if it is whole and
/// certain
public record Backtrace(List<StackFrame> frames, Optional<X86Registers> registers, Optional<String> problem) {
    /// Copies the list.
    public Backtrace {
        frames = List.copyOf(frames);
    }

    /// Whether it reaches the stack's end, by the unwind tables alone.
    public boolean isWhole() {
        return problem.isEmpty();
    }
}
