package org.kdump.kexec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.MalformedInputException;
import org.kdump.kexec.image.LinuxImage;

/// What the running kernel tells about itself in `/proc` and `/sys`, read when asked.
public final class RunningKernel {
    private static final Pattern CPU = Pattern.compile("cpu([0-9]{1,6})");
    private static final Pattern CHOSEN = Pattern.compile(".*\\[(\\w+)].*", Pattern.DOTALL);
    private static final Pattern ACPI_20 = Pattern.compile("(?m)^ACPI20=0x([0-9a-f]{1,15})$");
    private static final Pattern ACPI_10 = Pattern.compile("(?m)^ACPI=0x([0-9a-f]{1,15})$");

    private static final Pattern FIVE_LEVELS = Pattern.compile("(?m)^flags\\s*:.*\\bla57\\b");

    private static final Pattern CAPABILITIES = Pattern.compile("(?m)^CapEff:\\s*([0-9a-f]{1,16})$");
    // include/uapi/linux/capability.h
    private static final int CAP_SYS_BOOT = 22;
    /// Bytes, as the kernel's own loader gives (`RNG_SEED_LENGTH`, arch/x86/kernel/kexec-bzimage64.c).
    private static final int SEED = 32;

    private final Path root;

    private RunningKernel(Path root) {
        this.root = root;
    }

    /// The kernel whose files are seen below `root`.
    ///
    /// @param root `/` for the one we run on
    public static RunningKernel at(Path root) {
        return new RunningKernel(root);
    }

    /// Whether a capture kernel is loaded (`/sys/kernel/kexec_crash_loaded`).
    ///
    /// @throws KexecException if this kernel has no kexec
    /// @throws IOException if it cannot be read
    public boolean crashKernelLoaded() throws IOException {
        return number(kexecFile("kexec_crash_loaded"), 10) != 0;
    }

    /// Bytes reserved for the capture kernel (`/sys/kernel/kexec_crash_size`), 0 if there is no reservation.
    ///
    /// @throws KexecException if this kernel has no kexec
    /// @throws IOException if it cannot be read
    public long crashKernelSize() throws IOException {
        return number(kexecFile("kexec_crash_size"), 10);
    }

    /// The memory reserved by `crashkernel=`, in ascending order. There may be two: the last is what a kernel can be
    /// loaded to, one below it is for devices that reach low memory only (`crashk_low_res`).
    ///
    /// @throws KexecException if there is no reservation, or the caller may not see it
    /// @throws IOException if it cannot be read
    public List<AddressRange> crashKernelReservations() throws IOException {
        if (crashKernelSize() == 0) {
            throw new KexecException("no memory is reserved for a capture kernel: add crashkernel=256M"
                    + " to the kernel's command line and reboot");
        }
        var ranges = AddressRange.united(iomem().named(Iomem.CRASH_KERNEL));
        if (ranges.isEmpty()) {
            throw new KexecException(path("proc/iomem") + " lists no \"" + Iomem.CRASH_KERNEL
                    + "\" although memory is reserved for one");
        }
        return ranges;
    }

    /// The memory that `crashkernel=…,cma` lets the capture kernel have too, in ascending order: meanwhile processes
    /// use
    /// it, so nothing can be loaded there, and none of it is to be in the dump. Shown since Linux 7.0
    /// (`/sys/kernel/kexec/crash_cma_ranges`); where it is not shown, there is none for us.
    List<AddressRange> crashCmaRanges() throws IOException {
        Path file = path("sys/kernel/kexec/crash_cma_ranges");
        if (!Files.exists(file)) {
            return List.of();
        }
        var ranges = new ArrayList<AddressRange>();
        for (String line : Files.readAllLines(file)) {
            String[] bounds = line.strip().split("-");
            if (bounds.length != 2) {
                throw malformed(file, "not START-END: " + line);
            }
            ranges.add(new AddressRange(parse(file, bounds[0], 16), Math.addExact(parse(file, bounds[1], 16), 1)));
        }
        return AddressRange.united(ranges);
    }

