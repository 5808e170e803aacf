package org.kdump.vmcore;

/// Memory that is a file, and of which a page may be gone when it is read: the file was cut off, or its disk fails.
public final class MappedMemory {
    private static final Object NOTHING = new Object();

    private MappedMemory() {}

    /// Throws what this thread's last read of such memory has met, if anything.
    ///
    /// Compiled code does not throw it where it reads, but when the thread next looks up from it, as at any native
    /// call: called behind the read, that is here, and not in a caller who does not expect it.
    ///
    /// @throws InternalError if a page was gone; what was read in its place is garbage
    public static void check() {
        Thread.holdsLock(NOTHING);
    }
}
