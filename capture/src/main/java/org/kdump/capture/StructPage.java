package org.kdump.capture;

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
/// and a tail whose head is not understood, keep their pages. makedumpfile 1.7.8 knows of no compound_info: on 7.2 each
/// tail is a page of its own to it, and as the mapping of a tail has its low bits set, one of a process. So it leaves
/// out all but the first page of every slab of more than one.
final class StructPage {
    private static final int LARGEST_STRUCT = 4096;
    private static final int LARGEST_ORDER = 30;
    private static final int MOST_BITS = 63;
    private static final int TAIL = 1;
    private static final int ANONYMOUS = 1;
    private static final int TYPE_IN_TOP_BYTE = 0xff00_0000;

    private final Vmcore vmcore;
    private final VmcoreInfo info;
    private final Map<PageClass, String> unknown = new EnumMap<>(PageClass.class);
    private final int size;
    private final int words;
    private final StructMember flags;
    private final StructMember mapcount;
    private final StructMember mapping;
    private final StructMember privateField;
    private final StructMember compoundHead;
    private final StructMember order;
    private final StructMember destructor;
    private final int hugetlbDestructor;
    private final long hugetlbFlag;
    private final long slabFlag;
    private final long head;
    private final long poisoned;
    private final long lru;
    private final long privateFlag;
    private final long swapCache;
    private final int orders;
    private final int buddy;
    private final int slab;
    private final int offline;
    private final int hugetlb;
    private final int unaccepted;

    /// @throws MalformedInputException if VMCOREINFO does not tell enough for any page, or what cannot be true
    StructPage(Vmcore vmcore) {
        this.vmcore = vmcore;
        info = vmcore.info();
        int wordSize = vmcore.elfClass().wordSize();
        size = (int) within(2L * wordSize, LARGEST_STRUCT, "SIZE(page)", info.requireSize("page"));
        words = size / wordSize;
        within(0, 0, "SIZE(page) % " + wordSize, size % wordSize);
        flags = member("page.flags", info.requireOffset("page.flags"), wordSize);
        mapcount = member("page._mapcount", info.requireOffset("page._mapcount"), Integer.BYTES);
        mapping = member("page.mapping", wordSize);
        privateField = member("page.private", wordSize);
        compoundHead = either(member("page.compound_info", wordSize), member("page.compound_head", wordSize));
        order = either(either(ofSecond("folio._folio_order"), member("page.compound_order", 1)), flags.low(Byte.SIZE));
        destructor = either(ofSecond("folio._folio_dtor"), member("page.compound_dtor", 1));
        hugetlbDestructor = number("HUGETLB_PAGE_DTOR", 0);
        hugetlbFlag = flag("PG_hugetlb");
        slabFlag = flag("PG_slab");
        head = info.number("PG_head_mask").orElse(0);
        poisoned = flag("PG_hwpoison");
        lru = flag("PG_lru");
        privateFlag = flag("PG_private");
        // PG_swapcache is PG_owner_priv_1 of a page that is not backed by swap (commit 6326fec1122c, in 4.10).
        swapCache = flag("PG_swapcache") | flag("PG_swapbacked");
        orders = (int) within(
                0,
                LARGEST_ORDER,
                "LENGTH(zone.free_area)",
                info.length("zone.free_area").orElse(0));
        buddy = number("PAGE_BUDDY_MAPCOUNT_VALUE", 0);
        slab = number("PAGE_SLAB_MAPCOUNT_VALUE", 0);
        offline = number("PAGE_OFFLINE_MAPCOUNT_VALUE", 0);
        hugetlb = number("PAGE_HUGETLB_MAPCOUNT_VALUE", 0);
        unaccepted = number("PAGE_UNACCEPTED_MAPCOUNT_VALUE", 0);
        findUnknown();
    }

