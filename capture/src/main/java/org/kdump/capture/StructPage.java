package org.kdump.capture;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// What a `struct page` tells of its page (include/linux/mm_types.h, page-flags.h). All of it stands in VMCOREINFO.
///
/// ```
/// flags          PG_lru, PG_private, PG_swapcache, PG_swapbacked, PG_head, PG_hwpoison; PG_slab up to 6.9
/// compound_head  bit 0: a tail of a compound page, whose other fields mean something else. compound_info since 7.1
/// mapping        bit 0 (PAGE_MAPPING_ANON): memory of a process
/// _mapcount      -1 or more of a page that may be mapped; else a page type: a bit cleared in -1 up to 6.10, and
///                since 6.12 (commit 4ffca5a96678, "mm: support only one page_type per page") a number in the top
///                byte, below which a type may keep what it likes
/// private        of a free block: its order
/// second struct page of a compound page: its order
///   compound_order        up to 6.5, and compound_dtor, which tells a hugetlb page
///   flags, lowest byte    since 6.6 (commit ebc1baf5c9b4), and PG_hugetlb there up to 6.8
/// ```
///
/// A page is left out only for what it says itself: a type other than those known here (slab, page tables, stacks …),
/// and a tail whose head is not understood, keep their pages. That is where it differs from makedumpfile 1.7.8, to
/// which a
/// slab page of 7.2 is one of a process, for it compares all 32 bits of the type.
final class StructPage {
    private static final int LARGEST_STRUCT = 4096;
    private static final int LARGEST_ORDER = 30;
    private static final int MOST_BITS = 63;
    private static final int TAIL = 1;
    private static final int ANONYMOUS = 1;
    private static final int TYPE_IN_TOP_BYTE = 0xff00_0000;
    private static final int ORDER_IN_FLAGS = 0xff;

    private final Vmcore vmcore;
    private final VmcoreInfo info;
    private final Map<PageClass, String> unknown = new EnumMap<>(PageClass.class);
    private final int size;
    private final boolean wide;
    private final ValueLayout.OfInt int32;
    private final ValueLayout.OfLong int64;
    private final int flags;
    private final int mapcount;
    private final int mapping;
    private final int privateField;
    private final int compoundHead;
    private final int orderField;
    private final int destructorField;
    private final int hugetlbDestructor;
    private final long hugetlbFlag;
    private final long slab;
    private final long head;
    private final long poisoned;
    private final long lru;
    private final long privateFlag;
    private final long swapCache;
    private final int buddy;
    private final int orders;
    private final int offline;
    private final int hugetlb;
    private final int unaccepted;

    /// @throws MalformedInputException if VMCOREINFO does not tell enough for any page, or what cannot be true
    StructPage(Vmcore vmcore) {
        this.vmcore = vmcore;
        info = vmcore.info();
        wide = vmcore.elfClass().wordSize() == Long.BYTES;
        int32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(vmcore.byteOrder());
        int64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(vmcore.byteOrder());
        size = (int) within(1, LARGEST_STRUCT, "SIZE(page)", info.requireSize("page"));
        flags = (int) within(0, size - Long.BYTES, "OFFSET(page.flags)", info.requireOffset("page.flags"));
        mapcount =
                (int) within(0, size - Integer.BYTES, "OFFSET(page._mapcount)", info.requireOffset("page._mapcount"));
        mapping = offset("page.mapping");
        privateField = offset("page.private");
        compoundHead = offset("page.compound_info") >= 0 ? offset("page.compound_info") : offset("page.compound_head");
        int folioOrder = folio("folio._folio_order");
        orderField = folioOrder >= 0 ? folioOrder : offset("page.compound_order");
        int folioDestructor = folio("folio._folio_dtor");
        destructorField = folioDestructor >= 0 ? folioDestructor : offset("page.compound_dtor");
        hugetlbDestructor = number("HUGETLB_PAGE_DTOR", 0);
        hugetlbFlag = flag("PG_hugetlb");
        slab = flag("PG_slab");
        head = info.number("PG_head_mask").orElse(0);
        poisoned = flag("PG_hwpoison");
        lru = flag("PG_lru");
        privateFlag = flag("PG_private");
        // PG_swapcache is PG_owner_priv_1 of a page that is not backed by swap (commit 6326fec1122c, in 4.10).
        swapCache = flag("PG_swapcache") | flag("PG_swapbacked");
        buddy = number("PAGE_BUDDY_MAPCOUNT_VALUE", 0);
        orders = (int) within(
                0,
                LARGEST_ORDER,
                "LENGTH(zone.free_area)",
                info.length("zone.free_area").orElse(0));
        offline = number("PAGE_OFFLINE_MAPCOUNT_VALUE", 0);
        hugetlb = number("PAGE_HUGETLB_MAPCOUNT_VALUE", 0);
        unaccepted = number("PAGE_UNACCEPTED_MAPCOUNT_VALUE", 0);
        findUnknown();
    }

