package org.kdump.e2e;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// A crashed x86-64 machine of any size, whose memory is made up when it is read.
///
/// ```
/// physical            what
/// 0      - 16 MiB     page tables, mem_section and its roots
/// 1 GiB  -            the mem_map, mapped by pages of 1 GiB
/// virtual
/// ffff888000000000    direct mapping of the first GiB
/// ffffea0000000000    vmemmap
/// ```
///
/// Memory is in blocks of 1024 pages: the first four and one in 16384 are the kernel's own, two of eight are page cache
/// and
/// memory of processes, all others are free.
final class LargeMachine implements Vmcore {
    private static final int PAGE = 4096;
    private static final int STRUCT = 64;
    private static final int BLOCK = 1024;
    private static final int LOW = 16 << 20;
    private static final long GIB = 1L << 30;
    private static final long DIRECT = 0xffff888000000000L;
    private static final long VMEMMAP = 0xffffea0000000000L;
    private static final int SECTION_SHIFT = 27;
    private static final int SECTIONS = 0x800000;
    private static final int ROOTS = 0x700000;
    private static final int SECTIONS_OF_ROOT = 256;
    private static final int BUDDY = -268435456;
    private static final int LRU = 1 << 5;

    private final long size;
    private final byte[] low = new byte[LOW];
    private final byte[] kernel = structs(0, 0);
    private final byte[] cache = structs(LRU, 0x1000);
    private final byte[] user = structs(LRU, 0x1001);
    private final byte[] free = structs(0, 0);
    private final List<Note> notes;
    private final VmcoreInfo info;

    /// @param size of its memory in bytes, whole GiB, 32 TiB at most
    LargeMachine(long size) {
        this.size = size;
        ByteBuffer tables = ByteBuffer.wrap(low).order(ByteOrder.LITTLE_ENDIAN);
        tables.putLong(0x2000 + index(DIRECT, 39), 0x3001);
        tables.putLong(0x3000 + index(DIRECT, 30), 0x81);
        tables.putLong(0x2000 + index(VMEMMAP, 39), 0x4001);
        for (int i = 0; i < (size / STRUCT + GIB - 1) / GIB; i++) {
            tables.putLong(0x4000 + 8 * i, GIB * (i + 1) | 0x81);
        }
        for (int section = 0; section < size >>> SECTION_SHIFT; section++) {
            tables.putLong(SECTIONS + 16 * section, VMEMMAP | 0x3f);
            tables.putLong(
                    ROOTS + 8 * (section / SECTIONS_OF_ROOT), DIRECT + SECTIONS + 16L * (section - section % 256));
        }
        block(free, 0).putInt(48, BUDDY).putLong(40, 10);
        // One page of slab, for no kernel is without.
        block(kernel, 1023).putInt(48, 0xf5 << 24);
        byte[] text = """
                OSRELEASE=6.12.0-large
                PAGESIZE=4096
                SYMBOL(init_uts_ns)=ffff88800000a000
                OFFSET(uts_namespace.name)=0
                SYMBOL(swapper_pg_dir)=ffffffff80002000
                NUMBER(phys_base)=0
                SYMBOL(mem_section)=%x
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
                NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456
                LENGTH(zone.free_area)=11
                """.formatted(DIRECT + ROOTS).getBytes(StandardCharsets.US_ASCII);
        notes = List.of(new Note(VmcoreInfo.NOTE_NAME, 0, MemorySegment.ofArray(text), 0));
        info = VmcoreInfo.of("large", notes);
    }

    private static int index(long virtual, int shift) {
        return (int) (virtual >>> shift & 511) * 8;
    }

    private static byte[] structs(long flags, long mapping) {
        byte[] all = new byte[BLOCK * STRUCT];
        for (int i = 0; i < BLOCK; i++) {
            block(all, i).putLong(0, flags).putLong(24, mapping).putInt(48, -1);
        }
        return all;
    }

    private static ByteBuffer block(byte[] structs, int page) {
        return ByteBuffer.wrap(structs, page * STRUCT, STRUCT).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] structs(long block) {
        if (block < LOW / PAGE / BLOCK || block % 16384 == 0) {
            return kernel;
        }
        return switch ((int) (block % 8)) {
            case 3 -> cache;
            case 5 -> user;
            default -> free;
        };
    }

    @Override
    public long read(long address, MemorySegment target) {
        long count = Math.clamp(size - address, 0, target.byteSize());
        long done = 0;
        while (done < count) {
            done += some(address + done, target.asSlice(done, count - done));
        }
        return count;
    }

    private long some(long address, MemorySegment target) {
        long mapEnd = GIB + size / PAGE * STRUCT;
        if (address < LOW) {
            return copy(low, address, target);
        }
        if (address >= GIB && address < mapEnd) {
            long inMap = address - GIB;
            return copy(structs(inMap / (BLOCK * STRUCT)), inMap % (BLOCK * STRUCT), target);
        }
        long inPage = Math.min(PAGE - address % PAGE, target.byteSize());
        target.asSlice(0, inPage).fill((byte) (address / PAGE | 1));
        return inPage;
    }

    private static long copy(byte[] from, long offset, MemorySegment target) {
        long count = Math.min(from.length - offset, target.byteSize());
        MemorySegment.copy(MemorySegment.ofArray(from), offset, target, 0, count);
        return count;
    }

    @Override
    public String name() {
        return "large";
    }

    @Override
    public String format() {
        return "made up";
    }

    @Override
    public Architecture architecture() {
        return Architecture.X86_64;
    }

    @Override
    public ElfClass elfClass() {
        return ElfClass.ELF64;
    }

    @Override
    public ByteOrder byteOrder() {
        return ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public int pageSize() {
        return PAGE;
    }

    @Override
    public VmcoreInfo info() {
        return info;
    }

    @Override
    public List<Note> notes() {
        return notes;
    }

    @Override
    public List<PhysicalRange> memory() {
        return List.of(new PhysicalRange(0, size));
    }

    @Override
    public long maxPfn() {
        return size / PAGE;
    }

    @Override
    public Presence presence(long address) {
        return address < size ? Presence.PRESENT : Presence.ABSENT;
    }

    @Override
    public OptionalInt dumpLevel() {
        return OptionalInt.empty();
    }

    @Override
    public List<String> problems() {
        return List.of();
    }

    @Override
    public void close() {}
}
