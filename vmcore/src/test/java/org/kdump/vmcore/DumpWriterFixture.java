package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.vmcore.elfcore.ElfCoreFixture;

/// A machine of 1024 pages from 0 on and 512 from 2048 on, and the batches of a capture of it.
public final class DumpWriterFixture {
    public static final int PAGE = 4096;
    private static final int PAGES = 1024;
    private static final int HIGH = 2048;
    private static final long DIRECT = 0xffff888000000000L;
    private static final long IMAGE = 0xffffffff81000000L;

    private DumpWriterFixture() {}

    public static Vmcore source() throws IOException {
        byte[] low = new byte[PAGES * PAGE];
        byte[] high = new byte[512 * PAGE];
        new Random(1).nextBytes(low);
        new Random(2).nextBytes(high);
        return new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64)
                .note("CORE", 1, new byte[333])
                .vmcoreinfo("OSRELEASE=6.1.0\nPAGESIZE=4096\nCRASHTIME=1700000000\nNUMBER(phys_base)=-4096\n")
                .load(IMAGE, 256 * PAGE, java.util.Arrays.copyOfRange(low, 256 * PAGE, 512 * PAGE))
                .load(DIRECT, 0, low)
                .load(DIRECT + (long) HIGH * PAGE, (long) HIGH * PAGE, high)
                .open();
    }

    /// Pages with their contents as in `source`.
    public static PageBatch stored(Vmcore source, long firstPfn, int count) throws IOException {
        PageBatch batch = new PageBatch(count, PAGE, Arena.ofAuto());
        for (int i = 0; i < count; i++) {
            batch.add(firstPfn + i, PageBatch.Kind.STORED, page(source, firstPfn + i), PAGE);
        }
        return batch;
    }

    /// Pages without contents.
    public static PageBatch bare(PageBatch.Kind kind, long firstPfn, int count) {
        PageBatch batch = new PageBatch(count, PAGE, Arena.ofAuto());
        for (int i = 0; i < count; i++) {
            batch.add(firstPfn + i, kind);
        }
        return batch;
    }

    /// The page, or an array shorter than that if the dump does not hold it.
    public static byte[] page(Vmcore vmcore, long pfn) throws IOException {
        byte[] page = new byte[PAGE];
        long read = vmcore.read(pfn * PAGE, MemorySegment.ofArray(page));
        return java.util.Arrays.copyOf(page, (int) read);
    }

    public static FileChannel create(Path file) throws IOException {
        Files.deleteIfExists(file);
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
