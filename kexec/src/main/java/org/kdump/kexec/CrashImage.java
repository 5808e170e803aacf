package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.kexec.image.LinuxImage;
import org.kdump.kexec.purgatory.Purgatory;
import org.kdump.syscall.Kexec;

/// A capture kernel's image in the making, from what the running kernel tells and what was asked for.
final class CrashImage {
    private final LoadRequest request;
    private final List<AddressRange> reservations;
    // What the capture kernel may use besides, and is not dumped for that.
    private final List<AddressRange> cma;
    private final ImageInput input;
    private final LinuxImage kernel;
    private final MemorySegment initrd;
    private final Iomem iomem;
    private final List<AddressRange> notes;
    private final AddressRange lowMemory;
    private final List<AddressRange> dumped;
    // Whether the kernel keeps the elfcorehdr up to date, which it is then given room for.
    private final boolean hotplug;
    private final long elfCoreHeaderSize;
    // To know it purgatory is assembled.
    private final long purgatorySize = Purgatory.size();

    CrashImage(RunningKernel running, LoadRequest request, ImageInput input, LinuxImage kernel) throws IOException {
        this.request = request;
        this.input = input;
        this.kernel = kernel;
        reservations = running.crashKernelReservations();
        cma = running.crashCmaRanges();
        running.requireEnterable(request, kernel);
        initrd = input.initrd();
        new Sizing(kernel.memorySize(), initrd.byteSize(), UnpackedSize.atLeast(initrd))
                .require(Stream.concat(reservations.stream(), cma.stream()).toList());
        iomem = running.iomem();
        notes = running.notes();
        lowMemory = Backup.source(iomem.systemRam());
        dumped = dumped();
        hotplug = running.keepsElfCoreHeader();
        long needed = ElfCoreHeader.size(request.options().coreClass(), notes, dumped);
        elfCoreHeaderSize = hotplug ? Math.max(needed, running.elfCoreHeaderSize()) : needed;
    }

    /// The plan, which has the files open.
    LoadPlan plan(RunningKernel running, Arena files) throws IOException {
        // What the capture kernel must keep off lies topmost, so it stays where it is when the rest gets its size;
        // and the rest depends on it: the memory map leaves it out, the command line names it.
        var kept = place(0, 0);
        var memory = MemoryMap.of(iomem, capturingRam(kept));
        var machine = BootParameters.Machine.of(running, request.options().efi());
        String line = CommandLine.complete(
                input.commandLine(),
                "elfcorehdr=" + Hex.of(kept.elfCoreHeader().start()),
                request.options().passMemmap() ? memory.parameters() : "",
                machine.acpiParameter());
        var parameters = new BootParameters(memory, machine);
        byte[] commandLine = CommandLine.encode(line, kernel.maximalCommandLine());
        var layout = place(commandLine.length, parameters.size());
        byte[] bootParameters = parameters.encode(kernel.setupHeader(), layout, initrd.byteSize());
        byte[] elfCoreHeader = ElfCoreHeader.encode(
                request.options().coreClass(),
                kernel.is32BitKernel(),
                running.mapping(iomem),
                notes,
                dumped,
                new Backup(lowMemory, layout.backup()));
        var verified = new ArrayList<LoadPlan.Segment>();
        var unverified = new ArrayList<LoadPlan.Segment>();
        LoadPlan.add(verified, "kernel", kernel.content(), layout.kernel());
        LoadPlan.add(verified, "initrd", initrd, layout.initrd());
        LoadPlan.add(verified, "command line", MemorySegment.ofArray(commandLine), layout.commandLine());
        LoadPlan.add(verified, "boot parameters", MemorySegment.ofArray(bootParameters), layout.bootParameters());
        // What the kernel may rewrite has no lasting digest.
        LoadPlan.add(
                hotplug ? unverified : verified,
                LoadPlan.ELF_CORE_HEADER,
                MemorySegment.ofArray(elfCoreHeader),
                layout.elfCoreHeader());
        return finished(verified, unverified, layout, line, files);
    }

    private LoadPlan finished(
            List<LoadPlan.Segment> verified,
            List<LoadPlan.Segment> unverified,
            CrashLayout layout,
            String line,
            Arena files)
            throws KexecException {
        var purgatory = Purgatory.link(
                layout.purgatory().start(),
                request.purgatory(
                        verified,
                        new Backup(lowMemory, layout.backup()),
                        request.entry(kernel, layout),
                        input.commandLine()));
        var all = new ArrayList<>(verified);
        all.addAll(unverified);
        LoadPlan.add(all, "purgatory", MemorySegment.ofArray(purgatory.image()), layout.purgatory());
        LoadPlan.add(all, "backup", MemorySegment.NULL, layout.backup());
        all.sort(Comparator.comparingLong(segment -> segment.range().start()));
        LoadPlan.requireSound(all, reservations, "the memory reserved by crashkernel=");
        return new LoadPlan(files, input.kind(), all, purgatory.entry(), line, reservations, flags());
    }

    private long flags() {
        return Kexec.KEXEC_ON_CRASH | (hotplug ? Kexec.KEXEC_CRASH_HOTPLUG_SUPPORT : 0);
    }

    private CrashLayout place(long commandLine, long bootParameters) throws KexecException {
        var sizes = new CrashLayout.Sizes(
                initrd.byteSize(), commandLine, bootParameters, purgatorySize, elfCoreHeaderSize, lowMemory.size());
        return CrashLayout.place(request.requireWithin(reservations.getLast()), kernel, sizes);
    }

    /// The crashed kernel's RAM, each run by itself, the one that is backed up apart from its neighbours.
    private List<AddressRange> dumped() {
        var left = new ArrayList<>(reservations);
        left.addAll(cma);
        // The graphics address remapping table maps other memory into its range; to read it can hang the machine.
        left.addAll(iomem.named("GART"));
        left.add(lowMemory);
        var runs = new ArrayList<AddressRange>();
        iomem.systemRam().forEach(run -> runs.addAll(run.without(left)));
        if (lowMemory.size() > 0) {
            runs.add(lowMemory);
        }
        runs.sort(Comparator.comparingLong(AddressRange::start));
        return List.copyOf(runs);
    }

    private List<AddressRange> capturingRam(CrashLayout layout) {
        var ram = new ArrayList<AddressRange>(lowMemory.without(List.of()));
        reservations.forEach(reservation -> ram.addAll(reservation.without(layout.kept())));
        ram.addAll(cma);
        return ram;
    }
}
