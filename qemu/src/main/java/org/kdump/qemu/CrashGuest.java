package org.kdump.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A machine that is made to crash: a stock kernel whose only program is a distribution of Kdump, a disk with
/// the
/// capture kernel and its image, and a script of what to do.
///
/// ```
/// the disk, /mnt in both kernels:  /boot/vmlinuz  /boot/capture.img  /var/crash
/// the guest's image:               GuestInit as PID 1, /script
/// the capture image:               CaptureInit as PID 1
/// ```
///
/// Not safe for use by several threads.
public final class CrashGuest {
    /// Where the guest finds the capture kernel.
    public static final String VMLINUZ = "/mnt/boot/vmlinuz";
    /// Where the guest finds the capture image.
    public static final String CAPTURE_IMAGE = "/mnt/boot/capture.img";
    /// Where a bootable guest finds its own image.
    public static final String GUEST_IMAGE = "/mnt/boot/guest.img";
    /// Where the dumps are, on the disk.
    public static final String DUMPS = "/var/crash";

    private static final Pattern MEBIBYTES = Pattern.compile("([0-9]{1,6})M");
    private static final int ROOMY = 192;
    private static final String MODULE = "org.kdump.cli/org.kdump.cli.";
    /// The disk and its file system; ext4 brings the checksum modules that it needs.
    private static final List<String> MODULES = List.of("virtio_pci", "virtio_blk", "ext4");
    /// What keeps the virtual machine small where memory is dear: a JVM so set ran in a reservation of 160M.
    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-Xmx32m",
            "-Xss256k",
            "-XX:ReservedCodeCacheSize=16m",
            "-XX:TieredStopAtLevel=1",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:-UsePerfData");

    private final KernelPackage kernel;
    private final Path distribution;
    private final Path directory;
    private List<String> script = List.of();
    private String reservation = "256M";
    private String parameters = "";
    private int memory = 1024;
    private long diskSize = 4L << 30;
    private Disk disk;
    private final Map<String, Path> files = new LinkedHashMap<>();
    private boolean bootable;
    private boolean efi;
    private boolean rebooting;
    private final List<String> modules = new ArrayList<>(MODULES);
    private final List<String> arguments = new ArrayList<>();

    private CrashGuest(KernelPackage kernel, Path distribution, Path directory) {
        this.kernel = kernel;
        this.distribution = distribution;
        this.directory = directory;
    }

    /// A machine.
    ///
    /// @param kernel both kernels
    /// @param distribution the directory of a distribution of Kdump (`dist/kdump`)
    /// @param directory an existing directory for its images, disk and console log
    public static CrashGuest of(KernelPackage kernel, Path distribution, Path directory) {
        return new CrashGuest(kernel, distribution, directory);
    }

    /// What the guest does, a line each; see `GuestInit`.
    public CrashGuest script(List<String> lines) {
        script = List.copyOf(lines);
        return this;
    }

    /// A file of the host for the guest to have; executable if it is.
    public CrashGuest file(String path, Path host) {
        files.put(path, host);
        return this;
    }

    /// Lets the guest find its own image, [#GUEST_IMAGE], so that it can boot itself again.
    public CrashGuest bootable() {
        bootable = true;
        return this;
    }

    /// Lets the machine start again when it is reset; else that ends it.
    public CrashGuest rebooting() {
        rebooting = true;
        return this;
    }

    /// Gives the machine a free socket, for a third processor that is plugged in later.
    public CrashGuest growingProcessors() {
        return arguments("-smp", "sockets=3,maxcpus=3");
    }

    /// Gives the machine a free slot, for a memory module that is plugged in later. A kernel that is told so
    /// keeps 64 MiB for devices that reach no high memory (swiotlb), the capture kernel too.
    public CrashGuest growing() {
        return arguments("-m", "slots=1,maxmem=16G");
    }

    /// Gives the processors page tables of five levels (la57), which cost emulation time.
    public CrashGuest fiveLevels() {
        return arguments("-cpu", "max");
    }

    /// Starts the machine by UEFI, with variables of its own; efivarfs is there.
    public CrashGuest efi() {
        efi = true;
        return modules("efivarfs");
    }

    /// More modules of the kernel, for both images.
    public CrashGuest modules(String... names) {
        modules.addAll(List.of(names));
        return this;
    }

