package org.kdump.qemu;

import java.io.IOException;
import java.util.List;

/// A machine did not do what was expected of it: not in time, or it ended before.
///
/// The message has the stage, what was waited for, and the last lines of the console.
public final class GuestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String stage;
    private final transient List<ConsoleLine> lastLines;

    GuestException(String stage, String what, List<ConsoleLine> lastLines) {
        super(message(stage, what, lastLines));
        this.stage = stage;
        this.lastLines = List.copyOf(lastLines);
    }

    private static String message(String stage, String what, List<ConsoleLine> lastLines) {
        StringBuilder text = new StringBuilder(stage).append(": ").append(what);
        if (lastLines.isEmpty()) {
            return text.append("; the console stayed empty").toString();
        }
        text.append("; the console's last lines:");
        lastLines.forEach(line -> text.append("\n    ").append(line));
        return text.toString();
    }

    /// The stage that failed, as the caller named it.
    public String stage() {
        return stage;
    }

    /// The console's last lines, oldest first.
    public List<ConsoleLine> lastLines() {
        return lastLines == null ? List.of() : lastLines;
    }
}
