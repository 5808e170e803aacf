package org.kdump.syscall;

import java.io.IOException;

/// A system call that the kernel refused: its name, the error, and what it was about.
public final class SystemCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int number;

    /// @param call the call's name, in lower case
    /// @param number the kernel's error number, positive
    /// @param argument what the call was about, in words; may be empty
    public SystemCallException(String call, int number, String argument) {
        super(call + (argument.isEmpty() ? "" : " " + argument) + ": " + Errno.describe(number));
        this.call = call;
        this.number = number;
    }

    /// The call's name, as `kexec_load`.
    public String call() {
        return call;
    }

    /// The kernel's error number (`include/uapi/asm-generic/errno-base.h`), positive.
    public int number() {
        return number;
    }

    /// The error; [Errno#OTHER] if it has no name here.
    public Errno errno() {
        return Errno.of(number);
    }
}
