package org.kdump.vmcore.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.kdump.elf.Numbers;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

/// A crashed machine's memory, read by virtual address, in the machine's byte order and word size. Safe for use by
/// several threads.
public final class VirtualMemory {
    private static final int CHUNK = 256;

    private final Vmcore vmcore;
    private final AddressSpace space;

    /// @param vmcore the dump
    /// @param space the page tables to go through
    public VirtualMemory(Vmcore vmcore, AddressSpace space) {
        this.vmcore = vmcore;
        this.space = space;
    }

    /// The kernel's virtual memory.
    ///
    /// @throws MalformedInputException if the architecture is not handled yet, or VMCOREINFO lacks what is needed
    /// @throws IOException if the dump cannot be read
    public static VirtualMemory kernel(Vmcore vmcore) throws IOException {
        return new VirtualMemory(vmcore, Paging.of(vmcore).kernel());
    }

    /// The dump.
    public Vmcore vmcore() {
        return vmcore;
    }

    /// The page tables.
    public AddressSpace space() {
        return space;
    }

    /// Reads from `virtualAddress` on, across pages, until `target` is full or a byte cannot be had.
    ///
    /// @return the number of bytes read
    /// @throws IOException if the dump cannot be read
    public long read(long virtualAddress, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            if (!(space.translate(virtualAddress + done) instanceof Translation.Mapped mapped)) {
                break;
            }
            long left = mapped.pageSize() - (mapped.physicalAddress() & (mapped.pageSize() - 1));
            long wanted = Math.min(left, target.byteSize() - done);
            long read = vmcore.read(mapped.physicalAddress(), target.asSlice(done, wanted));
            done += read;
            if (read < wanted) {
                break;
            }
        }
        return done;
    }

    /// Fills `target` from `virtualAddress` on.
    ///
    /// @throws MemoryFault if any byte is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public void readFully(long virtualAddress, MemorySegment target) throws IOException {
        long read = read(virtualAddress, target);
        if (read < target.byteSize()) {
            long bad = virtualAddress + read;
            throw new MemoryFault(bad, fault(bad).orElse("0x" + Long.toHexString(bad) + " cannot be read"));
        }
    }

    /// A copy of `length` bytes.
    ///
    /// @throws MemoryFault if any byte is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public byte[] bytes(long virtualAddress, int length) throws IOException {
        byte[] bytes = new byte[length];
        readFully(virtualAddress, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /// Why the byte at `virtualAddress` cannot be read, as a sentence; empty if it can.
    ///
    /// @throws IOException if the dump cannot be read
    public Optional<String> fault(long virtualAddress) throws IOException {
        return switch (space.translate(virtualAddress)) {
            case Translation.Unmapped unmapped -> Optional.of(unmapped.message());
            case Translation.Mapped mapped -> fault(virtualAddress, mapped.physicalAddress());
        };
    }

    private Optional<String> fault(long virtualAddress, long physicalAddress) throws IOException {
        String what =
                "0x" + Long.toHexString(virtualAddress) + " (physical 0x" + Long.toHexString(physicalAddress) + ") ";
        Presence presence = vmcore.presence(physicalAddress);
        return switch (presence) {
            case PRESENT -> Optional.empty();
            case EXCLUDED -> Optional.of(what + "was left out of the dump by its dump level");
            case MISSING -> Optional.of(what + "is missing from the dump, which is damaged or incomplete");
            case ABSENT -> Optional.of(what + "is not memory of the machine");
        };
    }

    /// The byte there, unsigned.
    ///
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public int u8(long virtualAddress) throws IOException {
        return Numbers.u8(small(virtualAddress, 1), 0);
    }

    /// The two bytes there, unsigned.
    ///
    /// @throws MemoryFault if they are not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public int u16(long virtualAddress) throws IOException {
        return Numbers.u16(small(virtualAddress, 2), 0, vmcore.byteOrder());
    }

    /// The four bytes there, signed.
    ///
    /// @throws MemoryFault if they are not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public int s32(long virtualAddress) throws IOException {
        return Numbers.s32(small(virtualAddress, 4), 0, vmcore.byteOrder());
    }

    /// The four bytes there, unsigned.
    ///
    /// @throws MemoryFault if they are not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public long u32(long virtualAddress) throws IOException {
        return Integer.toUnsignedLong(s32(virtualAddress));
    }

    /// The eight bytes there; what does not fit a signed long comes out negative.
    ///
    /// @throws MemoryFault if they are not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public long u64(long virtualAddress) throws IOException {
        return Numbers.s64(small(virtualAddress, 8), 0, vmcore.byteOrder());
    }

    /// The `unsigned long` or pointer there: 4 bytes, unsigned, or 8.
    ///
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public long word(long virtualAddress) throws IOException {
        return switch (vmcore.elfClass()) {
            case ELF32 -> u32(virtualAddress);
            case ELF64 -> u64(virtualAddress);
        };
    }

    /// The text there up to its NUL, in ISO 8859-1 so that no byte is lost, or its first `limit` bytes if there is no
    /// NUL among them.
    ///
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public String cstring(long virtualAddress, int limit) throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] chunk = new byte[CHUNK];
        while (text.length() < limit) {
            long at = virtualAddress + text.length();
            // As many bytes as can be had: the text may end just before a page that cannot be read.
            int read = (int) read(at, MemorySegment.ofArray(chunk).asSlice(0, Math.min(CHUNK, limit - text.length())));
            if (read == 0) {
                u8(at);
            }
            int length = 0;
            while (length < read && chunk[length] != 0) {
                length++;
            }
            text.append(new String(chunk, 0, length, StandardCharsets.ISO_8859_1));
            if (length < read) {
                break;
            }
        }
        return text.toString();
    }

    private MemorySegment small(long virtualAddress, int size) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[size]);
        readFully(virtualAddress, bytes);
        return bytes;
    }
}