    private void findUnknown() {
        if (buddy == 0 || orders == 0 || privateField == StructMember.NONE) {
            unknown.put(
                    PageClass.FREE,
                    missing("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "LENGTH(zone.free_area)", "OFFSET(page.private)"));
        }
        if (compoundHead == StructMember.NONE || mapping == StructMember.NONE) {
            unknowable(missing("OFFSET(page.compound_head)", "OFFSET(page.mapping)"));
        } else if (slab == 0 && slabFlag == 0) {
            unknowable(missing("NUMBER(PG_slab)", "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)"));
        } else if (lru == 0) {
            unknown.put(PageClass.CACHE, missing("NUMBER(PG_lru)"));
            unknown.put(PageClass.PRIVATE_CACHE, missing("NUMBER(PG_lru)"));
        } else if (privateFlag == 0) {
            unknown.put(PageClass.CACHE, missing("NUMBER(PG_private)"));
        }
    }

    private void unknowable(String reason) {
        unknown.put(PageClass.USER, reason);
        unknown.put(PageClass.CACHE, reason);
        unknown.put(PageClass.PRIVATE_CACHE, reason);
    }

    private String missing(String... keys) {
        return vmcore.name() + ": VMCOREINFO lacks "
                + Stream.of(keys).filter(key -> info.value(key).isEmpty()).collect(Collectors.joining(" and "));
    }

    private StructMember member(String name, int bytes) {
        OptionalLong offset = info.offset(name);
        return offset.isEmpty() ? StructMember.NONE : member(name, offset.getAsLong(), bytes);
    }

    private StructMember member(String name, long offset, int bytes) {
        return StructMember.of(vmcore, "OFFSET(" + name + ")", offset, bytes, size);
    }

    /// A byte of `struct folio` that lies in the second `struct page`.
    private StructMember ofSecond(String name) {
        OptionalLong offset = info.offset(name);
        return offset.isEmpty() ? StructMember.NONE : member(name, offset.getAsLong() - size, 1);
    }

    private static StructMember either(StructMember first, StructMember second) {
        return first == StructMember.NONE ? second : first;
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

    /// Words of one.
    int words() {
        return words;
    }

    /// The classes that cannot be told from others, and why.
    Map<PageClass, String> unknown() {
        return unknown;
    }

    /// Whether it must not be read.
    boolean isPoisoned(long[] row, int at) {
        return (flags.of(row, at) & poisoned) != 0;
    }

    /// What the page is that the `struct page` at `at` stands for, as far as it tells itself: nothing is said of a
    /// tail.
    ///
    /// @param end behind the last word of the row
    PageKind kind(long[] row, int at, int end) {
        long bits = flags.of(row, at);
        if ((bits & poisoned) != 0) {
            return PageKind.POISONED;
        }
        if (isTail(row, at)) {
            return PageKind.KERNEL;
        }
        if ((bits & slabFlag) != 0) {
            return PageKind.SLAB;
        }
        int type = (int) mapcount.of(row, at);
        if (type < -1) {
            return ofType(type, bits);
        }
        if ((bits & head) != 0 && isOldHugetlb(row, at, end)) {
            return PageKind.HUGETLB;
        }
        if ((mapping.of(row, at) & ANONYMOUS) != 0) {
            return PageKind.ANONYMOUS;
        }
        if ((bits & lru) != 0 || (bits & swapCache) == swapCache && swapCache != 0) {
            return (bits & privateFlag) != 0 ? PageKind.PRIVATE_CACHE : PageKind.CACHE;
        }
        return ofKernel(bits);
    }

    private PageKind ofKernel(long bits) {
        return (bits & head) != 0 ? PageKind.COMPOUND : PageKind.KERNEL;
    }

    private PageKind ofType(int type, long bits) {
        if (type == buddy) {
            return PageKind.FREE;
        }
        if (is(type, slab)) {
            return PageKind.SLAB;
        }
        if (is(type, hugetlb)) {
            return PageKind.HUGETLB;
        }
        if (is(type, offline)) {
            return PageKind.OFFLINE;
        }
        return is(type, unaccepted) ? PageKind.UNACCEPTED : ofKernel(bits);
    }

    private static boolean is(int type, int known) {
        boolean inTopByte = (known & ~TYPE_IN_TOP_BYTE) == 0;
        return known != 0 && (inTopByte ? (type & TYPE_IN_TOP_BYTE) == known : type == known);
    }

    private boolean isOldHugetlb(long[] row, int at, int end) {
        int second = at + words;
        if (second + words > end || !isTail(row, second)) {
            return false;
        }
        return hugetlbFlag != 0
                ? (flags.of(row, second) & hugetlbFlag) != 0
                : hugetlbDestructor != 0 && destructor.of(row, second) == hugetlbDestructor;
    }

    private boolean isTail(long[] row, int at) {
        return (compoundHead.of(row, at) & TAIL) != 0;
    }

    /// How many pages in a row, from this one on, are what it is: of a free block or a compound page all of them. 0 if
    /// it is not true what it tells: no free block is so large, or begins there.
    ///
    /// @param kind [#kind] says of it
    /// @param pfn its page frame number
    long pages(PageKind kind, long[] row, int at, int end, long pfn) {
        return switch (kind) {
            case FREE -> freePages(privateField.of(row, at), pfn);
            case UNACCEPTED -> freePages(orders - 1L, pfn);
            case CACHE, PRIVATE_CACHE, ANONYMOUS, HUGETLB, SLAB, COMPOUND -> compoundPages(row, at, end, pfn);
            // Which of them is broken is known of no hugetlb page (folio_set_hugetlb_hwpoison, in 6.1): it may be any.
            case POISONED -> isHugetlb(row, at, end) ? compoundPages(row, at, end, pfn) : 1;
            case KERNEL, OFFLINE -> 1;
        };
    }

    private boolean isHugetlb(long[] row, int at, int end) {
        return is((int) mapcount.of(row, at), hugetlb) || (flags.of(row, at) & head) != 0 && isOldHugetlb(row, at, end);
    }

    private long freePages(long freeOrder, long pfn) {
        return freeOrder >= 0 && freeOrder < orders && isAligned(pfn, freeOrder) ? 1L << freeOrder : 0;
    }

    /// Of a compound page that does not make sense, only the head is known for what it is.
    private long compoundPages(long[] row, int at, int end, long pfn) {
        int second = at + words;
        if ((flags.of(row, at) & head) == 0 || second + words > end || !isTail(row, second)) {
            return 1;
        }
        long compoundOrder = order.of(row, second);
        if (compoundOrder == 0 || compoundOrder > LARGEST_ORDER || !isAligned(pfn, compoundOrder)) {
            return 1;
        }
        long last = at + ((1L << compoundOrder) - 1) * words;
        return last + words > end || isTail(row, (int) last) ? 1L << compoundOrder : 1;
    }

    private static boolean isAligned(long pfn, long order) {
        return (pfn & (1L << order) - 1) == 0;
    }
}
