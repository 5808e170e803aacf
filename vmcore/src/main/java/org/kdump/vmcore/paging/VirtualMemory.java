package org.kdump.vmcore.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

/// A crashed machine's memory by virtual addresses. Safe for use by several threads.
public final class VirtualMemory {
    private final Vmcore vmcore;
    private final AddressSpace space;

    /// @param space how addresses translate
    public VirtualMemory(Vmcore vmcore, AddressSpace space) {
        this.vmcore = vmcore;
        this.space = space;
    }

    /// The kernel's memory, by the kernel's own page tables.
    ///
    /// @throws UnreadableAddressException if the dump does not say where the page tables are
    public static VirtualMemory ofKernel(Vmcore vmcore) throws UnreadableAddressException {
        if (vmcore.architecture() != Architecture.X86_64) {
            throw new UnreadableAddressException(
                    vmcore.name(), 0, "page tables of " + vmcore.architecture().label() + " are not handled yet");
        }
        AddressSpace space = X86PageTable.ofKernel(vmcore)
                .orElseThrow(() -> new UnreadableAddressException(
                        vmcore.name(), 0, "VMCOREINFO has no SYMBOL(swapper_pg_dir) or no NUMBER(phys_base)"));
        return new VirtualMemory(vmcore, space);
    }

    /// The dump beneath.
    public Vmcore vmcore() {
        return vmcore;
    }

    /// Translates one address.
    public Translation translate(long address) {
        return space.translate(address);
    }

    /// Reads memory, as far as it is there without a gap.
    ///
    /// @param target is filled from its start on
    /// @return bytes read, fewer than `target.byteSize()` where the next one is not mapped or not in the dump
    /// @throws IOException if the file cannot be read
    public long read(long address, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize() && space.translate(address + done) instanceof Translation.Mapped mapped) {
            long count = Math.min(mapped.remaining(), target.byteSize() - done);
            long read = vmcore.read(mapped.physicalAddress(), target.asSlice(done, count));
            done += read;
            if (read < count) {
                break;
            }
        }
        return done;
    }

    /// A copy of `size` bytes.
    ///
    /// @throws UnreadableAddressException if not all of them are there
    /// @throws IOException if the file cannot be read
    public MemorySegment bytes(long address, int size) throws IOException {
        MemorySegment target = MemorySegment.ofArray(new byte[size]);
        long read = read(address, target);
        if (read < size) {
            throw new UnreadableAddressException(vmcore.name(), address + read, reason(address + read));
        }
        return target;
    }

    private String reason(long address) {
        return switch (space.translate(address)) {
            case Translation.Unmapped unmapped -> unmapped.reason();
            case Translation.Mapped mapped ->
                reason(mapped.physicalAddress(), vmcore.presence(mapped.physicalAddress()));
        };
    }

    private static String reason(long physicalAddress, Presence presence) {
        String page = "its page at physical address 0x" + Long.toHexString(physicalAddress);
        return switch (presence) {
            case PRESENT -> page + " could be read only in part";
            case EXCLUDED -> page + " was left out by the dump level";
            case MISSING -> page + " is missing: the file is truncated or damaged";
            case ABSENT -> page + " is no memory of the machine";
        };
    }

    /// Four bytes, unsigned.
    ///
    /// @throws UnreadableAddressException if they are not there
    /// @throws IOException if the file cannot be read
    public long u32(long address) throws IOException {
        return Integer.toUnsignedLong(bytes(address, 4).get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order()), 0));
    }

    /// Eight bytes.
    ///
    /// @throws UnreadableAddressException if they are not there
    /// @throws IOException if the file cannot be read
    public long u64(long address) throws IOException {
        return bytes(address, 8).get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order()), 0);
    }

    /// Text up to its NUL, of at most `limit` bytes.
    ///
    /// @throws UnreadableAddressException if not even its first byte is there
    /// @throws IOException if the file cannot be read
    public String text(long address, int limit) throws IOException {
        byte[] bytes = new byte[limit];
        int read = (int) read(address, MemorySegment.ofArray(bytes));
        if (read == 0) {
            throw new UnreadableAddressException(vmcore.name(), address, reason(address));
        }
        int length = 0;
        while (length < read && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private ByteOrder order() {
        return vmcore.byteOrder();
    }
}
