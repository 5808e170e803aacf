package org.kdump.cli;

import java.io.IOException;
import java.util.Map;
import java.util.stream.LongStream;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.vmcore.paging.AddressSpace;
import org.kdump.vmcore.paging.TableEntry;
import org.kdump.vmcore.paging.Translation;

/// A page of user memory: where it is, or from where it would come.
///
/// @param address its virtual one
/// @param physical its physical one; null if it is not in memory
/// @param swap whether it was written to swap, and which part and place there is, `1:2a`; null if it was not
/// @param file what it would be read from; null if nothing
/// @param offset where in that, in bytes
record UserPage(long address, Long physical, String swap, String file, long offset) {
    /// Of x86_64's page table entries of pages in swap: the type and the inverted offset (`__swp_entry`,
    /// arch/x86/include/asm/pgtable_64.h).
    private static final int TYPE_SHIFT = 59;

    private static final int OFFSET_SHIFT = 14;

    /// `_PAGE_PROTNONE` (arch/x86/include/asm/pgtable_types.h).
    private static final long UNREADABLE = 1 << 8;

    /// The bits of a page table entry that have an address.
    private static final long FRAME = 0x000f_ffff_ffff_f000L;

    /// Of one area; those of 4 GiB.
    private static final int MOST = 1 << 20;

    static UserPage of(Struct structure, MappedArea area, AddressSpace space, long address) throws IOException {
        Translation translation = space.translate(address);
        long inFile = area.file().isEmpty() ? 0 : offset(structure, area, address);
        String file = area.file().isEmpty() ? null : area.file();
        if (translation instanceof Translation.Mapped mapped) {
            return new UserPage(address, mapped.physicalAddress(), null, file, inFile);
        }
        var entries = space.walk(address);
        TableEntry last = entries.isEmpty() ? null : entries.getLast();
        boolean entry = last != null && last.level().equals("PTE") && last.value() != 0;
        if (entry && (last.value() & UNREADABLE) != 0) {
            // It is in memory, though nobody may read it; its address is inverted (pte_present, PROT_NONE).
            return new UserPage(address, ~last.value() & FRAME, null, file, inFile);
        }
        boolean swapped = entry;
        return new UserPage(address, null, swapped ? swap(last.value()) : null, file, inFile);
    }

    /// The addresses of an area's pages; of a very large area the first ones, and that is told.
    static long[] pages(Kernel kernel, MappedArea area) {
        int size = kernel.vmcore().pageSize();
        long count = Math.max(0, (area.end() - area.start()) / size);
        if (count > MOST) {
            kernel.problems()
                    .accept("of the area at " + Json.address(area.address()) + " " + (count - MOST)
                            + " pages are left out; vtop tells of each");
        }
        return LongStream.range(0, Math.min(count, MOST))
                .map(page -> area.start() + page * size)
                .toArray();
    }

    private static long offset(Struct structure, MappedArea area, long address) throws IOException {
        return structure.number("vm_pgoff") * 4096 + address - area.start();
    }

    private static String swap(long entry) {
        long offset = ~entry << Long.SIZE - TYPE_SHIFT >>> OFFSET_SHIFT;
        return (entry >>> TYPE_SHIFT) + ":" + Long.toHexString(offset);
    }

    /// As crash tells it.
    String text() {
        if (physical != null) {
            return Long.toHexString(physical);
        } else if (swap != null) {
            return "SWAP: " + swap;
        }
        return file == null ? "(not mapped)" : "FILE: " + file + "  OFFSET: " + Long.toHexString(offset);
    }

    /// `virtual`, `physical` (null if it is not in memory), `swap` (the number of the swap area and the page
    /// there; null if it is not there), `offset` (in the file; null if there is none).
    Map<String, Object> fields() {
        return Table.row(
                "virtual",
                Json.address(address),
                "physical",
                physical == null ? null : Json.address(physical),
                "swap",
                swap,
                "offset",
                file == null ? null : Json.address(offset));
    }
}