    /// Bytes of the memory that `crashkernel=…,cma` lets the capture kernel have too, 0 if there is none or the running
    /// kernel does not show it.
    ///
    /// @throws IOException if it cannot be read
    public long crashCmaSize() throws IOException {
        return crashCmaRanges().stream().mapToLong(AddressRange::size).sum();
    }

    /// Makes sure that a kernel can be entered as this one leaves the processor.
    ///
    /// @throws KexecException if it cannot
    void requireEnterable(LoadRequest request, LinuxImage kernel) throws IOException {
        if (!kernel.takesFiveLevels() && fiveLevelPaging()) {
            throw new KexecException(
                    request.kernel() + ": older than Linux 4.13, it cannot be entered from a kernel that"
                            + " runs on page tables of five levels: boot this one with no5lvl, or take a newer one");
        }
    }

    /// Whether this kernel runs on page tables of five levels: it hides the processor's flag where it does not use it.
    private boolean fiveLevelPaging() throws IOException {
        Path file = path("proc/cpuinfo");
        return Files.exists(file) && FIVE_LEVELS.matcher(Files.readString(file)).find();
    }

    /// Whether a kernel is loaded to reboot into (`/sys/kernel/kexec_loaded`).
    ///
    /// @throws KexecException if this kernel has no kexec
    /// @throws IOException if it cannot be read
    public boolean bootKernelLoaded() throws IOException {
        return number(kexecFile("kexec_loaded"), 10) != 0;
    }

    /// Whether a kernel is loaded for that moment.
    ///
    /// @throws KexecException if this kernel has no kexec
    /// @throws IOException if it cannot be read
    public boolean loaded(LoadRequest.Purpose purpose) throws IOException {
        return switch (purpose) {
            case PANIC -> crashKernelLoaded();
            case BOOT -> bootKernelLoaded();
        };
    }

    /// The release, as `uname -r` has it.
    ///
    /// @throws IOException if it cannot be read
    public String release() throws IOException {
        return Files.readString(path("proc/sys/kernel/osrelease")).strip();
    }

    /// The command line it was started with.
    ///
    /// @throws IOException if it cannot be read
    public String commandLine() throws IOException {
        return Files.readString(path("proc/cmdline")).strip();
    }

    /// Makes sure that this kernel takes a new one at all.
    ///
    /// @throws KexecException if it does not, with the reason and the way out
    /// @throws IOException if it cannot be read
    public void requireLoadable(LoadRequest.Purpose purpose) throws IOException {
        kexecFile("kexec_crash_loaded");
        Path disabled = path("proc/sys/kernel/kexec_load_disabled");
        if (Files.exists(disabled) && number(disabled, 10) != 0) {
            throw new KexecException("kexec is switched off until the next reboot: " + disabled
                    + " is 1 (sysctl kernel.kexec_load_disabled)");
        }
        // Since Linux commit a42aaad2e47b ("kexec: introduce sysctl parameters kexec_load_limit_*", v6.3); -1 is no
        // limit.
        Path limit =
                path("proc/sys/kernel/kexec_load_limit_" + (purpose == LoadRequest.Purpose.PANIC ? "panic" : "reboot"));
        if (Files.exists(limit) && Files.readString(limit).strip().equals("0")) {
            throw new KexecException("no more kernels may be loaded until the next reboot: " + limit + " is 0");
        }
        requireCapability();
    }

    private void requireCapability() throws IOException {
        // Each thread has its own capabilities.
        Path file = path("proc/thread-self/status");
        Matcher capabilities = CAPABILITIES.matcher(Files.exists(file) ? Files.readString(file) : "");
        if (capabilities.find() && (Long.parseUnsignedLong(capabilities.group(1), 16) >>> CAP_SYS_BOOT & 1) == 0) {
            throw new KexecException("this process may not load a kernel, for it lacks CAP_SYS_BOOT: run it as root,"
                    + " and if in a container, in one that grants it (--cap-add SYS_BOOT)");
        }
    }

