package org.kdump.syscall;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Locale;

/// The system calls in use and their x86_64 numbers (Linux `arch/x86/entry/syscalls/syscall_64.tbl`).
///
/// All go through the C library's `syscall(2)` with six words, whatever they need: the kernel ignores the registers
/// that a call does not take, and each further shape of a downcall would cost seconds at first use in an emulated
/// machine.
enum SystemCall {
    WRITE(1),
    CLOSE(3),
    MMAP(9),
    MUNMAP(11),
    IOCTL(16),
    GETPID(39),
    WAIT4(61),
    GETEUID(107),
    SETRESUID(117),
    SYNC(162),
    MOUNT(165),
    UMOUNT2(166),
    REBOOT(169),
    INIT_MODULE(175),
    KEXEC_LOAD(246),
    OPENAT(257),
    FINIT_MODULE(313),
    MEMFD_CREATE(319),
    KEXEC_FILE_LOAD(320);

    private static final int ARGUMENTS = 6;
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MethodHandle SYSCALL = bind();

    private final long number;

    SystemCall(long number) {
        this.number = number;
    }

    /// What the kernel answered, or the error as an exception that names `argument`, the thing acted upon.
    long call(String argument, long... words) throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(Linker.Option.captureStateLayout());
            long result = invoke(state, words);
            if (result == -1) {
                throw new SystemCallException(name().toLowerCase(Locale.ROOT), state.get(JAVA_INT, 0), argument);
            }
            return result;
        }
    }

    private long invoke(MemorySegment state, long... words) {
        var all = Arrays.copyOf(words, ARGUMENTS);
        try {
            return (long) SYSCALL.invokeExact(state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static MethodHandle bind() {
        String machine = System.getProperty("os.arch");
        if (!machine.equals("amd64")) {
            throw new UnsupportedOperationException("no system call numbers for " + machine + ", only for x86_64");
        }
        var linker = Linker.nativeLinker();
        var shape = FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"), shape, ERRNO);
    }
}
