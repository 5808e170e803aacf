package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.Translation;

/// The array of all `struct page`, which the kernel has mapped as one (`CONFIG_SPARSEMEM_VMEMMAP`), and the
/// direct
/// mapping of the memory that they stand for (arch/x86/include/asm/page_64_types.h).
///
/// @param page the type of an element
/// @param map the address of the first page frame's
/// @param direct the address that physical address 0 is mapped at
public record PageMap(StructType page, long map, long direct) {
    private static final long PAGE = 4096;
    private static final int LEADING_ONES = 30;

    /// Where they are in a kernel that chose the places when it started; empty if it did not.
    ///
    /// @throws MalformedInputException if the kernel's types lack `struct page`
    /// @throws IOException if the dump cannot be read
    public static Optional<PageMap> of(TypedMemory kernel) throws IOException {
        OptionalLong map = kernel.findSymbol("vmemmap_base");
        OptionalLong direct = kernel.findSymbol("page_offset_base");
        if (map.isEmpty() || direct.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new PageMap(
                kernel.struct("page"),
                kernel.memory().u64(map.getAsLong()),
                kernel.memory().u64(direct.getAsLong())));
    }

    /// The `struct page` of a page frame, which need not be there.
    public long address(long frame) {
        return map + frame * page.size();
    }

    /// The page frame that a `struct page` stands for.
    public long frame(long address) {
        return Long.divideUnsigned(address - map, page.size());
    }

    /// Where the direct mapping has the memory that a `struct page` stands for.
    public long memory(long address) {
        return direct + frame(address) * PAGE;
    }

    /// The `struct page` of an address in the direct mapping; empty if it is not there.
    ///
    /// @throws IOException if the page tables cannot be read
    public Optional<Struct> of(long mapped) throws IOException {
        return page.memory().memory().space().translate(mapped) instanceof Translation.Mapped found
                        && found.physicalAddress() + direct == mapped
                ? Optional.of(page.at(address(found.physicalAddress() / PAGE)))
                : Optional.empty();
    }

    /// The first of the pages that one is used together with; itself, if it is alone.
    ///
    /// A tail points to its head. Since Linux 7.1, where pages' structs are aligned, it has a mask instead by
    /// which the
    /// head is found; no pointer into the map has so many leading ones.
    ///
    /// @throws IOException if the dump cannot be read
    public Struct head(Struct own) throws IOException {
        long info = page.firstOf("compound_head", "compound_info").read(own.address());
        if ((info & 1) == 0) {
            return own;
        }
        return page.at(Long.numberOfLeadingZeros(~info) > LEADING_ONES ? own.address() & info : info - 1);
    }

    /// Whether a head is of a slab.
    ///
    /// @throws IOException if the dump cannot be read
    public boolean isSlab(Struct head) throws IOException {
        return SlabMark.of(page.memory().types())
                .isOn(page.firstOf("flags.f", "flags").read(head.address()), (int)
                        page.member("page_type").read(head.address()));
    }
}
