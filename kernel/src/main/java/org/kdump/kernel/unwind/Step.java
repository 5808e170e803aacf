package org.kdump.kernel.unwind;

import java.util.Optional;

/// What a step from a frame to its caller's led to.
sealed interface Step {
    /// A caller, or the code that was interrupted.
    ///
    /// @param state where it stands
    /// @param saved the registers that the frame just left had saved of it
    record Caller(X86State state, Optional<X86Registers> saved) implements Step {}

    /// The frame was the last one.
    record End() implements Step {}

    /// The caller cannot be told.
    ///
    /// @param reason why, as a sentence
    record Lost(String reason) implements Step {}
}