    private void findUnknown() {
        if (buddy == 0 || orders == 0 || privateField < 0) {
            unknown.put(
                    PageClass.FREE,
                    missing("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "LENGTH(zone.free_area)", "OFFSET(page.private)"));
        }
        if (compoundHead < 0 || mapping < 0) {
            String reason = missing("OFFSET(page.compound_head)", "OFFSET(page.mapping)");
            unknown.put(PageClass.USER, reason);
            unknown.put(PageClass.CACHE, reason);
            unknown.put(PageClass.PRIVATE_CACHE, reason);
        } else if (lru == 0) {
            unknown.put(PageClass.CACHE, missing("NUMBER(PG_lru)"));
            unknown.put(PageClass.PRIVATE_CACHE, missing("NUMBER(PG_lru)"));
        } else if (privateFlag == 0) {
            unknown.put(PageClass.CACHE, missing("NUMBER(PG_private)"));
        }
    }

    private String missing(String... keys) {
        return vmcore.name() + ": VMCOREINFO lacks "
                + Stream.of(keys).filter(key -> info.value(key).isEmpty()).collect(Collectors.joining(" and "));
    }

    private int offset(String member) {
        OptionalLong value = info.offset(member);
        return value.isEmpty() ? -1 : (int) within(0, size - Long.BYTES, "OFFSET(" + member + ")", value.getAsLong());
    }

    /// A member of `struct folio` that lies in the second `struct page`, as an offset there; -1 if it is not told.
    private int folio(String member) {
        OptionalLong value = info.offset(member);
        return value.isEmpty() ? -1 : (int) within(0, size - 1L, "OFFSET(" + member + ")", value.getAsLong() - size);
    }

    private long flag(String name) {
        OptionalLong bit = info.number(name);
        return bit.isEmpty() ? 0 : 1L << within(0, MOST_BITS, "NUMBER(" + name + ")", bit.getAsLong());
    }

    private int number(String name, int otherwise) {
        return (int) info.number(name).orElse(otherwise);
    }

    private long within(long least, long most, String key, long value) {
        if (value < least || value > most) {
            throw new MalformedInputException(
                    vmcore.name(), -1, VmcoreInfo.NOTE_NAME, key, value + " is not " + least + " to " + most);
        }
        return value;
    }

    /// Bytes of one.
    int size() {
        return size;
    }

    /// The classes that cannot be told from others, and why.
    Map<PageClass, String> unknown() {
        return unknown;
    }

    /// What the page is that the `struct page` at `at` stands for, as far as it tells itself. [PageClass#WRITTEN] is
    /// any
    /// other.
    PageClass classify(MemorySegment structs, long at) {
        long bits = word(structs, at + flags);
        if ((bits & poisoned) != 0) {
            return PageClass.POISONED;
        }
        if ((bits & slab) != 0 || isTail(structs, at)) {
            return PageClass.WRITTEN;
        }
        int type = structs.get(int32, at + mapcount);
        if (type < -1) {
            return ofType(type);
        }
        if (mapping < 0) {
            return PageClass.WRITTEN;
        }
        if ((word(structs, at + mapping) & ANONYMOUS) != 0) {
            return PageClass.USER;
        }
        if ((bits & lru) != 0 || (bits & swapCache) == swapCache && swapCache != 0) {
            return (bits & privateFlag) != 0 ? PageClass.PRIVATE_CACHE : PageClass.CACHE;
        }
        return (bits & head) != 0 && isOldHugetlb(structs, at) ? PageClass.USER : PageClass.WRITTEN;
    }

    private PageClass ofType(int type) {
        if (type == buddy || is(type, unaccepted)) {
            return PageClass.FREE;
        }
        if (is(type, offline)) {
            return PageClass.OFFLINE;
        }
        return is(type, hugetlb) ? PageClass.USER : PageClass.WRITTEN;
    }

    private static boolean is(int type, int known) {
        boolean inTopByte = (known & ~TYPE_IN_TOP_BYTE) == 0;
        return known != 0 && (inTopByte ? (type & TYPE_IN_TOP_BYTE) == known : type == known);
    }

    private boolean isOldHugetlb(MemorySegment structs, long at) {
        long second = at + size;
        if (second + size > structs.byteSize() || !isTail(structs, second)) {
            return false;
        }
        if (hugetlbFlag != 0) {
            return (word(structs, second + flags) & hugetlbFlag) != 0;
        }
        return destructorField >= 0
                && hugetlbDestructor != 0
                && structs.get(ValueLayout.JAVA_BYTE, second + destructorField) == hugetlbDestructor;
    }

    private boolean isTail(MemorySegment structs, long at) {
        return compoundHead >= 0 && (word(structs, at + compoundHead) & TAIL) != 0;
    }

    /// How many pages in a row, from this one on, are what it is: of a free block or a compound page all of them. 0 if
    /// it is not true what it tells: no free block is so large, or begins there.
    ///
    /// @param what [#classify] says of it
    /// @param pfn its page frame number
    long pages(PageClass what, MemorySegment structs, long at, long pfn) {
        return switch (what) {
            case FREE -> {
                boolean whole = structs.get(int32, at + mapcount) == buddy;
                long order = whole ? word(structs, at + privateField) : orders - 1;
                yield order >= 0 && order < orders && isAligned(pfn, order) ? 1L << order : 0;
            }
            case CACHE, PRIVATE_CACHE, USER ->
                (word(structs, at + flags) & head) == 0 ? 1 : compoundPages(structs, at, pfn);
            case WRITTEN, ZERO, OFFLINE, POISONED, NOT_IN_SOURCE, LOST -> 1;
        };
    }

    /// Of a compound page that does not make sense, only the head is known for what it is.
    private long compoundPages(MemorySegment structs, long at, long pfn) {
        long second = at + size;
        if (second + size > structs.byteSize() || !isTail(structs, second)) {
            return 1;
        }
        long order = orderField >= 0
                ? structs.get(ValueLayout.JAVA_BYTE, second + orderField) & 0xff
                : word(structs, second + flags) & ORDER_IN_FLAGS;
        if (order == 0 || order > LARGEST_ORDER || !isAligned(pfn, order)) {
            return 1;
        }
        long last = at + ((1L << order) - 1) * size;
        return last + size > structs.byteSize() || isTail(structs, last) ? 1L << order : 1;
    }

    private static boolean isAligned(long pfn, long order) {
        return (pfn & (1L << order) - 1) == 0;
    }

    private long word(MemorySegment structs, long offset) {
        return wide ? structs.get(int64, offset) : structs.get(int32, offset) & 0xffff_ffffL;
    }
}
