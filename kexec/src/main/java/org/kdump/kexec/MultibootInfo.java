package org.kdump.kexec;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;

/// What a kernel of Multiboot Specification 0.6.96 is told, `struct multiboot_info`; EBX has its address.
/// Little-endian; addresses are physical.
///
/// ```
/// 0   flags 4           4   mem_lower 4, mem_upper 4, in KiB   12  boot_device 4 (none)
/// 16  cmdline 4         20  mods_count 4, mods_addr 4          28  symbols 16 (none)
/// 44  mmap_length 4, mmap_addr 4                               52  drives, BIOS 12 (none)
/// 64  boot_loader_name 4                                       68  APM, VBE, screen 52 (none)
/// 120 the memory map: size 4 = 20, start 8, length 8, type 4
/// then the modules: start 4, end 4, command line 4, 0 4
/// then text, each ended by NUL
/// ```
final class MultibootInfo {
    /// What kernels are told of who loaded them.
    static final String LOADER = "kdump";

    private static final int SIZE = 120;
    private static final int MEMORY_ENTRY = 24;
    private static final int MODULE = 16;
    // Memory, command line, modules, memory map, the loader's name.
    private static final int FLAGS = 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9;

    private final long address;
    private final List<byte[]> texts = new ArrayList<>();
    private long nextText;

    private MultibootInfo(long address) {
        this.address = address;
    }

    /// @param address where it is going to lie; its size does not depend on it
    static byte[] encode(long address, MultibootMemory memory, String commandLine, List<MultibootModule> modules) {
        return new MultibootInfo(address).encode(memory, commandLine, modules);
    }

    private byte[] encode(MultibootMemory memory, String commandLine, List<MultibootModule> modules) {
        long map = address + SIZE;
        long mapSize = (long) MEMORY_ENTRY * memory.entries().size();
        long list = map + mapSize;
        nextText = list + (long) MODULE * modules.size();
        var sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.u32(FLAGS).u32(memory.lower()).u32(memory.upper()).u32(0).u32(text(commandLine));
        sink.u32(modules.size()).u32(list).zeros(16).u32(mapSize).u32(map).zeros(12);
        sink.u32(text(LOADER)).zeros(SIZE - sink.size());
        for (MultibootMemory.Entry entry : memory.entries()) {
            sink.u32(MEMORY_ENTRY - Integer.BYTES)
                    .u64(entry.start())
                    .u64(entry.size())
                    .u32(entry.type());
        }
        for (MultibootModule module : modules) {
            sink.u32(module.start())
                    .u32(module.end())
                    .u32(text(module.commandLine()))
                    .u32(0);
        }
        texts.forEach(sink::bytes);
        return sink.toByteArray();
    }

    /// The address at which a text is going to lie.
    private long text(String text) {
        long at = nextText;
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
        texts.add(bytes);
        nextText += bytes.length;
        return at;
    }
}
