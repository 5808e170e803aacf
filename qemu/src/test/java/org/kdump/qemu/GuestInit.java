package org.kdump.qemu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/// PID 1 of the guest in [FourKernelsTest]: loads its modules, mounts its disk, writes what it sees there, powers off.
///
/// It runs in the guest, with java.base alone, from its class file.
final class GuestInit {
    private static final int O_RDONLY = 0;
    private static final long SYS_FINIT_MODULE = 313; // arch/x86/entry/syscalls/syscall_64.tbl
    private static final int RB_POWER_OFF = 0x4321fedc; // include/uapi/linux/reboot.h

    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final java.lang.foreign.AddressLayout ADDRESS = ValueLayout.ADDRESS;

    private GuestInit() {}

    public static void main(String[] arguments) throws Throwable {
        System.out.println("guest: Java is up");
        try (Arena arena = Arena.ofConfined()) {
            mount(arena, "proc", "/proc", "proc");
            mount(arena, "devtmpfs", "/dev", "devtmpfs");
            System.out.println("guest: pid " + ProcessHandle.current().pid());
            System.out.println("guest: "
                    + Files.readString(Path.of("/proc/meminfo"))
                            .lines()
                            .limit(3)
                            .toList());
            for (String module : Files.readAllLines(Path.of("/modules/order"))) {
                System.out.println("guest: " + module + " " + load(arena, "/modules/" + module));
            }
            mount(arena, "/dev/vda", "/mnt", "ext4");
            System.out.println("guest: input " + Files.readString(Path.of("/mnt/in/question.txt")));
            Files.copy(Path.of("/proc/version"), Path.of("/mnt/version.txt"));
            call("sync", FunctionDescriptor.ofVoid());
            System.out.println("guest: ready");
            if (Files.exists(Path.of("/wait"))) {
                System.in.read();
            }
            System.out.println("guest: power off");
            call("reboot", FunctionDescriptor.of(INT, INT), RB_POWER_OFF);
        }
    }

    private static void mount(Arena arena, String source, String target, String type) throws Throwable {
        Object result = call(
                "mount",
                FunctionDescriptor.of(INT, ADDRESS, ADDRESS, ADDRESS, LONG, ADDRESS),
                arena.allocateFrom(source),
                arena.allocateFrom(target),
                arena.allocateFrom(type),
                0L,
                MemorySegment.NULL);
        System.out.println("guest: mount " + target + " " + result);
    }

    private static Object load(Arena arena, String file) throws Throwable {
        Object descriptor = call("open", FunctionDescriptor.of(INT, ADDRESS, INT), arena.allocateFrom(file), O_RDONLY);
        return call(
                "syscall",
                FunctionDescriptor.of(LONG, LONG, LONG, ADDRESS, LONG),
                SYS_FINIT_MODULE,
                ((Integer) descriptor).longValue(),
                arena.allocateFrom(""),
                0L);
    }

    private static Object call(String name, FunctionDescriptor type, Object... arguments) throws Throwable {
        MethodHandle handle =
                LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type);
        return handle.invokeWithArguments(arguments);
    }
}
