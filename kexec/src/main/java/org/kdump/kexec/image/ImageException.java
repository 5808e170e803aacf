package org.kdump.kexec.image;

import java.io.IOException;

/// A file is no kernel that can be loaded, or not in the way that was asked for. The message is one line that names
/// the file, says what is wrong with it, and where there is one, the way out.
public final class ImageException extends IOException {
    private static final long serialVersionUID = 1L;

    ImageException(String message) {
        super(message);
    }

    ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
