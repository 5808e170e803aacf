package org.kdump.kernel.object;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds a kernel's BTF in a dump of it.
///
/// It lies between the symbols `__start_BTF` and `__stop_BTF` (since Linux 5.2, commit 341dfcf8d78e, "btf: expose BTF
/// info through sysfs"). Where these are not known, the kernel's image is searched from `_stext` on for its header.
final class KernelBtf {
    private static final int HEADER = 24;
    private static final int HEADER_WITH_LAYOUT = 32;
    /// The image with all its data; no kernel's is larger.
    private static final long LARGEST_IMAGE = 256L << 20;

    private static final int LARGEST = 256 << 20;
    /// The least that a kernel has; a BPF program in the image may have BTF of its own.
    private static final long SMALLEST = 1 << 16;

    private static final int WINDOW = 1 << 18;

    private KernelBtf() {}

    /// @throws MalformedInputException if the dump holds none, or it makes no sense
    /// @throws IOException if the dump cannot be read
    static Btf find(VirtualMemory memory, SymbolAddresses symbols) throws IOException {
        String name = memory.vmcore().name() + ": BTF of the kernel";
        OptionalLong start = symbols.address("__start_BTF");
        OptionalLong end = symbols.address("__stop_BTF");
        if (start.isPresent() && end.isPresent()) {
            return Btf.read(name, bytes(memory, start.getAsLong(), end.getAsLong() - start.getAsLong()));
        }
        return Btf.read(name, search(memory));
    }

    /// A blob of the kernel's memory.
    static MemorySegment bytes(VirtualMemory memory, long address, long length) throws IOException {
        if (length < HEADER || length > LARGEST) {
            throw new MalformedInputException(
                    memory.vmcore().name(), -1, "BTF", "", length + " bytes cannot be its length");
        }
        return MemorySegment.ofArray(memory.bytes(address, (int) length));
    }

    private static MemorySegment search(VirtualMemory memory) throws IOException {
        Vmcore vmcore = memory.vmcore();
        VmcoreInfo info = vmcore.info();
        long from = info.symbol("_stext").orElseGet(() -> info.requireSymbol("init_uts_ns") & -(1L << 21));
        boolean little = vmcore.byteOrder() == ByteOrder.LITTLE_ENDIAN;
        // magic, version and flags; the section is aligned to 4 bytes (include/asm-generic/vmlinux.lds.h).
        int first = little ? 0x0001eb9f : 0xeb9f0100;
        int[] words = new int[WINDOW / Integer.BYTES];
        MemorySegment window = MemorySegment.ofArray(words);
        for (long at = from; at < from + LARGEST_IMAGE; ) {
            int read = (int) memory.read(at, window) / Integer.BYTES;
            for (int i = next(words, 0, read, first, vmcore); i < read; i = next(words, i + 1, read, first, vmcore)) {
                long length = length(memory, at + i * (long) Integer.BYTES);
                if (length >= SMALLEST) {
                    return bytes(memory, at + i * (long) Integer.BYTES, length);
                }
            }
            // What cannot be read is passed over by the page: the image has holes where the kernel freed its init code.
            at = read < words.length ? (at + read * 4L & -vmcore.pageSize()) + vmcore.pageSize() : at + WINDOW;
        }
        throw new MalformedInputException(
                vmcore.name(),
                -1,
                "BTF",
                "",
                "the kernel has none: it was built without CONFIG_DEBUG_INFO_BTF, or it was left out of the dump");
    }

    private static int next(int[] words, int from, int to, int wanted, Vmcore vmcore) {
        int raw = vmcore.byteOrder() == ByteOrder.nativeOrder() ? wanted : Integer.reverseBytes(wanted);
        int i = from;
        while (i < to && words[i] != raw) {
            i++;
        }
        return i;
    }

    /// The length of the BTF at an address, or 0 if it is none: sections behind each other, as the kernel's are.
    private static long length(VirtualMemory memory, long address) throws IOException {
        MemorySegment header = MemorySegment.ofArray(new byte[HEADER_WITH_LAYOUT]);
        if (memory.read(address, header) < HEADER_WITH_LAYOUT) {
            return 0;
        }
        Vmcore vmcore = memory.vmcore();
        ByteCursor cursor = new ByteCursor(vmcore.name(), -1, "btf_header", header, vmcore.byteOrder()).skip(4);
        long headerLength = cursor.u32("hdr_len");
        long typeOffset = cursor.u32("type_off");
        long typeLength = cursor.u32("type_len");
        long stringOffset = cursor.u32("str_off");
        long end = stringOffset + cursor.u32("str_len");
        if (headerLength >= HEADER_WITH_LAYOUT) {
            end = Math.max(end, cursor.u32("layout_off") + cursor.u32("layout_len"));
        }
        boolean plausible = headerLength >= HEADER && headerLength < 256 && typeOffset == 0;
        return plausible && stringOffset >= typeLength && end <= LARGEST ? headerLength + end : 0;
    }
}