    /// Makes sure that this kernel takes a new one that user space has laid out.
    ///
    /// @throws KexecException if it does not, with the reason and the way out
    /// @throws IOException if it cannot be read
    void requireKexecLoad(LoadRequest.Purpose purpose) throws IOException {
        requireLoadable(purpose);
        String lockdown = lockdown();
        if (!lockdown.equals("none")) {
            throw new KexecException("the kernel is locked down (" + lockdown
                    + "), as Secure Boot does it, and takes no kernel through kexec_load; a signed one it takes through"
                    + " kexec_file_load (-s)");
        }
    }

    /// Whether the kernel keeps the elfcorehdr up to date itself when CPUs and memory come and go, as it can since
    /// Linux commit 247262756121 ("crash: add generic infrastructure for crash hotplug support", v6.6). The
    /// files have 0 until something is loaded that lets it, so what counts is that they are there.
    boolean keepsElfCoreHeader() {
        return Files.exists(path("sys/devices/system/cpu/crash_hotplug"))
                && Files.exists(path("sys/devices/system/memory/crash_hotplug"));
    }

    /// Whether it does so for what is loaded now (`crash_hotplug` of CPUs and of memory are 1).
    ///
    /// @throws IOException if it cannot be read
    public boolean updatesElfCoreHeader() throws IOException {
        return keepsElfCoreHeader()
                && number(path("sys/devices/system/cpu/crash_hotplug"), 10) == 1
                && number(path("sys/devices/system/memory/crash_hotplug"), 10) == 1;
    }

    /// The memory and the CPUs that a capture kernel is told of, as a text that is another when they are others.
    ///
    /// @throws IOException if it cannot be read
    public String memoryAndProcessors() throws IOException {
        return "ram " + iomem().systemRam() + " notes " + notes();
    }

    /// Bytes of elfcorehdr that the kernel wants room for, 0 if it does not say.
    long elfCoreHeaderSize() throws IOException {
        Path file = path("sys/kernel/crash_elfcorehdr_size");
        return Files.exists(file) ? number(file, 10) : 0;
    }

    /// The machine's memory as its firmware told it (`/sys/firmware/memmap`), or where that is not shown, as the
    /// kernel uses it.
    MemoryMap memoryMap() throws IOException {
        Path directory = path("sys/firmware/memmap");
        if (Files.notExists(directory)) {
            Iomem iomem = iomem();
            return MemoryMap.of(iomem, iomem.systemRam());
        }
        var ranges = new ArrayList<Iomem.Resource>();
        try (var entries = Files.list(directory)) {
            for (Path entry : entries.toList()) {
                var range = new AddressRange(
                        number(entry.resolve("start"), 16), Math.addExact(number(entry.resolve("end"), 16), 1));
                ranges.add(new Iomem.Resource(
                        0, range, Files.readString(entry.resolve("type")).strip()));
            }
        }
        return MemoryMap.ofFirmware(ranges);
    }

    /// The lockdown in force (`/sys/kernel/security/lockdown`): `none`, `integrity` or `confidentiality`; `none` also
    /// where the kernel has no such thing or does not show it.
    public String lockdown() throws IOException {
        Path file = path("sys/kernel/security/lockdown");
        Matcher chosen = CHOSEN.matcher(Files.exists(file) ? Files.readString(file) : "");
        return chosen.matches() ? chosen.group(1) : "none";
    }

    /// The map of physical addresses.
    Iomem iomem() throws IOException {
        Path file = path("proc/iomem");
        return Iomem.parse(file, Files.readAllLines(file));
    }

    /// Where the notes will lie after a panic: each CPU's registers in the order of the CPUs, then VMCOREINFO.
    List<AddressRange> notes() throws IOException {
        var notes = new ArrayList<AddressRange>();
        for (Path cpu : cpus()) {
            long address = number(cpu.resolve("crash_notes"), 16);
            notes.add(AddressRange.ofSize(address, number(cpu.resolve("crash_notes_size"), 10)));
        }
        notes.add(vmcoreInfo());
        return notes;
    }

