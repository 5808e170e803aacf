package org.kdump.capture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What came of a capture.
///
/// @param file where the dump is: the target if it is complete, else the incomplete file beside it
/// @param complete whether the dump holds all that its level promises
/// @param level the level that was applied; it keeps more than was asked for where the kernel's memory could not be
///     understood
/// @param pages how many pages became what; every class has a number
/// @param bytesIn bytes of the machine's memory
/// @param bytesOut bytes of the file
/// @param duration from the first page looked at to the file being safe on disk
/// @param report what filters have to say, a line each
/// @param problems what is missing or could not be done, a sentence each
public record CaptureResult(
        Path file,
        boolean complete,
        DumpLevel level,
        Map<PageClass, Long> pages,
        long bytesIn,
        long bytesOut,
        Duration duration,
        List<String> report,
        List<String> problems) {
    /// @param pages copied
    /// @param report copied
    /// @param problems copied
    public CaptureResult {
        pages = Map.copyOf(pages);
        report = List.copyOf(report);
        problems = List.copyOf(problems);
    }

    /// The exit status of the command: 0 for a complete dump, else 1.
    public int exitStatus() {
        return complete ? 0 : 1;
    }
}
