package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kdump.kexec.purgatory.Purgatory;
import org.kdump.kexec.purgatory.PurgatoryParameters;

/// The image of a kernel to reboot into. It may lie anywhere in RAM: the running kernel keeps the parts elsewhere and
/// moves them to their places when it has stopped.
///
/// The new kernel is shown all memory as the firmware told the first one, not what the running kernel made of it.
final class BootImage {
    /// A PC's first MiB has holes, and the firmware's data.
    private static final AddressRange ABOVE_LOW_MEMORY = new AddressRange(0x10_0000, Long.MAX_VALUE);

    private static final AddressRange NONE = new AddressRange(0, 0);

    private final LoadRequest request;
    private final BzImage kernel;
    private final MemorySegment initrd;
    private final List<AddressRange> ram;

    private BootImage(RunningKernel running, LoadRequest request, Arena files) throws IOException {
        this.request = request;
        running.requireKexecLoad(request.purpose());
        kernel = BzImage.read(request.kernel().toString(), ImageFile.map(request.kernel(), files));
        if (running.fiveLevelPaging()) {
            kernel.requireFiveLevels(request.kernel().toString());
        }
        initrd = request.initrd().isPresent() ? ImageFile.map(request.initrd().get(), files) : MemorySegment.NULL;
        ram = running.iomem().systemRam();
    }

    /// The plan, which has the files open.
    static LoadPlan plan(RunningKernel running, LoadRequest request) throws IOException {
        Arena files = Arena.ofShared();
        try {
            return new BootImage(running, request, files).plan(running, files);
        } catch (IOException | RuntimeException failure) {
            files.close();
            throw failure;
        }
    }

    private LoadPlan plan(RunningKernel running, Arena files) throws IOException {
        var memory = running.memoryMap();
        var machine = BootParameters.Machine.of(running, request.options().efi());
        String line = CommandLine.complete(
                request.commandLine(),
                request.options().passMemmap() ? memory.parameters() : "",
                machine.acpiParameter());
        var parameters = new BootParameters(memory, machine);
        byte[] commandLine = CommandLine.encode(line, kernel.maximalCommandLine());
        var layout = place(commandLine.length, parameters.size());
        byte[] bootParameters = parameters.encode(kernel.setupHeader(), layout, initrd.byteSize());
        var segments = new ArrayList<LoadPlan.Segment>();
        LoadPlan.add(segments, "kernel", kernel.kernel(), layout.kernel());
        LoadPlan.add(segments, "initrd", initrd, layout.initrd());
        LoadPlan.add(segments, "command line", MemorySegment.ofArray(commandLine), layout.commandLine());
        LoadPlan.add(segments, "boot parameters", MemorySegment.ofArray(bootParameters), layout.bootParameters());
        var purgatory = Purgatory.link(layout.purgatory().start(), parameters(segments, layout));
        LoadPlan.add(segments, "purgatory", MemorySegment.ofArray(purgatory.image()), layout.purgatory());
        segments.sort(Comparator.comparingLong(segment -> segment.range().start()));
        LoadPlan.requireSound(segments, ram, Iomem.SYSTEM_RAM);
        return new LoadPlan(files, segments, purgatory.entry(), line, ram, 0);
    }

    private CrashLayout place(long commandLine, long bootParameters) throws KexecException {
        var memory = new FreeMemory(ram, request.options().within().intersection(ABOVE_LOW_MEMORY));
        var start = memory.lowest("kernel", kernel.memorySize(), kernel.alignment(), kernel.preferredAddress());
        return new CrashLayout(
                start,
                memory.highest("initrd", initrd.byteSize()),
                memory.highest("command line", commandLine),
                memory.highest("boot parameters", bootParameters),
                memory.highest("purgatory", Purgatory.size()),
                NONE,
                NONE);
    }

    private PurgatoryParameters parameters(List<LoadPlan.Segment> loaded, CrashLayout layout) {
        List<LoadPlan.Segment> verified = request.options().checked() ? loaded : List.of();
        return new PurgatoryParameters(
                0,
                0,
                0,
                Digest.regions(verified),
                Digest.of(verified),
                request.options().entry().orElse(BzImage.entry(layout.kernel().start())),
                layout.bootParameters().start(),
                request.serialPort(),
                request.options().verbose());
    }
}
