package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.VirtualMemory;

class PageClassifierTest {
    private static final int BUDDY = -268435456;
    private static final int UNTYPED = -1;
    private static final int HUGETLB = -201326592;
    private static final int OFFLINE = -251658240;
    private static final int UNACCEPTED = -150994944;
    private static final int SLAB = 0xf5 << 24;
    private static final long LRU = 1 << 5;
    private static final long SWAPCACHE = 1 << 10;
    private static final long PRIVATE = 1 << 14;
    private static final long SWAPBACKED = 1 << 17;
    private static final long POISONED = 1 << 21;
    private static final long INODE = 0xffff888000123450L;
    private static final long ANONYMOUS = INODE | 1;

    @TempDir
    private Path directory;

    private DumpLevel level = DumpLevel.EVERYTHING;
    private final CrashedMachine machine = new CrashedMachine(BUDDY);

    private PageClassifier classified() throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            PageClassifier classifier = new PageClassifier(VirtualMemory.kernel(vmcore), level);
            PageBits present = new PageBits();
            present.set(0, 4096);
            classifier.classify(0, present);
            return classifier;
        }
    }

    private void expect(PageClass what, int from, int to) throws IOException {
        PageClassifier classifier = classified();
        for (int frame = from; frame < to; frame++) {
            assertEquals(what, classifier.of(frame).fate(), "frame " + Integer.toHexString(frame));
        }
    }

    @Test
    void pageCache() throws IOException {
        machine.page(0x800, LRU, INODE, 0)
                .page(0x801, LRU | PRIVATE, INODE, UNTYPED)
                .page(0x802, SWAPCACHE | SWAPBACKED, INODE, UNTYPED)
                // Without PG_swapbacked the flag means something else.
                .page(0x803, SWAPCACHE, INODE, UNTYPED)
                .page(0x804, PRIVATE, INODE, UNTYPED);
        expect(PageClass.CACHE, 0x800, 0x801);
        expect(PageClass.PRIVATE_CACHE, 0x801, 0x802);
        expect(PageClass.CACHE, 0x802, 0x803);
        expect(PageClass.WRITTEN, 0x803, 0x805);
    }

    @Test
    void memoryOfProcesses() throws IOException {
        machine.page(0x800, LRU | SWAPBACKED, ANONYMOUS, 0)
                .compound(0xa00, 9, LRU, ANONYMOUS, 3)
                .compound(0xc00, 9, 0, INODE, HUGETLB | 5);
        expect(PageClass.USER, 0x800, 0x801);
        expect(PageClass.USER, 0xa00, 0xe00);
    }

    /// makedumpfile 1.7.8 takes such a page of Linux 7.2 for one of a process, and leaves it out.
    @Test
    void aSlabPageThatKeepsSomethingBelowItsType() throws IOException {
        machine.page(0x800, LRU, ANONYMOUS, SLAB | 0x1234).compound(0x808, 3, LRU, ANONYMOUS, SLAB | 7);
        expect(PageClass.WRITTEN, 0x800, 0x810);
    }

    @Test
    void aTailIsWhatItsHeadIs() throws IOException {
        machine.compound(0x800, 2, 0, 0, UNTYPED).compound(0x900, 3, LRU, INODE, UNTYPED);
        expect(PageClass.WRITTEN, 0x800, 0x804);
        expect(PageClass.CACHE, 0x900, 0x908);
    }

    @Test
    void ofACompoundPageThatMakesNoSenseOnlyTheHeadIsLeftOut() throws IOException {
        machine.compound(0x802, 4, LRU, INODE, UNTYPED).compound(0xa00, 4, LRU, INODE, UNTYPED);
        // Its last tail is a page of its own.
        machine.page(0xa0f, 0, 0, UNTYPED).unlink(0xa0f);
        expect(PageClass.CACHE, 0x802, 0x803);
        expect(PageClass.WRITTEN, 0x803, 0x812);
        expect(PageClass.CACHE, 0xa00, 0xa01);
        expect(PageClass.WRITTEN, 0xa01, 0xa10);
    }

    @Test
    void offlinePoisonedAndUnaccepted() throws IOException {
        machine.page(0x800, 0, 0, OFFLINE)
                .page(0x801, POISONED | LRU, INODE, UNTYPED)
                .page(0xc00, 0, 0, UNACCEPTED)
                .compound(0x900, 2, 0, 0, UNTYPED)
                .page(0x902, POISONED, 1, UNTYPED);
        expect(PageClass.OFFLINE, 0x800, 0x801);
        expect(PageClass.POISONED, 0x801, 0x802);
        expect(PageClass.FREE, 0xc00, 0x1000);
        expect(PageClass.WRITTEN, 0x900, 0x902);
        expect(PageClass.POISONED, 0x902, 0x903);
    }

    private CaptureResult capture(int level) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            return Capture.run(vmcore, directory.resolve("dump"), request(level), ProgressListener.NONE);
        }
    }

    private static CaptureRequest request(int level) {
        return new CaptureRequest(new DumpLevel(level), DumpFormat.KDUMP, PageCodec.ZSTD, 2, true);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 0",
        "2, 1, 0, 0, 0",
        "4, 1, 2, 0, 0",
        "8, 0, 0, 4, 0",
        "16, 0, 0, 0, 8",
        "30, 1, 2, 4, 8",
        "31, 1, 2, 4, 8"
    })
    void eachBitOfALevelLeavesOutItsPages(int level, long cache, long privateCache, long user, long free)
            throws IOException {
        machine.fill(0x800, 64)
                .page(0x800, LRU, INODE, UNTYPED)
                .compound(0x810, 1, LRU | PRIVATE, INODE, UNTYPED)
                .compound(0x820, 2, LRU, ANONYMOUS, UNTYPED)
                .free(0x830, 3)
                .page(0x838, POISONED, 0, UNTYPED);
        CaptureResult result = capture(level);
        assertEquals(List.of(), result.problems());
        assertEquals(cache, result.pages().get(PageClass.CACHE));
        assertEquals(privateCache, result.pages().get(PageClass.PRIVATE_CACHE));
        assertEquals(user, result.pages().get(PageClass.USER));
        assertEquals(free, result.pages().get(PageClass.FREE));
        assertEquals(1, result.pages().get(PageClass.POISONED));
        try (Vmcore dump = VmcoreFile.open(directory.resolve("dump"))) {
            assertEquals(level, dump.dumpLevel().orElseThrow());
        }
    }

    @Test
    void theKernelsOwnCountIsBelieved() throws IOException {
        machine.fill(0x800, 8).free(0x800, 3).countingFree(8 + 200);
        CaptureResult agreed = capture(17);
        assertEquals(List.of(), agreed.problems());
        assertEquals(8, agreed.pages().get(PageClass.FREE));
        machine.countingFree(1000);
        CaptureResult doubted = capture(31);
        assertEquals(
                List.of("free pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 1000 free pages, and its mem_map has 8"),
                doubted.problems());
        assertEquals(0, doubted.pages().get(PageClass.FREE));
        assertEquals(new DumpLevel(15), doubted.level());
        try (Vmcore dump = VmcoreFile.open(directory.resolve("dump"))) {
            assertEquals(15, dump.dumpLevel().orElseThrow());
            // Who opens it later reads why.
            assertEquals(
                    "# " + doubted.problems().getFirst() + "\n",
                    dump.notes().stream()
                            .filter(note -> note.name().equals("ERASEINFO"))
                            .findFirst()
                            .orElseThrow()
                            .text());
        }
        assertTrue(doubted.complete());
    }

    @Test
    void aBrokenPageIsFoundInWhatIsKept() throws IOException {
        machine.compound(0xa00, 9, LRU, ANONYMOUS, UNTYPED)
                .page(0xa80, POISONED, 1, UNTYPED)
                .free(0xc00, 8)
                .page(0xc10, POISONED, 0, UNTYPED);
        expect(PageClass.USER, 0xa00, 0xa80);
        expect(PageClass.POISONED, 0xa80, 0xa81);
        expect(PageClass.USER, 0xa81, 0xc00);
        expect(PageClass.FREE, 0xc00, 0xc10);
        expect(PageClass.POISONED, 0xc10, 0xc11);
        expect(PageClass.FREE, 0xc11, 0xd00);
        // Who leaves all of it out need not know.
        level = new DumpLevel(31);
        expect(PageClass.USER, 0xa00, 0xc00);
        expect(PageClass.FREE, 0xc00, 0xd00);
    }

    @Test
    void ofABrokenHugetlbPageNothingIsRead() throws IOException {
        machine.compound(0xa00, 9, POISONED, INODE, HUGETLB);
        expect(PageClass.POISONED, 0xa00, 0xc00);
    }

    @Test
    void theKernelsOwnPagesBearWitness() throws IOException {
        // init_uts_ns is there.
        machine.page(0xa, LRU, INODE, UNTYPED).page(0x800, LRU, INODE, UNTYPED).page(0x801, LRU, ANONYMOUS, UNTYPED);
        CaptureResult result = capture(31);
        assertEquals(
                List.of("cache pages cannot be trusted, so they are in the dump:"
                        + " the page of the kernel's init_uts_ns is cache by its mem_map"),
                result.problems());
        assertEquals(0, result.pages().get(PageClass.CACHE));
        assertEquals(1, result.pages().get(PageClass.USER));
        assertEquals(25, result.level().bits());
    }

    @Test
    void aKernelWithoutSlabIsMisread() throws IOException {
        machine.page(0x3ff, 0, 0, UNTYPED).page(0x800, LRU, INODE, UNTYPED);
        CaptureResult result = capture(31);
        assertEquals(
                List.of("cache, private cache, user pages cannot be trusted, so they are in the dump:"
                        + " no slab pages were found, and no kernel is without"),
                result.problems());
        assertEquals(17, result.level().bits());
    }

    @Test
    void pagesThatTheKernelHasOnNoListAreDoubted() throws IOException {
        for (int pfn = 0x400; pfn < 0xf00; pfn++) {
            machine.page(pfn, LRU, ANONYMOUS, UNTYPED);
        }
        machine.countingListed(10);
        assertEquals(
                List.of("cache, private cache, user pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 70 cache and user pages, and its mem_map has 2816"),
                capture(31).problems());
        machine.countingListed(200);
        assertEquals(List.of(), capture(31).problems());
    }

    @Test
    void slabThatIsNotFoundMakesDoubtful() throws IOException {
        // As makedumpfile 1.7.8 reads a 7.2 kernel: the tails of slabs look like memory of processes.
        machine.page(0x800, LRU, INODE, UNTYPED)
                .counting("NR_SLAB_RECLAIMABLE_B", 20, 100)
                .counting("NR_SLAB_UNRECLAIMABLE_B", 21, 100);
        assertEquals(List.of(), capture(31).problems());
        machine.counting("NR_SLAB_UNRECLAIMABLE_B", 21, 2000);
        CaptureResult result = capture(31);
        assertEquals(
                List.of("cache, private cache, user pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 2100 slab pages, and its mem_map has 1"),
                result.problems());
        assertEquals(17, result.level().bits());
    }

    @Test
    void whatIsTooLargeForSlabIsCountedWithIt() throws IOException {
        machine.compound(0x800, 10, 0, 0, UNTYPED)
                .counting("NR_SLAB_RECLAIMABLE_B", 20, 0)
                .counting("NR_SLAB_UNRECLAIMABLE_B", 21, 1024);
        assertEquals(List.of(), capture(31).problems());
    }

    @Test
    void moreFilePagesThanCountedAreDoubted() throws IOException {
        for (int pfn = 0x400; pfn < 0xf00; pfn++) {
            machine.page(pfn, LRU, pfn < 0xa00 ? INODE : ANONYMOUS, UNTYPED);
        }
        machine.counting("NR_FILE_PAGES", 20, 600).counting("NR_ANON_MAPPED", 21, 1280);
        assertEquals(
                List.of("cache, private cache pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 600 file pages, and its mem_map has 1536"),
                capture(31).problems());
        machine.counting("NR_FILE_PAGES", 20, 1536).counting("NR_ANON_MAPPED", 21, 500);
        assertEquals(
                List.of("user pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 500 anonymous pages, and its mem_map has 1280"),
                capture(31).problems());
    }

    @Test
    void moreHugetlbPagesThanCountedAreDoubted() throws IOException {
        machine.compound(0xa00, 9, 0, INODE, HUGETLB).countingHugetlb(1);
        assertEquals(List.of(), capture(31).problems());
        machine.countingHugetlb(0);
        assertEquals(
                List.of("user pages cannot be trusted, so they are in the dump:"
                        + " the kernel counted 0 hugetlb pages, and its mem_map has 512"),
                capture(31).problems());
    }

    @Test
    void anOldKernel() throws IOException {
        machine.asLinux510()
                .page(0x800, 1 << 4, INODE, UNTYPED)
                .page(0x801, 1 << 4 | 1 << 13, INODE, 5)
                .page(0x802, 1 << 4 | 1 << 19, ANONYMOUS, UNTYPED)
                .page(0x803, 0, 0, -257)
                .page(0x804, 1 << 9 | 1 << 4, ANONYMOUS, UNTYPED)
                // A page table, and a page charged to a control group.
                .page(0x805, 0, ANONYMOUS, ~0x400)
                .page(0x806, 1 << 4, ANONYMOUS, ~0x200)
                .compound(0x808, 3, 1 << 9, ANONYMOUS, UNTYPED)
                .compound(0xa00, 9, 0, INODE, UNTYPED)
                .hugetlb(0xa00)
                .compound(0xc00, 9, 0, INODE, UNTYPED);
        machine.page(0xe00, 0, 0, -129);
        expect(PageClass.CACHE, 0x800, 0x801);
        expect(PageClass.PRIVATE_CACHE, 0x801, 0x802);
        expect(PageClass.USER, 0x802, 0x803);
        expect(PageClass.OFFLINE, 0x803, 0x804);
        expect(PageClass.WRITTEN, 0x804, 0x810);
        expect(PageClass.USER, 0xa00, 0xc00);
        expect(PageClass.WRITTEN, 0xc00, 0xe00);
        expect(PageClass.FREE, 0xe00, 0xe01);
    }

    /// To makedumpfile 1.7.8, tails of Linux 7.2 are pages of processes.
    @Test
    void tailsOfANewKernel() throws IOException {
        machine.asLinux72().compound(0x808, 3, 0, 0, SLAB).compound(0x810, 3, LRU, INODE, UNTYPED);
        expect(PageClass.WRITTEN, 0x808, 0x810);
        expect(PageClass.CACHE, 0x810, 0x818);
    }

    @Test
    void eachMemoryModel() throws IOException {
        machine.free(0x800, 10).flat();
        expect(PageClass.FREE, 0x800, 0xc00);
        machine.with("SYMBOL(mem_section)", "ffff888000008000");
        expect(PageClass.FREE, 0x800, 0xc00);
        machine.withSectionsInOneArray();
        expect(PageClass.FREE, 0x800, 0xc00);
    }

    @ParameterizedTest
    @CsvSource({
        "SIZE(page), 60",
        "SIZE(page), 1000000",
        "OFFSET(page.flags), 60",
        "OFFSET(page.mapping), -8",
        "OFFSET(page._mapcount), 64",
        "NUMBER(PG_lru), 64",
        "LENGTH(zone.free_area), 99"
    })
    void aLayoutThatCannotBeIsNotUsed(String key, String value) throws IOException {
        machine.with(key, value).page(0x800, LRU, INODE, UNTYPED).fill(0x800, 1);
        CaptureResult result = capture(31);
        assertTrue(result.complete());
        assertEquals(new DumpLevel(1), result.level());
        assertTrue(result.problems().getFirst().contains(key), () -> result.toString());
    }

    @Test
    void whatMemoryIsUsedFor() throws IOException {
        machine.fill(0x800, 0x60)
                .page(0x800, LRU, INODE, UNTYPED)
                .compound(0x820, 2, LRU, ANONYMOUS, UNTYPED)
                .compound(0xa00, 9, 0, INODE, HUGETLB)
                .free(0x840, 6)
                .page(0x838, POISONED, 0, UNTYPED);
        try (Vmcore vmcore = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            MemoryUsage usage = MemoryUsage.of(vmcore, ProgressListener.NONE);
            assertEquals(1, usage.problems().size(), usage.problems()::toString);
            assertTrue(usage.problems().getFirst().contains("are not compared"), usage.problems()::toString);
            assertEquals(4096 + 2048, usage.pages());
            assertEquals(usage.pages() - 1, usage.pages(DumpLevel.EVERYTHING));
            assertEquals(usage.pages() - 1 - 64, usage.pages(new DumpLevel(16)));
            assertEquals(new MemoryUsage.Use("free", 64, 32, 16), usage.uses().get(PageKind.FREE.ordinal()));
            assertEquals(
                    new MemoryUsage.Use("hugetlb", 512, 512, 8), usage.uses().get(PageKind.HUGETLB.ordinal()));
            CaptureResult dump = capture(31);
            long written = dump.pages().get(PageClass.WRITTEN);
            assertEquals(written, usage.pages(new DumpLevel(31)));
            CaptureResult dry = Capture.dryRun(vmcore, directory.resolve("dry"), request(31), ProgressListener.NONE);
            assertEquals(dump.pages(), dry.pages());
            assertEquals(dump.bytesOut(), dry.bytesOut());
            assertFalse(Files.exists(directory.resolve("dry")));
        }
    }
}
