package org.kdump.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ProgramHeader;
import org.kdump.syscall.KernelModules;
import org.kdump.syscall.Mounts;
import org.kdump.syscall.Processes;

/// The init of the machine that is going to crash, in the demo and in the tests.
///
/// In a capture kernel it says what `/proc/vmcore` holds, and ends. In any other it does what `/script` says, a line
/// each: a verb of the `kdump` command with its options, or one of
/// - `!wait`: says so, and goes on when a line is typed on the console
/// - `!keep NAME TEXT`: writes a file on the disk
/// - `!write FILE TEXT`: writes a file of the running system, as those in /proc/sys
/// - `!read DIRECTORY`: reads every file of a directory, so that memory is full of files
/// - `!module FILE`: loads a module
/// - `!hang`: lets a task wait for ever to write to the disk
/// - `!listen PORT`: waits for connections from then on
/// - `!busy`: lets a task open and close a file for ever, so that a CPU is busy, and RCU has work
/// - `!eat`: takes all memory there is
/// - `!poison USE`: lets the kernel take a page for broken; `free`, `cache`, `hugetlb` or `anonymous`
/// - `!unplug`: takes a block of memory from the kernel
/// - `!sleep SECONDS`: does nothing
/// - `!user NUMBER`: goes on in the right of that user
/// - `!crash`: unmounts the disk and lets the kernel panic (`echo c > /proc/sysrq-trigger`)
/// - `!link TARGET LINK`: makes a symbolic link
/// - `!efi`: says what UEFI's runtime services answer
/// - `!exec PROGRAM ARGUMENT…`: runs a program that is no verb of ours
/// - `!chain COUNT`: boots this guest again by `kdump boot`, until that was done so often
/// - `!turn STEP…`: does the rest of the line once in the machine's life, whichever kernels run it in the meantime
/// - `!reboot`: boots once again through the firmware
/// - `!poweroff`: ends the machine in peace
public final class GuestInit {
    private static final long MOUTHFUL = 32 << 20;

    private static int turnsMet;

    private static final Path VMCORE = Path.of("/proc/vmcore");

    private GuestInit() {}

    /// Runs as PID 1.
    public static void main(String[] arguments) throws IOException {
        try {
            FirstProcess.setUp();
            if (Files.exists(VMCORE)) {
                showVmcore();
                GuestFirmware.show();
                FirstProcess.end("poweroff");
            }
            FirstProcess.mountDisk("/dev/vda", "ext4");
            showLockdown();
            for (String line : Files.readAllLines(Path.of("/script"))) {
                step(KernelArguments.words(line));
            }
        } catch (IOException | RuntimeException e) {
            FirstProcess.say("guest failed: " + Main.reason(e));
        }
        FirstProcess.end("poweroff");
    }

    /// Where the kernel has lockdown it is seen in securityfs; elsewhere there is no such file system to mount.
    private static void showLockdown() throws IOException {
        Path directory = Path.of("/sys/kernel/security");
        if (Files.exists(directory)) {
            Mounts.mount("securityfs", directory, "securityfs", 0, "");
        }
    }

    private static void step(List<String> words) throws IOException {
        switch (words.getFirst()) {
            case "!wait" -> {
                FirstProcess.say("guest waits");
                System.in.read();
            }
            case "!keep" -> Files.writeString(FirstProcess.DISK.resolve(words.get(1)), words.get(2));
            // As echo does: IMA, for one, counts the end of the line even where it is missing.
            case "!write" -> Files.writeString(Path.of(words.get(1)), words.get(2) + "\n");
            case "!read" -> readAll(Path.of(words.get(1)));
            case "!module" -> KernelModules.load(Path.of(words.get(1)), "");
            case "!hang" -> hang();
            case "!listen" -> listen(Integer.parseInt(words.get(1)));
            case "!busy" -> Thread.ofPlatform().name("busy").start(GuestInit::work);
            case "!eat" -> eat();
            case "!poison" -> GuestMemory.poison(words.get(1));
            case "!unplug" -> GuestMemory.unplug();
            case "!sleep" -> sleep(Integer.parseInt(words.get(1)));
            case "!user" -> Processes.actAs(Integer.parseInt(words.get(1)));
            case "!crash" -> {
                FirstProcess.say("guest crashes now");
                Mounts.unmount(FirstProcess.DISK);
                Files.writeString(Path.of("/proc/sysrq-trigger"), "c");
            }
            case "!link" -> link(Path.of(words.get(1)), Path.of(words.get(2)));
            case "!efi" -> GuestFirmware.show();
            case "!exec" -> execute(words.subList(1, words.size()));
            case "!chain" -> chain(Integer.parseInt(words.get(1)));
            case "!turn" -> turn(words.subList(1, words.size()));
            case "!reboot" -> reboot();
            case "!poweroff" -> FirstProcess.end("poweroff");
            default -> run(words);
        }
    }

