package org.kdump.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;

/// The vmcore of a small x86-64 machine with a mem_map, as the kernel would leave it.
///
/// ```
/// physical                 what
/// 0x0        -  0x1000000  16 MiB of memory, less the last 1 KiB
///   0x2000, 0x3000 …       page tables
///   0x8000, 0x9000         mem_section: roots, sections
///   0xa000                 init_uts_ns
///   0xb000                 contig_page_data
///   0x200000 - 0x300000    the kernel's image
///   0x400000, 0x600000     the struct pages of either piece of memory
/// 0x10000000 - 0x10800000  8 MiB of memory, in another window
/// virtual
/// ffff888000000000         direct mapping, one page of 1 GiB
/// ffffea0000000000         vmemmap, pages of 2 MiB
/// ffffffff80000000         the kernel's image, phys_base being 0x1000
/// ```
final class CrashedMachine {
    static final int PAGE = 4096;
    static final long LOW_END = 0x1000000 - 0x400;
    static final long HIGH = 0x10000000;
    static final long HIGH_END = HIGH + 0x800000;

    private static final long DIRECT = 0xffff888000000000L;
    private static final long VMEMMAP = 0xffffea0000000000L;
    private static final long IMAGE = 0xffffffff80000000L;
    private static final long LOW_STRUCTS = 0x400000;
    private static final long HIGH_STRUCTS = 0x600000;
    private static final int STRUCT_SIZE = 64;
    private static final int MAPCOUNT = 48;
    private static final int PRIVATE = 40;
    private static final int MAPPING = 24;
    private static final int COMPOUND_HEAD = 8;
    private static final long SLAB_PFN = 0x3ff;
    private static final int SLAB = 0xf5 << 24;
    private static final int PRESENT = 1;
    private static final int LARGE = 0x80;
    /// Six flags in the low bits, as with ZONE_DEVICE and vmemmap.
    private static final int SECTION_FLAGS = 0x3f;

    private final ByteBuffer low = ByteBuffer.allocate(0x1000000).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer high = ByteBuffer.allocate(0x800000).order(ByteOrder.LITTLE_ENDIAN);
    private final int buddy;
    private int head = 1 << 6;
    private boolean tailsTellDestructor;
    private String info;

    /// @param buddy `PAGE_BUDDY_MAPCOUNT_VALUE`: -129 up to Linux 6.10, -268435456 since 6.12
    CrashedMachine(int buddy) {
        this.buddy = buddy;
        info = """
                OSRELEASE=6.1.0-test
                PAGESIZE=4096
                SYMBOL(init_uts_ns)=ffff88800000a000
                OFFSET(uts_namespace.name)=0
                SYMBOL(swapper_pg_dir)=ffffffff80001000
                NUMBER(phys_base)=4096
                SYMBOL(mem_section)=ffff888000008000
                LENGTH(mem_section)=2048
                SIZE(mem_section)=16
                OFFSET(mem_section.section_mem_map)=0
                NUMBER(SECTION_SIZE_BITS)=27
                NUMBER(MAX_PHYSMEM_BITS)=46
                SIZE(page)=64
                OFFSET(page.flags)=0
                OFFSET(page._mapcount)=48
                OFFSET(page.private)=40
                OFFSET(page.mapping)=24
                OFFSET(page.compound_head)=8
                NUMBER(PG_lru)=5
                NUMBER(PG_private)=14
                NUMBER(PG_swapcache)=10
                NUMBER(PG_swapbacked)=17
                NUMBER(PG_head_mask)=64
                NUMBER(PG_hwpoison)=21
                NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376
                NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240
                NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592
                NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944
                LENGTH(zone.free_area)=11
                NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%d
                CRASHTIME=1700000000
                """.formatted(buddy);
        pageTables();
        memorySections();
        utsname();
        for (long pfn = 0; pfn < 4096; pfn++) {
            low.putInt(struct(pfn) + MAPCOUNT, -1);
        }
        for (long pfn = HIGH / PAGE; pfn < HIGH_END / PAGE; pfn++) {
            low.putInt(struct(pfn) + MAPCOUNT, -1);
        }
        fill(0x200000 / PAGE, 256);
        page(SLAB_PFN, 0, 0, SLAB);
    }

    private void pageTables() {
        low.putLong(0x2000 + index(DIRECT, 39), 0x3000 | PRESENT);
        low.putLong(0x3000 + index(DIRECT, 30), PRESENT | LARGE);
        low.putLong(0x2000 + index(VMEMMAP, 39), 0x4000 | PRESENT);
        low.putLong(0x4000 + index(VMEMMAP, 30), 0x5000 | PRESENT);
        low.putLong(0x5000 + index(VMEMMAP, 21), LOW_STRUCTS | PRESENT | LARGE);
        low.putLong(0x5000 + index(VMEMMAP + HIGH / PAGE * STRUCT_SIZE, 21), HIGH_STRUCTS | PRESENT | LARGE);
    }

