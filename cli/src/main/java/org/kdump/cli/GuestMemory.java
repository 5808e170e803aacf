package org.kdump.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What a guest does to its own memory, so that its dump has pages of every kind.
final class GuestMemory {
    private static final Path SYSTEM = Path.of("/sys/devices/system/memory");
    private static final int ROW = 1 << 12;
    /// What is below is left alone: the machine itself needs it.
    private static final long FIRST_PFN = 1 << 14;
    private static final long PAGE = 4096;
    private static final int ATTEMPTS = 16;

    // include/uapi/linux/kernel-page-flags.h
    private static final int DIRTY = 4;
    private static final int LRU = 5;
    private static final int BUDDY = 10;
    private static final int MMAP = 11;
    private static final int ANON = 12;
    private static final int SWAPBACKED = 14;
    private static final int HEAD = 15;
    private static final int HUGE = 17;
    private static final int UNEVICTABLE = 18;
    private static final int HWPOISON = 19;
    private static final int THP = 22;

    /// Pages of one use.
    ///
    /// @param all flags that they have
    /// @param none flags that they have not
    private enum Use {
        FREE(bits(BUDDY), 0, "hard"),
        CACHE(bits(LRU), bits(DIRTY, MMAP, ANON, SWAPBACKED, UNEVICTABLE, THP), "hard"),
        HUGETLB(bits(HUGE, HEAD), 0, "hard"),
        ANONYMOUS(bits(LRU, ANON, MMAP), bits(THP, HUGE), "soft");

        private final long all;
        private final long none;
        private final String way;

        Use(long all, long none, String way) {
            this.all = all;
            this.none = none | bits(HWPOISON);
            this.way = way;
        }

        private static long bits(int... numbers) {
            long bits = 0;
            for (int number : numbers) {
                bits |= 1L << number;
            }
            return bits;
        }

        private boolean is(long flags) {
            return (flags & all) == all && (flags & none) == 0;
        }
    }

    private GuestMemory() {}

    /// Tells the kernel that the memory of a page is broken (mm/memory-failure.c): of one in use that it is about to
    /// be, so that its contents are moved. A page that is busy is left for another.
    ///
    /// @param use `free`, `cache`, `hugetlb` or `anonymous`
    static void poison(String use) throws IOException {
        Use wanted = Use.valueOf(use.toUpperCase(Locale.ROOT));
        Path file = SYSTEM.resolve(wanted.way + "_offline_page");
        long pfn = find(wanted, FIRST_PFN);
        for (int attempt = 1; !isWritten(file, "0x" + Long.toHexString(pfn * PAGE)); attempt++) {
            if (attempt == ATTEMPTS) {
                throw new IOException("the kernel takes none of " + ATTEMPTS + " pages for broken: " + wanted);
            }
            pfn = find(wanted, pfn + 1);
        }
        FirstProcess.say("guest broke the %s page 0x%x".formatted(use, pfn));
    }

    private static long find(Use wanted, long from) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile("/proc/kpageflags", "r")) {
            byte[] bytes = new byte[ROW * Long.BYTES];
            for (long pfn = from; ; pfn += ROW) {
                file.seek(pfn * Long.BYTES);
                ByteBuffer flags =
                        ByteBuffer.wrap(bytes, 0, Math.max(0, file.read(bytes))).order(ByteOrder.LITTLE_ENDIAN);
                if (!flags.hasRemaining()) {
                    throw new IOException("there is no such page: " + wanted);
                }
                for (int i = 0; flags.hasRemaining(); i++) {
                    if (wanted.is(flags.getLong())) {
                        return pfn + i;
                    }
                }
            }
        }
    }

    /// Takes a block of memory away from the kernel, the highest that it lets go.
    static void unplug() throws IOException {
        try (Stream<Path> all = Files.list(SYSTEM)) {
            List<Path> blocks = all.filter(path -> path.getFileName().toString().matches("memory\\d+"))
                    .sorted(Comparator.comparing((Path path) -> path.toString().length())
                            .thenComparing(Comparator.naturalOrder())
                            .reversed())
                    .toList();
            for (Path block : blocks) {
                if (isWritten(block.resolve("state"), "offline")) {
                    FirstProcess.say("guest is without " + block.getFileName());
                    return;
                }
            }
        }
        throw new IOException("the kernel lets no block of memory go");
    }

    /// Whether the kernel does what a file of its asks it for.
    private static boolean isWritten(Path file, String text) {
        try {
            Files.writeString(file, text);
            return true;
        } catch (IOException busy) {
            return false;
        }
    }
}
