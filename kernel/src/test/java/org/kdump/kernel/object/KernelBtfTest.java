package org.kdump.kernel.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ByteSink;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.MemoryVmcore;
import org.kdump.vmcore.paging.MemoryFault;

class KernelBtfTest {
    private static final int AT = 0x41234;
    private static final int MODULE = 0x20000;
    private static final String KERNEL = """
            list_head 16: next list_head* 0, prev list_head* 8
            btf 128: data ptr 0, data_size u32 8, name char[56] 16
            btf_module 64: list list_head 0, btf btf* 16
            """;

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private final Map<String, Long> symbols = new HashMap<>();

    /// As large as a kernel's must be to be believed.
    private byte[] put() {
        String many = IntStream.range(0, 1500)
                .mapToObj("filler_%d 4: member int 0"::formatted)
                .collect(Collectors.joining("\n"));
        byte[] blob = Types.blob(ByteOrder.LITTLE_ENDIAN, 8, KERNEL + many);
        vmcore.memory.put(AT, blob);
        vmcore.info.add("SYMBOL(_stext)=" + Long.toHexString(vmcore.virtual(0x10000)));
        return blob;
    }

    private TypedMemory open() throws IOException {
        return TypedMemory.of(vmcore.flat(), name -> {
            Long address = symbols.get(name);
            return address == null ? OptionalLong.empty() : OptionalLong.of(address);
        });
    }

    @Test
    void isFoundByItsSymbols() throws IOException {
        byte[] blob = put();
        symbols.put("__start_BTF", vmcore.virtual(AT));
        symbols.put("__stop_BTF", vmcore.virtual(AT + blob.length));
        assertEquals(16, open().struct("list_head").size());
        symbols.put("__stop_BTF", vmcore.virtual(AT));
        assertThrows(MalformedInputException.class, this::open);
        vmcore.without(AT, AT + 1);
        symbols.put("__stop_BTF", vmcore.virtual(AT + blob.length));
        assertThrows(MemoryFault.class, this::open);
    }

    @Test
    void isFoundByASearchThroughWhatIsThere() throws IOException {
        put();
        // One that a BPF program in the image may have is passed over, and so are holes.
        vmcore.memory.put(0x12000, Types.blob(ByteOrder.LITTLE_ENDIAN, 8, KERNEL));
        vmcore.without(0x18000, 0x1b000);
        assertEquals(16, open().struct("list_head").size());
        assertTrue(open().findStruct("filler_1499").isPresent());
    }

    @Test
    void isMissed() {
        vmcore.info.add("SYMBOL(_stext)=" + Long.toHexString(vmcore.virtual(0x10000)));
        assertThrows(MalformedInputException.class, this::open);
    }

    @Test
    void modulesBringTheirOwn() throws IOException {
        put();
        symbols.put("btf_modules", vmcore.virtual(MODULE));
        TypedMemory kernel = open();
        vmcore.memory.putLong(MODULE, vmcore.virtual(MODULE + 0x100));
        vmcore.memory
                .putLong(MODULE + 0x100, vmcore.virtual(MODULE))
                .putLong(MODULE + 0x110, vmcore.virtual(MODULE + 0x200));
        byte[] blob = split();
        vmcore.memory.putLong(MODULE + 0x200, vmcore.virtual(MODULE + 0x400)).putInt(MODULE + 0x208, blob.length);
        vmcore.memory.put(MODULE + 0x210, "virtio".getBytes()).put(MODULE + 0x400, blob);
        List<ModuleTypes> modules = ModuleTypes.of(kernel).items();
        assertEquals("virtio", modules.getFirst().module());
        TypedMemory module = kernel.with(modules.getFirst().read());
        assertEquals(0, module.struct("ring").size());
        assertEquals(16, module.struct("list_head").size());
        assertFalse(kernel.findStruct("ring").isPresent());
        symbols.clear();
        assertTrue(ModuleTypes.of(kernel).isWhole());
    }

    /// `struct ring {}`, whose name is the first behind those of the kernel.
    private byte[] split() {
        int kernelNames = vmcore.memory.getInt(AT + 20);
        ByteSink blob =
                new ByteSink(ByteOrder.LITTLE_ENDIAN).u16(0xeb9f).u8(1).u8(0).u32(24);
        blob.u32(0).u32(12).u32(12).u32(5).u32(kernelNames).u32(4 << 24).u32(0);
        return blob.bytes("ring\0".getBytes()).toByteArray();
    }
}
