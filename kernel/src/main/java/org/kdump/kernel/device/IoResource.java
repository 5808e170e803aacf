package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A range of I/O ports or of physical addresses, and who has it: what /proc/ioports and /proc/iomem show.
///
/// @param address of its `struct resource` (include/linux/ioport.h)
/// @param depth how many ranges it is within
/// @param start its first port or address
/// @param end its last
/// @param name who has it
public record IoResource(long address, int depth, long start, long end, String name) {
    private static final int DEEPEST = 32;
    private static final int MOST = 1 << 16;

    /// I/O ports.
    ///
    /// @return in part where the tree is broken
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<IoResource> ports(TypedMemory kernel) throws IOException {
        return all(kernel.variable("ioport_resource", "resource"));
    }

    /// Physical addresses.
    ///
    /// @throws IOException as [#ports]
    public static Partial<IoResource> memory(TypedMemory kernel) throws IOException {
        return all(kernel.variable("iomem_resource", "resource"));
    }

    private static Partial<IoResource> all(Struct root) throws IOException {
        List<IoResource> all = new ArrayList<>();
        try {
            all.add(of(root, 0));
            add(root.follow("child"), 1, all);
            return new Partial<>(all, Optional.empty());
        } catch (MemoryFault e) {
            return new Partial<>(all, Optional.of("the resources end early: " + e.getMessage()));
        }
    }

    private static void add(Optional<Struct> first, int depth, List<IoResource> all) throws IOException {
        Optional<Struct> next = first;
        while (next.isPresent()) {
            if (depth > DEEPEST || all.size() > MOST) {
                throw new MemoryFault(next.get().address(), "they lead too far, or run in a circle");
            }
            all.add(of(next.get(), depth));
            add(next.get().follow("child"), depth + 1, all);
            next = next.get().follow("sibling");
        }
    }

    private static IoResource of(Struct resource, int depth) throws IOException {
        String name = resource.number("name") == 0 ? "" : LogText.printable(resource.text("name"));
        return new IoResource(resource.address(), depth, resource.number("start"), resource.number("end"), name);
    }
}
