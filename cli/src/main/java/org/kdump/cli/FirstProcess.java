package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.syscall.KernelModules;
import org.kdump.syscall.Mounts;
import org.kdump.syscall.Reboot;

/// What a machine needs whose only program is this one, as PID 1: the kernel's file systems, modules, a disk, an end.
final class FirstProcess {
    /// Where the disk is mounted.
    static final Path DISK = Path.of("/mnt");

    private static final Duration DEVICE_DEADLINE = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 50;

    private FirstProcess() {}

    /// Mounts /proc, /sys and /dev, and loads the modules that the image carries.
    static void setUp() throws IOException {
        Mounts.mount("proc", Path.of("/proc"), "proc", 0, "");
        Mounts.mount("sysfs", Path.of("/sys"), "sysfs", 0, "");
        Mounts.mount("devtmpfs", Path.of("/dev"), "devtmpfs", 0, "");
        loadModules(Path.of("/modules"));
    }

    /// A module that cannot be loaded is told and passed over: the dump may be written without it.
    private static void loadModules(Path directory) throws IOException {
        for (String name : Files.readAllLines(directory.resolve("order"))) {
            try {
                KernelModules.load(directory.resolve(name), "");
            } catch (IOException e) {
                say("module " + name + ": " + e.getMessage());
            }
        }
    }

    /// Mounts a disk at [#DISK], waiting for the device to appear.
    ///
    /// @param device its path
    /// @param type the file system
    static void mountDisk(String device, String type) throws IOException {
        await(Path.of(device));
        Mounts.mount(device, DISK, type, Mounts.NO_EXECUTION, "");
    }

    private static void await(Path device) throws IOException {
        long end = System.nanoTime() + DEVICE_DEADLINE.toNanos();
        while (Files.notExists(device)) {
            if (System.nanoTime() > end) {
                throw new IOException(device + ": did not appear within " + DEVICE_DEADLINE.toSeconds()
                        + " s; present are " + blockDevices());
            }
            sleep();
        }
    }

    private static List<String> blockDevices() throws IOException {
        try (var devices = Files.list(Path.of("/sys/class/block"))) {
            return devices.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends the machine: `poweroff`, `reboot` or `halt`.
    static void end(String how) throws IOException {
        System.out.flush();
        switch (how) {
            case "reboot" -> Reboot.restart();
            case "halt" -> Reboot.halt();
            default -> Reboot.powerOff();
        }
    }

    /// A line on the console.
    static void say(String text) {
        System.out.println("kdump: " + text);
        System.out.flush();
    }

    /// How much memory there is here, and how much of it this program takes.
    static String memory() throws IOException {
        return "memory: " + field("/proc/meminfo", "MemTotal") + " in all, " + field("/proc/meminfo", "MemAvailable")
                + " available, " + field("/proc/self/status", "VmHWM") + " at most used by us";
    }

    private static String field(String file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(text -> text.startsWith(name + ":"))
                    .map(text -> text.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("?");
        }
    }
}
