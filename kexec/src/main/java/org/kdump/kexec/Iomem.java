package org.kdump.kexec;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.elf.MalformedInputException;

/// The machine's physical address space as the kernel lists it in `/proc/iomem` (Linux `kernel/resource.c`,
/// `r_show`).
///
/// ```
/// 00100000-3ffdcfff : System RAM
///   04c00000-05bfffff : Kernel code        two spaces more for each level of nesting
///   2f000000-3effffff : Crash kernel
/// ```
///
/// To those without `CAP_SYS_ADMIN` every address is shown as zero.
///
/// @param resources the lines, in the file's order
record Iomem(List<Resource> resources) {
    static final String SYSTEM_RAM = "System RAM";
    static final String CRASH_KERNEL = "Crash kernel";
    static final String KERNEL_CODE = "Kernel code";

    private static final Pattern LINE = Pattern.compile("( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)");

    /// @param depth levels of nesting, 0 for none
    /// @param range where it lies
    /// @param name what the kernel calls it
    record Resource(int depth, AddressRange range, String name) {}

    static Iomem parse(Path file, List<String> lines) throws KexecException {
        var resources = lines.stream().map(line -> resource(file, line)).toList();
        if (resources.isEmpty()
                || resources.stream().allMatch(resource -> resource.range().end() <= 1)) {
            throw new KexecException(file + " shows no addresses: only root may see them; run this as root");
        }
        return new Iomem(resources);
    }

    /// The RAM that the kernel uses, in ascending order; neighbours are one.
    ///
    /// The kernel calls RAM added later `System RAM (kmem)` and `System RAM (virtio_mem)`, and lists it below a
    /// device.
    List<AddressRange> systemRam() {
        return AddressRange.united(ranges(resources.stream()
                .filter(resource ->
                        resource.name().equals(SYSTEM_RAM) || resource.name().startsWith(SYSTEM_RAM + " ("))));
    }

    /// Every resource of that name, at whatever depth, upper and lower case being one (`reserved` became `Reserved`).
    List<AddressRange> named(String name) {
        return ranges(resources.stream().filter(resource -> resource.name().equalsIgnoreCase(name)));
    }

    private static List<AddressRange> ranges(Stream<Resource> resources) {
        return resources.map(Resource::range).toList();
    }

    private static Resource resource(Path file, String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw malformed(file, line);
        }
        long start = Long.parseUnsignedLong(matcher.group(2), 16);
        long last = Long.parseUnsignedLong(matcher.group(3), 16);
        if (start < 0 || last < start || last == Long.MAX_VALUE) {
            throw malformed(file, line);
        }
        return new Resource(matcher.group(1).length() / 2, new AddressRange(start, last + 1), matcher.group(4));
    }

    private static MalformedInputException malformed(Path file, String line) {
        return new MalformedInputException(file.toString(), 0, "line", "", "not START-END : NAME: " + line.strip());
    }
}
