package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.image.MultibootImage;
import org.kdump.kexec.image.Placement;
import org.kdump.kexec.purgatory.KernelEntry;
import org.kdump.kexec.purgatory.Purgatory;
import org.kdump.syscall.Kexec;

/// The image of a multiboot kernel to reboot into: the kernel, its modules, what it is told of them and of the
/// machine's memory, and purgatory. All lies below 4 GiB.
final class MultibootBoot {
    /// A PC's first MiB has holes, and the firmware's data.
    private static final AddressRange ABOVE_LOW_MEMORY = new AddressRange(0x10_0000, Placement.FOUR_GIB);

    private static final Placement IN_PAGES = new Placement(0, FreeMemory.PAGE_SIZE, Placement.FOUR_GIB, false);

    private final LoadRequest request;
    private final ImageInput input;
    private final MultibootImage kernel;
    private final MultibootMemory memory;
    private final List<AddressRange> ram;
    private final FreeMemory free;
    private final List<LoadPlan.Segment> segments = new ArrayList<>();

    MultibootBoot(RunningKernel running, LoadRequest request, ImageInput input, MultibootImage kernel)
            throws IOException {
        if (request.purpose() == Purpose.PANIC) {
            throw new KexecException(request.kernel() + ": a " + kernel.kind()
                    + ", which cannot be told where the memory of the crashed kernel is; take a Linux kernel");
        }
        this.request = request;
        this.input = input;
        this.kernel = kernel;
        memory = MultibootMemory.of(running.memoryMap());
        ram = running.iomem().systemRam();
        free = new FreeMemory(ram, request.options().within().intersection(ABOVE_LOW_MEMORY));
    }

    LoadPlan plan(RunningKernel running, Arena files) throws IOException {
        AddressRange place = free.lowest("kernel", kernel.memorySize(), kernel.placement());
        LoadPlan.add(segments, "kernel", kernel.content(), place);
        String line = (request.kernel() + " " + input.commandLine().strip()).strip();
        CommandLine.encode(line, FreeMemory.PAGE_SIZE);
        AddressRange information = placeInformation(place, line, placeModules());
        requireFew();
        AddressRange last = free.highest("purgatory", Purgatory.size(), Placement.FOUR_GIB);
        var purgatory = Purgatory.link(
                last.start(), request.purgatory(segments, Backup.NONE, entry(place, information), input.commandLine()));
        LoadPlan.add(segments, "purgatory", MemorySegment.ofArray(purgatory.image()), last);
        segments.sort(Comparator.comparingLong(segment -> segment.range().start()));
        LoadPlan.requireSound(segments, ram, Iomem.SYSTEM_RAM);
        return new LoadPlan(files, input.kind(), segments, purgatory.entry(), line, ram, 0);
    }

    /// An initrd is the first module.
    private List<MultibootModule> placeModules() throws KexecException {
        List<MultibootModule> placed = new ArrayList<>();
        String name = request.initrd().map(Object::toString).orElse("initrd");
        Stream<ImageInput.Module> initrd = Stream.of(new ImageInput.Module(input.initrd(), name))
                .filter(module -> module.content().byteSize() > 0);
        for (ImageInput.Module module :
                Stream.concat(initrd, input.modules().stream()).toList()) {
            long size = module.content().byteSize();
            AddressRange range = free.lowest("module", size, IN_PAGES);
            LoadPlan.add(segments, "module " + (placed.size() + 1), module.content(), range);
            placed.add(new MultibootModule(range.start(), range.start() + size, module.commandLine()));
        }
        return placed;
    }

    private AddressRange placeInformation(AddressRange place, String line, List<MultibootModule> modules)
            throws KexecException {
        AddressRange range = free.lowest("boot information", encoded(0, place, line, modules).length, IN_PAGES);
        byte[] content = encoded(range.start(), place, line, modules);
        LoadPlan.add(segments, "information", MemorySegment.ofArray(content), range);
        return range;
    }

    private byte[] encoded(long address, AddressRange place, String line, List<MultibootModule> modules) {
        return switch (kernel.protocol()) {
            case MULTIBOOT -> MultibootInfo.encode(address, memory, line, modules);
            case MULTIBOOT2 -> Multiboot2Info.encode(place.start(), memory, line, modules);
        };
    }

    private KernelEntry entry(AddressRange place, AddressRange information) {
        return new KernelEntry.In32BitMode(
                request.options().entry().orElse(kernel.entry(place.start())),
                kernel.protocol().loaderMagic(),
                (int) information.start(),
                0);
    }

    private void requireFew() throws KexecException {
        if (segments.size() >= Kexec.MAXIMAL_SEGMENTS) {
            throw new KexecException("the kernel takes " + Kexec.MAXIMAL_SEGMENTS + " segments in all, and with "
                    + input.modules().size() + " modules there are " + (segments.size() + 1));
        }
    }
}
