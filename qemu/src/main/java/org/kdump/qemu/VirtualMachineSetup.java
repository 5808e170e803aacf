package org.kdump.qemu;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What a machine is made of, before it starts: two processors, 1 GiB, emulated, without a network, unless told
/// otherwise. Not safe for use by several threads.
public final class VirtualMachineSetup {
    static final String MONITOR = "monitor";
    static final String GDB = "gdb";
    private static final int PROCESSORS = 2;
    private static final int MEBIBYTES = 1024;

    private final Path vmlinuz;
    private final List<Path> disks = new ArrayList<>();
    private final List<String> more = new ArrayList<>();
    private List<String> program = List.of("qemu-system-x86_64");
    private Optional<Path> initrd = Optional.empty();
    private Optional<Path> consoleFile = Optional.empty();
    private String commandLine = "console=ttyS0 panic=-1";
    private Accelerator accelerator = Accelerator.TCG;
    private int processors = PROCESSORS;
    private int mebibytes = MEBIBYTES;
    private boolean reboots;
    private boolean gdb;
    private Consumer<ConsoleLine> watcher = line -> {};

    VirtualMachineSetup(Path vmlinuz) {
        this.vmlinuz = vmlinuz;
    }

    /// The initramfs.
    public VirtualMachineSetup initrd(Path image) {
        initrd = Optional.of(image);
        return this;
    }

    /// The kernel's command line; `console=ttyS0 panic=-1` unless told otherwise. Without `console=ttyS0` there is
    /// nothing to follow.
    public VirtualMachineSetup commandLine(String line) {
        commandLine = line;
        return this;
    }

    /// The words that start QEMU, if not the host's own.
    public VirtualMachineSetup program(List<String> words) {
        program = List.copyOf(words);
        return this;
    }

    /// Memory in MiB.
    public VirtualMachineSetup memory(int size) {
        mebibytes = size;
        return this;
    }

    /// The number of processors.
    public VirtualMachineSetup processors(int count) {
        processors = count;
        return this;
    }

    /// What runs the instructions.
    public VirtualMachineSetup accelerator(Accelerator chosen) {
        accelerator = chosen;
        return this;
    }

    /// One more virtio disk; the first is `/dev/vda`.
    public VirtualMachineSetup disk(Disk disk) {
        disks.add(disk.file());
        return this;
    }

    /// Where every byte of the console goes, replaced if it is there; mode 0600.
    public VirtualMachineSetup consoleFile(Path file) {
        consoleFile = Optional.of(file);
        return this;
    }

    /// Who is told each line of the console as it comes, on a thread of the machine; it must not take long.
    public VirtualMachineSetup watching(Consumer<ConsoleLine> consumer) {
        watcher = consumer;
        return this;
    }

    /// Lets a reset boot the machine again; else it ends the machine.
    public VirtualMachineSetup reboots() {
        reboots = true;
        return this;
    }

    /// Gives it a gdb stub: [VirtualMachine#gdbStub].
    public VirtualMachineSetup gdb() {
        gdb = true;
        return this;
    }

    /// Further arguments of QEMU, as they are.
    public VirtualMachineSetup arguments(List<String> all) {
        more.addAll(all);
        return this;
    }

    /// Starts the machine.
    ///
    /// @throws IOException if QEMU is not there or cannot be started; what it finds wrong with its arguments
    ///     shows when the first line is awaited
    public VirtualMachine start() throws IOException {
        return VirtualMachine.start(this);
    }

    Consumer<ConsoleLine> watcher() {
        return watcher;
    }

    OutputStream openConsoleFile() throws IOException {
        if (consoleFile.isEmpty()) {
            return OutputStream.nullOutputStream();
        }
        Files.deleteIfExists(consoleFile.get());
        Files.createFile(consoleFile.get(), Private.file());
        return Files.newOutputStream(consoleFile.get());
    }

    /// QEMU's command, with its sockets in `directory`.
    List<String> command(Path directory) {
        List<String> words = new ArrayList<>(program);
        words.addAll(List.of("-nodefaults", "-no-user-config"));
        words.addAll(accelerator.arguments());
        words.addAll(List.of("-smp", "" + processors, "-m", mebibytes + "M", "-display", "none"));
        words.addAll(List.of("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"));
        words.addAll(socket(directory.resolve(MONITOR), "monitor"));
        words.addAll(List.of("-mon", "chardev=monitor,mode=control"));
        if (gdb) {
            words.addAll(socket(directory.resolve(GDB), "gdb"));
            words.addAll(List.of("-gdb", "chardev:gdb"));
        }
        if (!reboots) {
            words.add("-no-reboot");
        }
        words.addAll(List.of("-kernel", vmlinuz.toString(), "-append", commandLine));
        initrd.ifPresent(image -> words.addAll(List.of("-initrd", image.toString())));
        for (int i = 0; i < disks.size(); i++) {
            words.addAll(disk(disks.get(i), "disk" + i));
        }
        words.addAll(more);
        return words;
    }

    private static List<String> socket(Path path, String id) {
        return List.of("-chardev", "socket,path=" + escaped(path) + ",server=on,wait=off,id=" + id);
    }

    /// Nothing is flushed to the host's disk: the image outlives QEMU, and need not outlive the host.
    private static List<String> disk(Path file, String id) {
        String drive = "file=" + escaped(file) + ",format=raw,if=none,cache=unsafe,id=" + id;
        return List.of("-drive", drive, "-device", "virtio-blk-pci,drive=" + id);
    }

    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