    /// As a capture kernel's init it takes no dump, but says what there is to be dumped.
    private static void showVmcore() throws IOException {
        try (var channel = FileChannel.open(VMCORE)) {
            for (ProgramHeader segment :
                    ElfFile.read(ByteSource.of(VMCORE.toString(), channel)).programHeaders()) {
                FirstProcess.say("vmcore segment type %d physical 0x%x size 0x%x"
                        .formatted(segment.type(), segment.physicalAddress(), segment.memorySize()));
            }
        }
        FirstProcess.say(FirstProcess.memory());
        FirstProcess.say("vmcore ends");
    }

    private static void link(Path target, Path link) throws IOException {
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, target);
    }

    /// By turns: load and boot in two, at once with nothing unmounted, and as the kernel itself lays it out.
    private static void chain(int count) throws IOException {
        int number = Integer.parseInt(KernelArguments.ofRunningKernel().value("chain", "0"));
        FirstProcess.say("guest is number " + number);
        if (number == count) {
            return;
        }
        List<String> image = List.of(
                "/mnt/boot/vmlinuz",
                "--initrd=/mnt/boot/guest.img",
                "--reuse-cmdline",
                "--append=kdump.chain=" + (number + 1));
        switch (number % 3) {
            case 0 -> {
                run(verb("load", image));
                run(List.of("boot"));
            }
            case 1 -> run(verb("boot", image, "--force"));
            default -> run(verb("boot", image, "-s"));
        }
    }

    private static List<String> verb(String name, List<String> arguments, String... more) {
        return Stream.of(List.of(name), arguments, List.of(more))
                .flatMap(List::stream)
                .toList();
    }

    private static void execute(List<String> words) throws IOException {
        FirstProcess.say("guest: exec " + String.join(" ", words));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(words).inheritIO().start();
        try {
            int status = process.waitFor();
            FirstProcess.say("guest: status %d after %.2f s".formatted(status, (System.nanoTime() - start) / 1e9));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The disk remembers how many turns were taken; this kernel counts those that it has met.
    private static void turn(List<String> words) throws IOException {
        Path file = FirstProcess.DISK.resolve("turns");
        int taken = Files.exists(file) ? Integer.parseInt(Files.readString(file)) : 0;
        if (turnsMet++ == taken) {
            Files.writeString(file, Integer.toString(taken + 1));
            FirstProcess.say("guest takes turn " + (taken + 1));
            step(words);
        }
    }

    private static void reboot() throws IOException {
        Path mark = FirstProcess.DISK.resolve("rebooted");
        if (Files.notExists(mark)) {
            Files.createFile(mark);
            FirstProcess.say("guest reboots");
            Mounts.unmount(FirstProcess.DISK);
            FirstProcess.end("reboot");
        }
    }

    private static void hang() throws IOException {
        Mounts.freeze(FirstProcess.DISK);
        Thread.ofPlatform().name("hanging").start(() -> {
            try {
                Files.writeString(FirstProcess.DISK.resolve("never"), "");
            } catch (IOException e) {
                FirstProcess.say("guest does not hang: " + Main.reason(e));
            }
        });
    }

    private static void listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket(port);
        Thread.ofPlatform().name("listening").start(() -> {
            try {
                socket.accept();
            } catch (IOException e) {
                FirstProcess.say("guest does not listen: " + Main.reason(e));
            }
        });
    }

    private static void work() {
        while (true) {
            try {
                Files.readString(Path.of("/proc/loadavg"));
            } catch (IOException e) {
                FirstProcess.say("guest is not busy: " + Main.reason(e));
                return;
            }
        }
    }

    private static void eat() {
        for (long eaten = 0; ; eaten += MOUTHFUL) {
            Arena.global().allocate(MOUTHFUL).fill((byte) 1);
            FirstProcess.say("guest has eaten %d MiB".formatted(eaten >> 20));
        }
    }

    private static void sleep(int seconds) {
        try {
            Thread.sleep(Duration.ofSeconds(seconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void readAll(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                try (InputStream content = Files.newInputStream(file)) {
                    bytes += content.transferTo(OutputStream.nullOutputStream());
                }
            }
        }
        FirstProcess.say("guest read %d MiB".formatted(bytes >> 20));
    }

    private static void run(List<String> words) {
        FirstProcess.say("guest: kdump " + String.join(" ", words));
        long start = System.nanoTime();
        int status = Main.execute(words.toArray(String[]::new));
        FirstProcess.say("guest: status %d after %.1f s".formatted(status, (System.nanoTime() - start) / 1e9));
    }
}
