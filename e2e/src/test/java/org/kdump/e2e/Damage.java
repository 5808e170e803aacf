package org.kdump.e2e;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// A copy of an ELF vmcore, to be damaged.
final class Damage implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int WINDOW = 64 << 20;
    private static final String VMCOREINFO = "OSRELEASE=";
    private static final int NOTE_HEADER = 24;
    private static final int NOTE = 3000;

    private final Path file;
    private final FileChannel channel;
    private final List<ProgramHeader> memory;

    private Damage(Path file, FileChannel channel, List<ProgramHeader> memory) {
        this.file = file;
        this.channel = channel;
        this.memory = memory;
    }

    static Damage copy(Path dump, Path to) throws IOException {
        Files.copy(dump, to, REPLACE_EXISTING);
        FileChannel channel = FileChannel.open(to, READ, WRITE);
        return new Damage(
                to,
                channel,
                ElfFile.read(ByteSource.of("" + to, channel)).programHeaders().stream()
                        .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                        .toList());
    }

    /// Overwrites the VMCOREINFO note with zeroes, and each copy of it that is in memory.
    ///
    /// @return how many there were
    int loseVmcoreinfo() throws IOException {
        return loseVmcoreinfo(channel.size());
    }

    /// Overwrites the VMCOREINFO note alone.
    ///
    /// @return 1
    int loseNote() throws IOException {
        return loseVmcoreinfo(memory.getFirst().offset());
    }

    private int loseVmcoreinfo(long end) throws IOException {
        byte[] wanted = VMCOREINFO.getBytes(StandardCharsets.ISO_8859_1);
        int lost = 0;
        for (long at = 0; at < end; at += WINDOW) {
            long size = Math.min(WINDOW + NOTE, end - at);
            ByteBuffer window = channel.map(FileChannel.MapMode.READ_WRITE, at, size);
            for (int i = 0; i + wanted.length < size; i++) {
                if (window.get(i) == wanted[0] && window.slice(i, wanted.length).equals(ByteBuffer.wrap(wanted))) {
                    int from = Math.max(0, i - NOTE_HEADER);
                    window.put(from, new byte[(int) Math.min(NOTE, size - from)]);
                    lost++;
                }
            }
        }
        return lost;
    }

    /// Overwrites the page at a virtual address of the kernel's with zeroes.
    void losePage(long address) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(file)) {
            Translation place = VirtualMemory.kernel(vmcore).space().translate(address);
            long physical = ((Translation.Mapped) place).physicalAddress() & -PAGE;
            for (ProgramHeader segment : memory) {
                long inside = physical - segment.physicalAddress();
                if (inside >= 0 && inside < segment.fileSize()) {
                    channel.write(ByteBuffer.allocate(PAGE), segment.offset() + inside);
                }
            }
        }
    }

    /// Fills some pages of a thousand with noise.
    void scatterNoise(Random random, int perMille) throws IOException {
        byte[] noise = new byte[PAGE];
        for (long pages = pages() * perMille / 1000; pages > 0; pages--) {
            random.nextBytes(noise);
            channel.write(ByteBuffer.wrap(noise), pageAt(random));
        }
    }

    /// Lets some pointers of a million point to where others do: lists get cycles, and objects other objects' parts.
    void scatterPointers(Random random, int perMillion) throws IOException {
        long[] words = new long[PAGE / Long.BYTES];
        MemorySegment page = MemorySegment.ofArray(words);
        ByteBuffer bytes = ByteBuffer.allocate(PAGE).order(ByteOrder.nativeOrder());
        long last = 0;
        for (long pages = pages() / 4; pages > 0; pages--) {
            long at = pageAt(random);
            channel.read(bytes.clear(), at);
            MemorySegment.copy(MemorySegment.ofBuffer(bytes.flip()), 0, page, 0, bytes.remaining());
            for (int i = 0; i < words.length; i++) {
                boolean pointer = words[i] >>> 47 == 0x1ffff && words[i] != -1;
                if (pointer && last != 0 && random.nextInt(1_000_000) < perMillion * 4) {
                    ByteBuffer other = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
                    channel.write(other.putLong(0, last), at + (long) i * Long.BYTES);
                }
                last = pointer && random.nextInt(8) == 0 ? words[i] : last;
            }
        }
    }

    /// Cuts the file off.
    void truncate(Random random) throws IOException {
        channel.truncate(channel.size() / 4 + (long) (random.nextDouble() * channel.size() / 2));
    }

    private long pages() throws IOException {
        return channel.size() / PAGE;
    }

    /// A page of memory; the headers stay.
    private long pageAt(Random random) throws IOException {
        long first = memory.getFirst().offset() / PAGE;
        return (first + (long) (random.nextDouble() * (pages() - first))) * PAGE;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
