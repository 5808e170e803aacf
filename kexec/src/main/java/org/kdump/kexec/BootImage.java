package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kdump.kexec.image.LinuxImage;
import org.kdump.kexec.image.Placement;
import org.kdump.kexec.purgatory.Purgatory;

/// The image of a kernel to reboot into. It may lie anywhere in RAM: the running kernel keeps the parts elsewhere and
/// moves them to their places when it has stopped.
///
/// The new kernel is shown all memory as the firmware told the first one, not what the running kernel made of it.
final class BootImage {
    /// A PC's first MiB has holes, and the firmware's data.
    private static final AddressRange ABOVE_LOW_MEMORY = new AddressRange(0x10_0000, Long.MAX_VALUE);

    private static final AddressRange NONE = new AddressRange(0, 0);

    private final LoadRequest request;
    private final ImageInput input;
    private final LinuxImage kernel;
    private final MemorySegment initrd;
    private final List<AddressRange> ram;

    BootImage(RunningKernel running, LoadRequest request, ImageInput input, LinuxImage kernel) throws IOException {
        this.request = request;
        this.input = input;
        this.kernel = kernel;
        initrd = input.initrd();
        running.requireEnterable(request, kernel);
        ram = running.iomem().systemRam();
    }

    /// The plan, which has the files open.
    LoadPlan plan(RunningKernel running, Arena files) throws IOException {
        var memory = running.memoryMap();
        var machine = BootParameters.Machine.of(running, request.options().efi());
        String line = CommandLine.complete(
                input.commandLine(),
                request.options().passMemmap() ? memory.parameters() : "",
                machine.acpiParameter());
        var parameters = new BootParameters(memory, machine);
        byte[] commandLine = CommandLine.encode(line, kernel.maximalCommandLine());
        var layout = place(commandLine.length, parameters.size());
        byte[] bootParameters = parameters.encode(kernel.setupHeader(), layout, initrd.byteSize());
        var segments = new ArrayList<LoadPlan.Segment>();
        LoadPlan.add(segments, "kernel", kernel.content(), layout.kernel());
        LoadPlan.add(segments, "initrd", initrd, layout.initrd());
        LoadPlan.add(segments, "command line", MemorySegment.ofArray(commandLine), layout.commandLine());
        LoadPlan.add(segments, "boot parameters", MemorySegment.ofArray(bootParameters), layout.bootParameters());
        var purgatory = Purgatory.link(
                layout.purgatory().start(),
                request.purgatory(segments, Backup.NONE, request.entry(kernel, layout), input.commandLine()));
        LoadPlan.add(segments, "purgatory", MemorySegment.ofArray(purgatory.image()), layout.purgatory());
        segments.sort(Comparator.comparingLong(segment -> segment.range().start()));
        LoadPlan.requireSound(segments, ram, Iomem.SYSTEM_RAM);
        return new LoadPlan(files, input.kind(), segments, purgatory.entry(), line, ram, 0);
    }

    private CrashLayout place(long commandLine, long bootParameters) throws KexecException {
        var memory = new FreeMemory(ram, request.options().within().intersection(ABOVE_LOW_MEMORY));
        var start = memory.lowest("kernel", kernel.memorySize(), kernel.placement());
        var below = kernel.entersIn32BitMode() ? Placement.FOUR_GIB : Placement.ANYWHERE;
        return new CrashLayout(
                start,
                memory.highest("initrd", initrd.byteSize(), kernel.initrdEnd()),
                memory.highest("command line", commandLine, below),
                memory.highest("boot parameters", bootParameters, below),
                memory.highest("purgatory", Purgatory.size(), below),
                NONE,
                NONE);
    }
}
