package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.kdump.qemu.ConsoleLine;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.GdbStub;
import org.kdump.qemu.GuestException;
import org.kdump.qemu.KernelPackage;
import org.kdump.qemu.VirtualMachine;
import org.kdump.qemu.VirtualMachineSetup;

/// One machine that boots, loads, crashes, and is captured; the steps of it, for a test to put together.
final class Story implements AutoCloseable {
    /// Generous: these machines are emulated, and the host may have other things to do.
    static final Duration DEADLINE = Duration.ofMinutes(4);

    private static final Pattern FIRST_PROCESS = Pattern.compile("Run /init as init process");
    private static final int ATTEMPTS = 3;

    private final KernelPackage kernel;
    private final Path directory;
    private final CrashGuest guest;
    private final VirtualMachine machine;

    private Story(KernelPackage kernel, Path directory, CrashGuest guest, VirtualMachine machine) {
        this.kernel = kernel;
        this.directory = directory;
        this.guest = guest;
        this.machine = machine;
    }

    /// The distribution under test.
    static Path distribution() {
        String home = System.getProperty("kdump.dist", "");
        Path distribution = home.isEmpty() ? Path.of("../dist/kdump").toAbsolutePath() : Path.of(home);
        Assertions.assertTrue(
                Files.isExecutable(distribution.resolve("bin/kdump")),
                distribution + " is not there: run `make build`, or `make test`, which does");
        return distribution;
    }

    /// Starts a machine.
    ///
    /// @param reservation the value of `crashkernel=`; empty for none
    /// @param script what it does
    static Story start(DebianSuite suite, Path directory, String reservation, String... script) throws IOException {
        return start(suite, directory, guest -> guest.reservation(reservation).script(List.of(script)));
    }

    /// Starts a machine as `settings` make it.
    static Story start(DebianSuite suite, Path directory, UnaryOperator<CrashGuest> settings) throws IOException {
        return start(DebianKernels.ofHost().newest(suite), directory, settings);
    }

    /// Starts a machine with a certain kernel.
    static Story start(KernelPackage kernel, Path directory, UnaryOperator<CrashGuest> settings) throws IOException {
        CrashGuest guest = settings.apply(CrashGuest.of(kernel, distribution(), directory));
        return new Story(kernel, directory, guest, booted(guest.build().gdb()));
    }

    /// The emulation of several processors now and then executes half of what a kernel patches into its own
    /// code: the
    /// machine dies in its first seconds, before anything of ours runs in it. Then it is started again.
    private static VirtualMachine booted(VirtualMachineSetup setup) throws IOException {
        for (int attempt = 1; ; attempt++) {
            VirtualMachine machine = setup.start();
            try {
                machine.awaitLine("boot", FIRST_PROCESS, DEADLINE);
                return machine;
            } catch (GuestException died) {
                machine.close();
                if (attempt == ATTEMPTS) {
                    throw died;
                }
                System.err.println("the guest's first kernel died, and is started again: " + died.getMessage());
            }
        }
    }

    KernelPackage kernel() {
        return kernel;
    }

    /// Waits for a line on the console.
    ConsoleLine see(String pattern) throws IOException {
        return machine.awaitLine(pattern, Pattern.compile(pattern), DEADLINE);
    }

    /// Waits for a line that should come soon, if ever.
    ConsoleLine seeSoon(String pattern) throws IOException {
        return machine.awaitLine(pattern, Pattern.compile(pattern), Duration.ofSeconds(15));
    }

    /// Waits for the end of a verb, which must have succeeded.
    void seeSuccess() throws IOException {
        String line = see("guest: status \\d+ after").text();
        Assertions.assertTrue(line.contains("status 0"), () -> line + "\n" + console());
    }

    /// Lets time pass in the machine.
    void pass(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Changes physical memory of the machine, which stands still meanwhile.
    void poke(long physicalAddress, byte[] bytes) throws IOException {
        try (GdbStub stub = machine.gdbStub()) {
            stub.write(physicalAddress, bytes);
        }
    }

    /// Physical memory of the machine.
    byte[] peek(long physicalAddress, int size) throws IOException {
        try (GdbStub stub = machine.gdbStub()) {
            return stub.read(physicalAddress, size);
        }
    }

    /// Sends all processors an NMI.
    void injectNmi() throws IOException {
        machine.monitor().injectNmi();
    }

    /// Lets a processor meet a machine check.
    void machineCheck(int processor, int bank, long status, long global, long address) throws IOException {
        machine.monitor().machineCheck(processor, bank, status, global, address);
    }

    /// Plugs a memory module in.
    void addMemory(long bytes) throws IOException {
        machine.monitor().addMemory(bytes);
    }

    /// Plugs a third processor in.
    void addProcessor() throws IOException {
        machine.monitor().addProcessor();
    }

    /// Takes memory from the machine through its balloon.
    void balloon(long bytes) throws IOException {
        machine.monitor().balloon(bytes);
    }

    /// Lets a script that waits go on.
    void goOn() throws IOException {
        machine.type("\n");
    }

    /// What both kernels have said.
    String console() {
        return String.join("\n", machine.lines().stream().map(ConsoleLine::text).toList());
    }

    /// Waits until the dump is taken and the machine is off, and fetches what the capture left.
    ///
    /// @return the directory of the dump
    Path captured() throws IOException {
        String end = see("the dump is (NOT )?complete|THE CAPTURE FAILED").text();
        Assertions.assertTrue(end.contains("the dump is complete"), () -> console());
        return fetched();
    }

    /// Waits until the machine has ended by itself.
    void poweredOff() throws IOException {
        machine.awaitExit("power off", DEADLINE);
    }

    /// Fetches a dump of a machine that is off.
    ///
    /// @param name its directory in /var/crash
    Path dump(String name) throws IOException {
        return crashes().resolve(name).resolve("vmcore");
    }

    private Path crashes() throws IOException {
        Path target = Files.createDirectories(directory.resolve("fetched"));
        guest.disk().extractTree(CrashGuest.DUMPS, target);
        return target.resolve("crash");
    }

    /// Waits until the machine is off, and fetches the one directory in /var/crash.
    Path fetched() throws IOException {
        poweredOff();
        try (Stream<Path> all = Files.list(crashes())) {
            return all.findFirst().orElseThrow();
        }
    }

    @Override
    public void close() throws IOException {
        machine.close();
        Files.deleteIfExists(directory.resolve("disk.img"));
    }
}
