package org.kdump.cli;

/// What the user asked for cannot be done; the message is the one line that says why, and what to do.
final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UserException(String message) {
        super(message);
    }
}
