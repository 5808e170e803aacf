package org.kdump.syscall;

import java.util.Arrays;

/// The kernel's errors that the calls made here give, with their numbers on x86_64 and arm64 (Linux
/// `include/uapi/asm-generic/errno-base.h` and `errno.h`).
public enum Errno {
    /// Not the right or the capability.
    EPERM(1, "not permitted"),
    /// No file, process or thing of that name.
    ENOENT(2, "no such file or directory"),
    /// A signal came in between.
    EINTR(4, "interrupted"),
    /// The device failed.
    EIO(5, "input or output failed"),
    /// The device is not there.
    ENXIO(6, "no such device or address"),
    /// Not an executable, or not a module of this kernel.
    ENOEXEC(8, "not of a form that this kernel accepts"),
    /// Not an open descriptor.
    EBADF(9, "no open file"),
    /// No child to wait for.
    ECHILD(10, "no child process"),
    /// Not now.
    EAGAIN(11, "not now, try again"),
    /// No memory.
    ENOMEM(12, "out of memory"),
    /// The file's mode forbids it.
    EACCES(13, "permission denied"),
    /// An address that is not the caller's.
    EFAULT(14, "bad address"),
    /// A block device is wanted.
    ENOTBLK(15, "not a block device"),
    /// In use.
    EBUSY(16, "busy"),
    /// There already.
    EEXIST(17, "exists already"),
    /// No such device or file system.
    ENODEV(19, "no such device"),
    /// Part of the path is no directory.
    ENOTDIR(20, "not a directory"),
    /// A directory where a file is wanted.
    EISDIR(21, "is a directory"),
    /// The arguments make no sense to this kernel.
    EINVAL(22, "invalid argument"),
    /// Too many open files in the system.
    ENFILE(23, "too many open files in the system"),
    /// Too many open files in this process.
    EMFILE(24, "too many open files"),
    /// Larger than a file may be.
    EFBIG(27, "file too large"),
    /// No space.
    ENOSPC(28, "no space left on the device"),
    /// A file system that cannot be written to.
    EROFS(30, "read-only file system"),
    /// The call is not in this kernel.
    ENOSYS(38, "this kernel has no such call"),
    /// A loop of symbolic links.
    ELOOP(40, "too many symbolic links"),
    /// No data: here, a kernel without a signature where one is demanded.
    ENODATA(61, "no data available"),
    /// Not what it claims to be: here, a signature.
    EBADMSG(74, "not a valid message"),
    /// Not supported.
    EOPNOTSUPP(95, "not supported"),
    /// An address that is not available.
    EADDRNOTAVAIL(99, "address not available"),
    /// The key that signs a module is unknown.
    ENOKEY(126, "required key not available"),
    /// The signature is refused.
    EKEYREJECTED(129, "key was rejected"),
    /// Any other.
    OTHER(-1, "error");

    private final int number;
    private final String words;

    Errno(int number, String words) {
        this.number = number;
        this.words = words;
    }

    static Errno of(int number) {
        return Arrays.stream(values())
                .filter(errno -> errno.number == number)
                .findFirst()
                .orElse(OTHER);
    }

    static String describe(int number) {
        var errno = of(number);
        return errno == OTHER
                ? errno.words + " " + number
                : errno.words + " (" + errno.name() + ", errno " + number + ")";
    }
}
