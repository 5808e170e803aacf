package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// The names of the slab caches that addresses are in, each page looked up once. Not safe for use by several
/// threads.
public final class SlabNames {
    private static final int MOST_KNOWN = 1 << 16;
    private static final long PAGE = -4096;

    private final TypedMemory kernel;
    private final Optional<PageMap> pages;
    private final Map<Long, Optional<String>> known = new HashMap<>();

    private SlabNames(TypedMemory kernel, Optional<PageMap> pages) {
        this.kernel = kernel;
        this.pages = pages;
    }

    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static SlabNames of(TypedMemory kernel) throws IOException {
        return new SlabNames(kernel, PageMap.of(kernel));
    }

    /// The name of the cache that an address is in; empty if it is in none, or that cannot be told.
    public Optional<String> find(long address) {
        if (address >= 0 || pages.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> name = known.get(address & PAGE);
        if (name == null) {
            name = look(address & PAGE);
            if (known.size() < MOST_KNOWN) {
                known.put(address & PAGE, name);
            }
        }
        return name;
    }

    private Optional<String> look(long address) {
        try {
            Optional<Struct> cache = cache(kernel, pages.orElseThrow(), address);
            return cache.isPresent() ? Optional.of(LogText.printable(cache.get().text("name"))) : Optional.empty();
        } catch (IOException | MalformedInputException e) {
            // It is a word like any other then.
            return Optional.empty();
        }
    }

    /// The `struct kmem_cache` of the slab that an address is in; empty if it is in none. Its page has it
    /// until Linux 5.17
    /// (commit d122019bf061, "mm: Split slab into its own type"), then the `struct slab` that lies over that.
    static Optional<Struct> cache(TypedMemory kernel, PageMap pages, long address) throws IOException {
        Optional<Struct> own = pages.of(address);
        Optional<Struct> head = own.isPresent() ? Optional.of(pages.head(own.get())) : Optional.empty();
        if (head.isEmpty() || !pages.isSlab(head.get())) {
            return Optional.empty();
        }
        StructType slab = kernel.findStruct("slab")
                .filter(type -> type.has("slab_cache"))
                .orElse(head.get().type());
        return slab.at(head.get().address()).follow("slab_cache");
    }
}
