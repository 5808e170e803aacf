package org.kdump.qemu;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// Cuts a console's bytes into lines.
///
/// A line ends with `\n`, with a `\r` after which something else comes (a firmware or progress bar writes its line
/// anew), or after 4096 bytes. Escape sequences (ECMA-48: `ESC [ … letter`, `ESC ] … BEL`, `ESC letter`) and other
/// control characters are left out, and so are lines without anything in them. What is not UTF-8 becomes U+FFFD.
final class LineSplitter {
    private static final int LONGEST = 4096;
    private static final int ESCAPE = 0x1b;
    private static final int BELL = 0x07;

    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private State state = State.TEXT;

    private enum State {
        TEXT,
        RETURNED,
        ESCAPED,
        CONTROL_SEQUENCE,
        TITLE
    }

    LineSplitter(Consumer<String> lines) {
        this.lines = lines;
    }

    void accept(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            accept(bytes[i] & 0xff);
        }
    }

    private void accept(int value) {
        state = switch (state) {
            case TEXT -> text(value);
            case RETURNED -> returned(value);
            case ESCAPED -> escaped(value);
            case CONTROL_SEQUENCE -> value >= '@' && value <= '~' ? State.TEXT : State.CONTROL_SEQUENCE;
            case TITLE -> value == BELL || value == '\n' ? State.TEXT : State.TITLE;
        };
    }

    private State text(int value) {
        if (value == '\n') {
            end();
        } else if (value == '\r') {
            return State.RETURNED;
        } else if (value == ESCAPE) {
            return State.ESCAPED;
        } else if (value >= ' ' || value == '\t') {
            line.write(value);
            if (line.size() >= LONGEST) {
                end();
            }
        }
        return State.TEXT;
    }

    private State returned(int value) {
        if (value == '\r') {
            return State.RETURNED;
        }
        if (value != '\n') {
            end();
        }
        return text(value);
    }

    private static State escaped(int value) {
        return switch (value) {
            case '[' -> State.CONTROL_SEQUENCE;
            case ']' -> State.TITLE;
            case '(', ')', '#', ' ' -> State.ESCAPED;
            default -> State.TEXT;
        };
    }

    /// Ends the line that is there, as at the end of the stream.
    void end() {
        if (line.size() > 0) {
            lines.accept(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }
}