    /// Where VMCOREINFO lies: `/sys/kernel/vmcoreinfo` has its address and size, both in hexadecimal.
    private AddressRange vmcoreInfo() throws IOException {
        Path file = path("sys/kernel/vmcoreinfo");
        String[] words = Files.readString(file).strip().split(" ");
        if (words.length != 2) {
            throw malformed(file, "not ADDRESS SIZE");
        }
        return AddressRange.ofSize(parse(file, words[0], 16), parse(file, words[1], 16));
    }

    /// Where the kernel mapped itself and memory.
    KernelMapping mapping(Iomem iomem) throws IOException {
        Path file = path("proc/kcore");
        var code = iomem.named(Iomem.KERNEL_CODE);
        if (code.isEmpty()) {
            throw new KexecException(path("proc/iomem") + " lists no \"" + Iomem.KERNEL_CODE + "\"");
        }
        try (var channel = FileChannel.open(file)) {
            var segments = ElfFile.read(ByteSource.of(file.toString(), channel)).programHeaders();
            return KernelMapping.of(file, segments, code.getFirst().start());
        }
    }

    /// The boot parameters this kernel was started with (`struct boot_params`), empty if it does not show them.
    Optional<byte[]> bootParameters() throws IOException {
        Path file = path("sys/kernel/boot_params/data");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length == BootParameters.PAGE_SIZE ? Optional.of(bytes) : Optional.empty();
    }

    /// Bytes that nobody can foretell, for another kernel's generator; empty if this one gives none.
    Optional<byte[]> randomSeed() throws IOException {
        Path file = path("dev/urandom");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] seed = in.readNBytes(SEED);
            return seed.length == SEED ? Optional.of(seed) : Optional.empty();
        }
    }

    /// The address of ACPI's root table as UEFI told it (`/sys/firmware/efi/systab`), 0 if it did not.
    long acpiRootFromFirmware() throws IOException {
        Path file = path("sys/firmware/efi/systab");
        String table = Files.exists(file) ? Files.readString(file) : "";
        return Stream.of(ACPI_20, ACPI_10)
                .map(pattern -> pattern.matcher(table))
                .filter(Matcher::find)
                .mapToLong(matcher -> Long.parseLong(matcher.group(1), 16))
                .findFirst()
                .orElse(0);
    }

    /// UEFI, as this kernel uses it.
    ///
    /// @param bootParameters this kernel's
    Optional<Efi> efi(byte[] bootParameters) throws IOException {
        return Efi.read(path("sys/firmware/efi"), bootParameters);
    }

    private List<Path> cpus() throws IOException {
        try (var entries = Files.list(path("sys/devices/system/cpu"))) {
            return entries.filter(entry -> CPU.matcher(name(entry)).matches())
                    .filter(entry -> Files.exists(entry.resolve("crash_notes")))
                    .sorted(Comparator.comparingInt(
                            entry -> Integer.parseInt(name(entry).substring("cpu".length()))))
                    .toList();
        }
    }

    private Path kexecFile(String name) throws KexecException {
        Path file = path("sys/kernel/" + name);
        if (!Files.exists(file)) {
            throw new KexecException(
                    file + " is not there: this kernel was built without kexec, or /sys is not mounted");
        }
        return file;
    }

    private Path path(String relative) {
        return root.resolve(relative);
    }

    private static String name(Path entry) {
        return entry.getFileName().toString();
    }

    private static long number(Path file, int radix) throws IOException {
        return parse(file, Files.readString(file).strip(), radix);
    }

    private static long parse(Path file, String word, int radix) {
        try {
            long value = Long.parseLong(word.startsWith("0x") ? word.substring(2) : word, radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException notOne) {
            // Told below, with the file's name.
        }
        throw malformed(file, "no number: " + word);
    }

    private static MalformedInputException malformed(Path file, String reason) {
        return new MalformedInputException(file.toString(), 0, "text", "", reason);
    }
}
