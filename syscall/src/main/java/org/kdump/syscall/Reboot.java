package org.kdump.syscall;

/// `reboot(2)`: ends the running of this kernel. Each first writes out what is buffered (`sync(2)`), and returns only
/// if the kernel refuses. The commands are those of Linux `include/uapi/linux/reboot.h`.
public final class Reboot {
    private static final long MAGIC_1 = 0xfee1dead;
    private static final long MAGIC_2 = 0x28121969;

    private Reboot() {}

    /// Switches the machine off.
    ///
    /// @throws SystemCallException if the kernel refuses
    public static void powerOff() throws SystemCallException {
        reboot("power off", 0x4321fedcL);
    }

    /// Starts the machine anew, through its firmware.
    ///
    /// @throws SystemCallException if the kernel refuses
    public static void restart() throws SystemCallException {
        reboot("restart", 0x01234567L);
    }

    /// Stops the machine and leaves it on.
    ///
    /// @throws SystemCallException if the kernel refuses
    public static void halt() throws SystemCallException {
        reboot("halt", 0xcdef0123L);
    }

    /// Enters the kernel loaded by [Kexec#load] without [Kexec#KEXEC_ON_CRASH].
    ///
    /// @throws SystemCallException if none is loaded
    public static void kexec() throws SystemCallException {
        reboot("kexec", 0x45584543L);
    }

    private static void reboot(String what, long command) throws SystemCallException {
        SystemCall.SYNC.call("");
        SystemCall.REBOOT.call("(" + what + ")", MAGIC_1, MAGIC_2, command, 0);
    }
}
