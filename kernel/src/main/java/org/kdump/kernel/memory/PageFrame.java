package org.kdump.kernel.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Numbers;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A page frame, as its `struct page` has it (include/linux/mm_types.h).
///
/// @param address its `struct page`
/// @param frame its number
/// @param mapping the `struct address_space` or `anon_vma` that it is mapped by, as it stands there;
///     something else if
///     the page is of slab or a tail
/// @param index its place in that; something else likewise
/// @param count references to it
/// @param flags as they stand there, with the numbers of node and zone on top
/// @param type `page_type`; something else if the page is mapped by processes
public record PageFrame(long address, long frame, long mapping, long index, int count, long flags, int type) {
    private static final int CHUNK = 1 << 20;

    /// Page frames of a section, which has a `struct page` for each, memory or not (`SECTION_SIZE_BITS`).
    private static final long SECTION = 1 << 15;

    /// What takes page frames, and may fail.
    @FunctionalInterface
    public interface Visitor {
        /// @throws IOException to break off
        void visit(PageFrame frame) throws IOException;
    }

    /// Goes through those of all sections of memory in order. What has no `struct page` in the dump is left
    /// out.
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static void forEach(TypedMemory kernel, PageMap pages, Visitor visitor) throws IOException {
        Reading reading = new Reading(kernel, pages);
        List<Zone> zones = new ArrayList<>(Zone.all(kernel));
        zones.sort(Comparator.comparingLong(Zone::start));
        long done = 0;
        for (Zone zone : zones) {
            if (zone.spanned() > 0) {
                long from = Math.max(done, zone.start() / SECTION * SECTION);
                done = Math.max(done, (zone.start() + zone.spanned() + SECTION - 1) / SECTION * SECTION);
                reading.visit(from, done, visitor);
            }
        }
    }

    /// The one that a `struct page` stands for.
    ///
    /// @throws MemoryFault if that is not in the dump
    /// @throws IOException if the dump cannot be read
    public static PageFrame at(TypedMemory kernel, PageMap pages, long address) throws IOException {
        PageFrame[] found = new PageFrame[1];
        long frame = pages.frame(address);
        new Reading(kernel, pages).visit(frame, frame + 1, page -> found[0] = page);
        if (found[0] == null) {
            throw new MemoryFault(address, "the struct page at 0x" + Long.toHexString(address) + " is not in the dump");
        }
        return found[0];
    }

    /// The `struct page`s of a stretch, read in large pieces.
    private static final class Reading {
        private final TypedMemory kernel;
        private final PageMap pages;
        private final ByteOrder order;
        private final Member flags;
        private final Member mapping;
        private final Member index;
        private final Member count;
        private final Member type;
        private final int size;
        private final MemorySegment piece;

        Reading(TypedMemory kernel, PageMap pages) {
            this.kernel = kernel;
            this.pages = pages;
            StructType page = pages.page();
            order = kernel.memory().vmcore().byteOrder();
            // One member since Linux 6.18 (commit 53fbef56e07d, "mm: introduce memdesc_flags_t").
            flags = page.has("flags.f") ? page.member("flags.f") : page.member("flags");
            mapping = page.member("mapping");
            index = page.firstOf("index", "__folio_index");
            count = page.member("_refcount.counter");
            type = page.member("page_type");
            size = Math.toIntExact(page.size());
            piece = MemorySegment.ofArray(new byte[CHUNK / size * size]);
        }

        void visit(long from, long to, Visitor visitor) throws IOException {
            long most = piece.byteSize() / size;
            for (long frame = from; frame < to; frame += most) {
                long wanted = Math.min(most, to - frame) * size;
                long at = 0;
                while (at < wanted) {
                    long address = pages.address(frame) + at;
                    long read = kernel.memory().read(address, piece.asSlice(0, wanted - at)) / size * size;
                    for (long offset = 0; offset < read; offset += size) {
                        visitor.visit(frame(address + offset, offset));
                    }
                    // What is missing is so by the page.
                    at += read + (read < wanted - at ? size : 0);
                }
            }
        }

        private PageFrame frame(long address, long offset) {
            return new PageFrame(
                    address,
                    pages.frame(address),
                    word(mapping, offset),
                    word(index, offset),
                    Numbers.s32(piece, offset + count.offset(), order),
                    word(flags, offset),
                    Numbers.s32(piece, offset + type.offset(), order));
        }

        private long word(Member member, long offset) {
            return Numbers.s64(piece, offset + member.offset(), order);
        }
    }

    /// The names of flags by their bits' numbers, without `PG_`. Of several names for one the kernel's first
    /// counts.
    public static Map<Integer, String> flagNames(TypedMemory kernel) {
        Map<Integer, String> names = new LinkedHashMap<>();
        OptionalInt id = kernel.types().find(BtfKind.ENUM, "pageflags");
        if (id.isPresent() && kernel.types().type(id.getAsInt()) instanceof BtfType.Enumeration flags) {
            for (BtfType.Enumerator flag : flags.values()) {
                if (flag.name().startsWith("PG_") && flag.value() >= 0 && flag.value() < Long.SIZE) {
                    names.putIfAbsent((int) flag.value(), flag.name().substring(3));
                }
            }
        }
        return names;
    }

    /// The names of its flags.
    ///
    /// @param names as [#flagNames] has them
    public List<String> flagNames(Map<Integer, String> names) {
        List<String> set = new ArrayList<>();
        names.forEach((bit, name) -> {
            if ((flags >>> bit & 1) != 0) {
                set.add(name);
            }
        });
        return set;
    }
}