    /// Further arguments of QEMU.
    public CrashGuest arguments(String... words) {
        arguments.addAll(List.of(words));
        return this;
    }

    /// The value of `crashkernel=`, 256M unless told; empty for no reservation.
    public CrashGuest reservation(String crashkernel) {
        reservation = crashkernel;
        return this;
    }

    /// More of the first kernel's command line.
    public CrashGuest parameters(String more) {
        parameters = " " + more;
        return this;
    }

    /// Memory in MiB, 1024 unless told.
    public CrashGuest memory(int mebibytes) {
        memory = mebibytes;
        return this;
    }

    /// Size of the disk in bytes, 4 GiB unless told. What is in `disk` in the machine's directory goes on it
    /// too.
    public CrashGuest diskSize(long bytes) {
        diskSize = bytes;
        return this;
    }

    /// The script's line that loads the capture kernel.
    ///
    /// @param captureOptions options of `kdump capture`
    /// @param end what the capture kernel does at the end: `poweroff`, `reboot` or `halt`
    /// @param more further options of `kdump load`
    public static String load(String captureOptions, String end, String more) {
        return "load --panic " + VMLINUZ + " --initrd " + CAPTURE_IMAGE + " " + more
                + " --append 'console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10 rootfstype=ramfs kdump.final="
                + end
                + " kdump.capture=\"" + captureOptions + "\"'";
    }

    /// Builds the images and the disk, and says how to start it.
    ///
    /// @throws IOException if something that it needs is not there, or a file cannot be written
    public VirtualMachineSetup build() throws IOException {
        Path contents = directory.resolve("disk");
        Path boot = Files.createDirectories(contents.resolve("boot"));
        Files.createDirectories(contents.resolve("var/crash"));
        Files.copy(kernel.vmlinuz(), boot.resolve("vmlinuz"), StandardCopyOption.REPLACE_EXISTING);
        image("CaptureInit", roomForCache()).writeTo(boot.resolve("capture.img"));
        Path initrd = guestImage();
        if (bootable) {
            Files.copy(initrd, boot.resolve("guest.img"), StandardCopyOption.REPLACE_EXISTING);
        }
        disk = Disk.create(directory.resolve("disk.img"), diskSize, contents);
        FileTree.delete(contents);
        String crashkernel = reservation.isEmpty() ? "" : " crashkernel=" + reservation;
        VirtualMachineSetup setup = VirtualMachine.of(kernel.vmlinuz())
                .initrd(initrd)
                .commandLine("console=ttyS0 panic=10" + crashkernel + parameters)
                .memory(memory)
                .disk(disk)
                .consoleFile(directory.resolve("console.log"));
        setup.arguments(arguments);
        if (efi) {
            setup.arguments(Ovmf.arguments(directory));
        }
        return rebooting ? setup.reboots() : setup;
    }

    private Path guestImage() throws IOException {
        String lines = String.join("\n", script) + "\n";
        GuestImage image = image("GuestInit", true)
                .file("/script", lines.getBytes(StandardCharsets.UTF_8))
                .level(1);
        files.forEach(image::file);
        Path file = directory.resolve("guest.img");
        image.writeTo(file);
        return file;
    }

    /// The ahead-of-time cache is 20 MB that the capture kernel must hold: with it Java starts seconds
    /// earlier in an
    /// emulated machine, but a small reservation has no room for it.
    private boolean roomForCache() {
        Matcher size = MEBIBYTES.matcher(reservation);
        return !size.matches() || Integer.parseInt(size.group(1)) >= ROOMY;
    }

    private GuestImage image(String init, boolean cache) {
        GuestImage image = GuestImage.of(kernel)
                .runtime(distribution.resolve("runtime"))
                .modules(modules)
                .arguments(SMALL);
        if (cache) {
            image.file("/opt/kdump.aot", distribution.resolve("lib/kdump.aot"))
                    .arguments(List.of("-XX:AOTCache=/opt/kdump.aot", "-Xlog:aot=off", "-Xlog:cds=off"))
                    .arguments(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0"));
        }
        return image.arguments(List.of(
                "--enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni",
                "-DZstdNativePath=/opt/rt/lib/libzstd-jni.so",
                "-Dkdump.libdeflate=/opt/rt/lib/libdeflate.so",
                "-m",
                MODULE + init));
    }

    /// The disk, once built: after the machine has ended the dumps are on it.
    public Disk disk() {
        return disk;
    }
}
