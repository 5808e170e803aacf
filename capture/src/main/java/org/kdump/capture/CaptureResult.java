package org.kdump.capture;

import java.time.Duration;
import java.util.List;

/// What became of a dump.
///
/// @param pages page frames that the machine had
/// @param written pages that the dump holds in full
/// @param zero pages of zeroes, left out
/// @param free free pages, left out
/// @param notInSource pages that the source had left out already
/// @param unreadable pages that could not be read and are missing from the dump
/// @param bytes size of the file
/// @param pageSize bytes of a page
/// @param duration how long it took
/// @param problems what is wrong with the dump or was done otherwise than asked, a sentence each
public record CaptureResult(
        long pages,
        long written,
        long zero,
        long free,
        long notInSource,
        long unreadable,
        long bytes,
        int pageSize,
        Duration duration,
        List<String> problems) {
    /// Whether everything that was to be in the dump is in it.
    public boolean isComplete() {
        return unreadable == 0;
    }
}
