package org.kdump.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A running QEMU machine whose serial console is followed line by line.
///
/// ```java
/// try (VirtualMachine machine = VirtualMachine.of(kernel.vmlinuz())
///         .initrd(image).commandLine("console=ttyS0 panic=-1").memory(1024).disk(disk).start()) {
///     machine.awaitLine("boot", line -> line.contains("ready"), Duration.ofSeconds(60));
///     machine.awaitExit("power off", Duration.ofSeconds(30));
/// }
/// ```
///
/// [#close] ends the process in any case, and so does the end of this JVM. Methods may be called from several threads;
/// lines are awaited by one at a time.
public final class VirtualMachine implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Process process;
    private final Path directory;
    private final Console console;
    private final Thread lastResort;

    private VirtualMachine(Process process, Path directory, Console console) {
        this.process = process;
        this.directory = directory;
        this.console = console;
        this.lastResort = new Thread(this::endForcibly, "end QEMU " + process.pid());
        Runtime.getRuntime().addShutdownHook(lastResort);
    }

    /// A machine to be set up, for a kernel image.
    ///
    /// @param vmlinuz a bzImage
    public static VirtualMachineSetup of(Path vmlinuz) {
        return new VirtualMachineSetup(vmlinuz);
    }

    static VirtualMachine start(VirtualMachineSetup setup) throws IOException {
        Path directory = Files.createTempDirectory("kdump-vm-", Private.directory());
        Process process = null;
        VirtualMachine machine = null;
        try {
            OutputStream copy = setup.openConsoleFile();
            process = launch(setup.command(directory));
            Console console = new Console(process.getInputStream(), copy, setup.watcher());
            machine = new VirtualMachine(process, directory, console);
            return machine;
        } finally {
            if (machine == null) {
                Optional.ofNullable(process).ifPresent(Process::destroyForcibly);
                FileTree.delete(directory);
            }
        }
    }

    private static Process launch(List<String> command) throws IOException {
        try {
            // What QEMU itself has to say belongs to the console: it explains why a machine ended.
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            throw new IOException(
                    command.getFirst() + " cannot be started; install QEMU (Debian: apt install qemu-system-x86): "
                            + absent.getMessage(),
                    absent);
        }
    }

    /// Waits for a line of the console that matches, after the line that was awaited last.
    ///
    /// @param stage what is going on, for the error: `boot`, `load`, `capture`
    /// @param pattern found anywhere in the line
    /// @param deadline how long to wait, from now
    /// @return the line, with its time since the start
    /// @throws GuestException if it does not come in time, or the machine ends before
    /// @throws InterruptedIOException if the thread is interrupted
    public ConsoleLine awaitLine(String stage, Pattern pattern, Duration deadline) throws IOException {
        return awaitLine(stage, pattern.asPredicate(), deadline);
    }

    /// Waits for a line of the console that is wanted, after the line that was awaited last.
    ///
    /// @param stage what is going on, for the error: `boot`, `load`, `capture`
    /// @param wanted whether this is the line; asked once for each line
    /// @param deadline how long to wait, from now
    /// @return the line, with its time since the start
    /// @throws GuestException if it does not come in time, or the machine ends before
    /// @throws InterruptedIOException if the thread is interrupted
    public ConsoleLine awaitLine(String stage, Predicate<String> wanted, Duration deadline) throws IOException {
        return console.await(stage, wanted, deadline);
    }

    /// Waits until the machine has ended by itself: power off, or reset where it may not reboot.
    ///
    /// @return QEMU's exit status, 0 if all went well
    /// @throws GuestException if it does not end in time
    /// @throws InterruptedIOException if the thread is interrupted
    public int awaitExit(String stage, Duration deadline) throws IOException {
        if (!ended(deadline, stage)) {
            String what = "the machine did not end within %.1f s".formatted(deadline.toMillis() / 1e3);
            throw new GuestException(stage, what, console.tail());
        }
        console.drain();
        return process.exitValue();
    }

    private boolean ended(Duration deadline, String stage) throws IOException {
        try {
            return process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(stage + ": interrupted");
        }
    }

    /// Whether QEMU runs.
    public boolean isRunning() {
        return process.isAlive();
    }

    /// Time since the start.
    public Duration elapsed() {
        return console.elapsed();
    }

    /// The console's lines, oldest first: the last 20 000 of them, or 4 million characters.
    public List<ConsoleLine> lines() {
        return console.lines();
    }

    /// Types on the console.
    ///
    /// @param text sent as it is; a line wants its `\n`
    /// @throws IOException if the machine has ended
    public void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /// Connects to the monitor; one connection at a time.
    ///
    /// @throws IOException if the machine has ended
    public Monitor monitor() throws IOException {
        return Monitor.connect(directory.resolve(VirtualMachineSetup.MONITOR));
    }

    /// Connects to the gdb stub, which stops the machine until the stub is closed; one connection at a time.
    ///
    /// @throws IOException if the machine was not set up with one, or has ended
    public GdbStub gdbStub() throws IOException {
        return GdbStub.connect(gdbSocket());
    }

    /// The unix socket of the gdb stub, for a gdb to connect to (`target remote PATH`).
    public Path gdbSocket() {
        return directory.resolve(VirtualMachineSetup.GDB);
    }

    /// Ends QEMU, if it still runs, and takes its sockets away. The console's lines stay readable.
    ///
    /// @throws IOException if the sockets cannot be deleted
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        console.drain();
        forgetLastResort();
        FileTree.delete(directory);
    }

    private void endForcibly() {
        process.destroyForcibly();
        try {
            FileTree.delete(directory);
        } catch (IOException left) {
            // This JVM is ending: there is nobody to tell that an empty directory stays in /tmp.
        }
    }

    private void forgetLastResort() {
        try {
            Runtime.getRuntime().removeShutdownHook(lastResort);
        } catch (IllegalStateException endingAnyway) {
            // This JVM is ending, and the hook has run or will run; it does no harm.
        }
    }
}
