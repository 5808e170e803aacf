package org.kdump.syscall;

/// What a process asks about itself and its children; needed by a first process (PID 1).
public final class Processes {
    private static final long ANY_CHILD = -1;
    private static final long UNCHANGED = -1;
    private static final long WNOHANG = 1;

    private Processes() {}

    /// This process's number, 1 for the first process.
    public static long pid() {
        return sure(SystemCall.GETPID);
    }

    /// The user in whose right this process acts, 0 for root.
    public static long effectiveUserId() {
        return sure(SystemCall.GETEUID);
    }

    /// Lets the calling thread act in the right of `user` and, if it was root, lets it go back to that: the real and
    /// the
    /// saved user stay what they are.
    ///
    /// @throws SystemCallException if the kernel refuses
    public static void actAs(int user) throws SystemCallException {
        SystemCall.SETRESUID.call("", UNCHANGED, user, UNCHANGED);
    }

    /// Collects the children that ended, orphans of others too if this is the first process, without waiting.
    ///
    /// @return how many there were
    /// @throws SystemCallException if the kernel refuses
    public static int reapChildren() throws SystemCallException {
        int reaped = 0;
        while (reapOne()) {
            reaped++;
        }
        return reaped;
    }

    private static boolean reapOne() throws SystemCallException {
        try {
            return SystemCall.WAIT4.call("", ANY_CHILD, 0, WNOHANG, 0) > 0;
        } catch (SystemCallException refused) {
            if (refused.errno() == Errno.ECHILD) {
                return false;
            }
            throw refused;
        }
    }

    private static long sure(SystemCall call) {
        try {
            return call.call("");
        } catch (SystemCallException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