    private static int index(long virtual, int shift) {
        return (int) (virtual >>> shift & 511) * 8;
    }

    private void memorySections() {
        low.putLong(0x8000, DIRECT + 0x9000);
        for (int section : new int[] {0, 2}) {
            low.putLong(0x9000 + 16 * section, VMEMMAP | SECTION_FLAGS);
        }
    }

    private void utsname() {
        String[] names = {"Linux", "node", "6.1.0-test", "#1 SMP", "x86_64", "(none)"};
        for (int i = 0; i < names.length; i++) {
            low.put(0xa000 + 65 * i, names[i].getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static int struct(long pfn) {
        boolean inLow = pfn < HIGH / PAGE;
        return (int) ((inLow ? LOW_STRUCTS : HIGH_STRUCTS) + (inLow ? pfn : pfn - HIGH / PAGE) * STRUCT_SIZE);
    }

    /// Makes it tell its layout as Linux 5.10 does: slab by flag, no page types beside those of free and offline pages,
    /// order and destructor of a compound page in bytes of its second.
    CrashedMachine asLinux510() {
        head = 1 << 16;
        tailsTellDestructor = true;
        page(SLAB_PFN, 1 << 9, 0, -1);
        return with("NUMBER(PG_lru)", "4")
                .with("NUMBER(PG_private)", "13")
                .with("NUMBER(PG_swapbacked)", "19")
                .with("NUMBER(PG_slab)", "9")
                .with("NUMBER(PG_head_mask)", "65536")
                .with("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "-129")
                .with("NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)", "-257")
                .with("NUMBER(HUGETLB_PAGE_DTOR)", "2")
                .with("OFFSET(page.compound_dtor)", "16")
                .with("OFFSET(page.compound_order)", "17")
                .without("NUMBER(PG_hwpoison)")
                .without("NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)")
                .without("NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)")
                .without("NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)");
    }

    /// Makes it tell its layout as Linux 7.2 does.
    CrashedMachine asLinux72() {
        return without("OFFSET(page.compound_head)").with("OFFSET(page.compound_info)", "8");
    }

    /// Makes it tell of one array of struct pages for all memory, which begins with that of frame 0.
    CrashedMachine flat() {
        low.putLong(0xd000, VMEMMAP);
        return without("SYMBOL(mem_section)").with("SYMBOL(mem_map)", "ffff88800000d000");
    }

    /// Makes it tell of one array of sections instead of one of pointers to them.
    CrashedMachine withSectionsInOneArray() {
        return with("SYMBOL(mem_section)", "ffff888000009000").with("LENGTH(mem_section)", "524288");
    }

    /// Marks the first page of a free block; what the block holds is left in it.
    CrashedMachine free(long pfn, long order) {
        low.putInt(struct(pfn) + MAPCOUNT, buddy);
        low.putLong(struct(pfn) + PRIVATE, order);
        return this;
    }

    /// Says of a page what its `struct page` has.
    CrashedMachine page(long pfn, long flags, long mapping, int mapcount) {
        low.putLong(struct(pfn), flags);
        low.putLong(struct(pfn) + MAPPING, mapping);
        low.putInt(struct(pfn) + MAPCOUNT, mapcount);
        return this;
    }

    /// A compound page; its tails have a mapping that looks like that of a process.
    CrashedMachine compound(long pfn, int order, long flags, long mapping, int mapcount) {
        page(pfn, flags | head, mapping, mapcount);
        for (long tail = pfn + 1; tail < pfn + (1L << order); tail++) {
            page(tail, tail == pfn + 1 && !tailsTellDestructor ? order : 0, 3, -1);
            low.putLong(struct(tail) + COMPOUND_HEAD, VMEMMAP + pfn * STRUCT_SIZE | 1);
        }
        if (tailsTellDestructor) {
            low.put(struct(pfn + 1) + 17, (byte) order);
        }
        return this;
    }

    /// Makes a compound page of an old kernel one of hugetlbfs.
    CrashedMachine hugetlb(long pfn) {
        low.put(struct(pfn + 1) + 16, (byte) 2);
        return this;
    }

    /// Makes a page no tail any more.
    CrashedMachine unlink(long pfn) {
        low.putLong(struct(pfn) + COMPOUND_HEAD, 0);
        return this;
    }

    /// Adds one node with one zone that counts so many free pages.
    CrashedMachine countingFree(long pages) {
        info += """
                SYMBOL(contig_page_data)=ffff88800000b000
                OFFSET(pglist_data.node_zones)=16
                OFFSET(pglist_data.nr_zones)=8
                SIZE(zone)=256
                OFFSET(zone.vm_stat)=128
                NUMBER(NR_FREE_PAGES)=1
                """;
        low.putInt(0xb008, 1);
        low.putLong(0xb000 + 16 + 128 + 8, pages);
        return this;
    }

    /// Adds `vm_node_stat`, in which so many pages are on each of the seven lists.
    CrashedMachine countingListed(long pages) {
        info += "SYMBOL(vm_node_stat)=ffff88800000c000\n";
        List<String> lists = List.of(
                "INACTIVE_ANON",
                "ACTIVE_ANON",
                "INACTIVE_FILE",
                "ACTIVE_FILE",
                "UNEVICTABLE",
                "ISOLATED_ANON",
                "ISOLATED_FILE");
        for (int i = 0; i < lists.size(); i++) {
            info += "NUMBER(NR_" + lists.get(i) + ")=" + i + "\n";
            low.putLong(0xc000 + 8 * i, pages);
        }
        return this;
    }

    /// Adds an item of `vm_node_stat` behind those of the lists.
    CrashedMachine counting(String item, int index, long pages) {
        low.putLong(0xc000 + 8 * index, pages);
        return with("SYMBOL(vm_node_stat)", "ffff88800000c000").with("NUMBER(" + item + ")", Integer.toString(index));
    }

    /// Adds `hstates` with one size of hugetlb pages, of 2 MiB.
    CrashedMachine countingHugetlb(long pages) {
        low.putInt(0xc200, 1);
        low.putInt(0xc210 + 4, 9);
        low.putLong(0xc210 + 8, pages);
        return with("SYMBOL(hugetlb_max_hstate)", "ffff88800000c200")
                .with("SYMBOL(hstates)", "ffff88800000c210")
                .with("SIZE(hstate)", "16")
                .with("OFFSET(hstate.order)", "4")
                .with("OFFSET(hstate.nr_huge_pages)", "8");
    }

    /// Pages that are all the same, and cannot be compressed.
    CrashedMachine alike(long firstPfn, int count) {
        byte[] page = new byte[PAGE];
        new Random(firstPfn).nextBytes(page);
        for (long pfn = firstPfn; pfn < firstPfn + count; pfn++) {
            low.put((int) (pfn * PAGE), page);
        }
        return this;
    }

    /// Fills pages so that every third cannot be compressed and the others can, each with contents of its own.
    CrashedMachine fill(long firstPfn, int count) {
        for (long pfn = firstPfn; pfn < firstPfn + count; pfn++) {
            byte[] page = new byte[PAGE];
            new Random(pfn).nextBytes(page);
            if (pfn % 3 != 0) {
                java.util.Arrays.fill(page, 100, PAGE, (byte) pfn);
            }
            boolean inLow = pfn < HIGH / PAGE;
            (inLow ? low : high).put((int) (pfn * PAGE - (inLow ? 0 : HIGH)), page);
        }
        return this;
    }

    /// Puts a line into VMCOREINFO, in place of one that is there.
    CrashedMachine with(String key, String value) {
        without(key);
        info += key + "=" + value + "\n";
        return this;
    }

    /// Takes a line out of VMCOREINFO.
    CrashedMachine without(String key) {
        info = info.lines().filter(line -> !line.startsWith(key + "=")).reduce("", (all, line) -> all + line + "\n");
        return this;
    }

    /// Unmaps the struct pages of the high memory.
    CrashedMachine withoutHighStructs() {
        low.putLong(0x5000 + index(VMEMMAP + HIGH / PAGE * STRUCT_SIZE, 21), 0);
        return this;
    }

    Path writeTo(Path file) throws IOException {
        ByteSink notes = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        Note.write(notes, "CORE", Note.NT_PRSTATUS, new byte[336]);
        Note.write(notes, "CORE", Note.NT_PRSTATUS, new byte[336]);
        if (!info.isEmpty()) {
            Note.write(notes, "VMCOREINFO", 0, info.getBytes(StandardCharsets.US_ASCII));
        }
        long text = 0x2000;
        List<ProgramHeader> headers = new ArrayList<>();
        headers.add(new ProgramHeader(ProgramHeader.PT_NOTE, 0, 0x1000, 0, 0, notes.size(), notes.size(), 4));
        headers.add(load(text, IMAGE + 0x1ff000, 0x200000, 0x100000));
        headers.add(load(text + 0x100000, DIRECT, 0, LOW_END));
        headers.add(load(text + 0x1100000, DIRECT + HIGH, HIGH, HIGH_END - HIGH));
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.bytes(ElfCoreHeaders.encode(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64, headers));
        sink.align(0x1000).bytes(notes.toByteArray()).align(0x1000);
        try (var out = Files.newOutputStream(file)) {
            out.write(sink.toByteArray());
            out.write(low.array(), 0x200000, 0x100000);
            out.write(low.array());
            out.write(high.array());
        }
        return file;
    }

    private static ProgramHeader load(long offset, long virtual, long physical, long size) {
        return new ProgramHeader(ProgramHeader.PT_LOAD, 7, offset, virtual, physical, size, size, 0);
    }
}
