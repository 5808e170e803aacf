package org.kdump.kexec;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.kdump.elf.ByteSink;

/// What a kernel of Multiboot2 Specification 2.0 is told; EBX has its address. Little-endian.
///
/// ```
/// 0  total size 4, 0 4; then tags, each at a multiple of 8: type 4, size 4, and
///   1 command line, 2 loader: text ended by NUL       3 module: start 4, end 4, text ended by NUL
///   4 memory: mem_lower 4, mem_upper 4, in KiB        6 memory map: 24 4, 0 4; start 8, length 8, type 4, 0 4 …
///   21 load address: 4                                0 end
/// ```
final class Multiboot2Info {
    private static final int ALIGNMENT = 8;
    private static final int COMMAND_LINE = 1;
    private static final int LOADER_NAME = 2;
    private static final int MODULE = 3;
    private static final int MEMORY = 4;
    private static final int MEMORY_MAP = 6;
    private static final int LOAD_ADDRESS = 21;
    private static final int END = 0;
    private static final int MEMORY_ENTRY = 24;

    private final ByteSink tags = new ByteSink(ByteOrder.LITTLE_ENDIAN);

    private Multiboot2Info() {}

    /// @param loadAddress where the kernel is loaded
    static byte[] encode(long loadAddress, MultibootMemory memory, String commandLine, List<MultibootModule> modules) {
        var info = new Multiboot2Info();
        info.tag(COMMAND_LINE, text(info.body(), commandLine));
        info.tag(LOADER_NAME, text(info.body(), MultibootInfo.LOADER));
        modules.forEach(module ->
                info.tag(MODULE, text(info.body().u32(module.start()).u32(module.end()), module.commandLine())));
        info.tag(MEMORY, info.body().u32(memory.lower()).u32(memory.upper()));
        info.tag(MEMORY_MAP, map(info.body(), memory));
        info.tag(LOAD_ADDRESS, info.body().u32(loadAddress));
        info.tag(END, info.body());
        byte[] tags = info.tags.toByteArray();
        return new ByteSink(ByteOrder.LITTLE_ENDIAN)
                .u32(2L * Integer.BYTES + tags.length)
                .u32(0)
                .bytes(tags)
                .toByteArray();
    }

    private ByteSink body() {
        return new ByteSink(ByteOrder.LITTLE_ENDIAN);
    }

    private void tag(int type, ByteSink body) {
        tags.u32(type).u32(2L * Integer.BYTES + body.size()).bytes(body.toByteArray());
        tags.align(ALIGNMENT);
    }

    private static ByteSink text(ByteSink body, String text) {
        return body.bytes((text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    private static ByteSink map(ByteSink body, MultibootMemory memory) {
        body.u32(MEMORY_ENTRY).u32(0);
        for (MultibootMemory.Entry entry : memory.entries()) {
            body.u64(entry.start()).u64(entry.size()).u32(entry.type()).u32(0);
        }
        return body;
    }
}
