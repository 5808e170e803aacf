package org.kdump.syscall;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// `mount(2)` and `umount2(2)`.
public final class Mounts {
    /// Flag: nothing can be written (`MS_RDONLY`).
    public static final long READ_ONLY = 1;
    /// Flag: set-user-ID bits do nothing (`MS_NOSUID`).
    public static final long NO_SET_USER_ID = 2;
    /// Flag: device files do nothing (`MS_NODEV`).
    public static final long NO_DEVICES = 4;
    /// Flag: nothing can be executed (`MS_NOEXEC`).
    public static final long NO_EXECUTION = 8;

    /// `FIFREEZE` (include/uapi/linux/fs.h).
    private static final long FREEZE = 0xc0045877L;

    private Mounts() {}

    /// Mounts a file system.
    ///
    /// @param source the device, or any word for a file system that has none
    /// @param target an existing directory
    /// @param type the file system's name, as `proc`
    /// @param flags this class's constants, ored
    /// @param data the file system's own options; may be empty
    /// @throws SystemCallException whatever the kernel has against it
    public static void mount(String source, Path target, String type, long flags, String data)
            throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            SystemCall.MOUNT.call(
                    "of " + type + " " + source + " on " + target,
                    arena.allocateFrom(source).address(),
                    arena.allocateFrom(target.toString()).address(),
                    arena.allocateFrom(type).address(),
                    flags,
                    (data.isEmpty() ? MemorySegment.NULL : arena.allocateFrom(data)).address());
        }
    }

    /// Freezes a file system: what writes to it waits until it is thawed.
    ///
    /// @param target the directory it is mounted on
    /// @throws SystemCallException if it cannot be frozen, or is already
    public static void freeze(Path target) throws SystemCallException {
        try (var descriptor = Descriptor.openReadOnly(target)) {
            SystemCall.IOCTL.call(target.toString(), descriptor.number(), FREEZE, 0);
        }
    }

    /// Unmounts the file system at a directory; what is written to it is then on its device.
    ///
    /// @param target the directory it is mounted on
    /// @throws SystemCallException if nothing is mounted there, or it is in use
    public static void unmount(Path target) throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            SystemCall.UMOUNT2.call(
                    target.toString(), arena.allocateFrom(target.toString()).address(), 0);
        }
    }
}
