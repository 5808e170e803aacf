package org.kdump.qemu;

import java.time.Duration;

/// A line that a machine wrote on its serial console.
///
/// @param at when it was complete, counted from the start of the machine
/// @param text the line without its end, without escape sequences and other control characters
public record ConsoleLine(Duration at, String text) {
    /// `[  12.345] text`, seconds.
    @Override
    public String toString() {
        return "[%8.3f] %s".formatted(at.toNanos() / 1e9, text);
    }
}
