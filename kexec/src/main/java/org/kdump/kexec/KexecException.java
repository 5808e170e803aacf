package org.kdump.kexec;

import java.io.IOException;

/// A kernel cannot be loaded. The message is one line: what is in the way, and where there is one, the way out.
public final class KexecException extends IOException {
    private static final long serialVersionUID = 1L;

    KexecException(String message) {
        super(message);
    }

    KexecException(String message, Throwable cause) {
        super(message, cause);
    }
}
