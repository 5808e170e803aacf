package org.kdump.kernel.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.MemoryVmcore;
import org.kdump.vmcore.paging.MemoryFault;

class StructTest {
    private static final int AT = 0x10000;
    private static final String TASK = """
            list_head 16: next list_head* 0, prev list_head* 8
            task 128: pid int 0, low u32:3 32, high u32:29 35, byte u8 8, comm char[16] 16, name ptr 32, list list_head 40, \
            next task* 56, map long[2] 64, tail u16[] 80, near int:4 1016
            cpumask 16: bits long[2] 0
            """;

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private final TypedMemory memory = new TypedMemory(vmcore.flat(), Types.of(TASK), this::symbol);
    private final long address = vmcore.virtual(AT);
    private final Struct task = memory.struct("task", address);

    private OptionalLong symbol(String name) {
        return switch (name) {
            case "__per_cpu_offset" -> OptionalLong.of(vmcore.virtual(0x20000));
            case "__cpu_possible_mask" -> OptionalLong.of(vmcore.virtual(0x20100));
            default -> OptionalLong.empty();
        };
    }

    @Test
    void readsNumbersByTheirSizeAndSign() throws IOException {
        vmcore.memory.putInt(AT, -5).put(AT + 8, (byte) 0xff).putShort(AT + 84, (short) 0xfffe);
        assertEquals(-5, task.number("pid"));
        assertEquals(255, task.number("byte"));
        assertEquals(0xfffe, task.number("tail[2]"));
        assertEquals(address + 84, task.addressOf("tail[2]"));
    }

    @Test
    void readsBitFields() throws IOException {
        vmcore.memory.putInt(AT + 4, 0x12345 << 3 | 5).put(AT + 127, (byte) 0xf9);
        assertEquals(5, task.number("low"));
        assertEquals(0x12345, task.number("high"));
        assertEquals(-7, task.number("near"));
    }

    @Test
    void readsBitFieldsOfBigEndianMachines() throws IOException {
        MemoryVmcore big = MemoryVmcore.bigEndian32();
        TypedMemory typed = new TypedMemory(
                big.flat(),
                Types.of(ByteOrder.BIG_ENDIAN, 4, "s 8: top u32:3 0, rest u32:29 3, word long 4"),
                name -> OptionalLong.empty());
        big.memory.putInt(AT, 5 << 29 | 0x12345).putInt(AT + 4, -1);
        Struct struct = typed.struct("s", big.virtual(AT));
        assertEquals(5, struct.number("top"));
        assertEquals(0x12345, struct.number("rest"));
        assertEquals(0xffffffffL, struct.number("word"));
    }

    @Test
    void readsTextInPlaceAndPointedTo() throws IOException {
        vmcore.memory.put(AT + 16, "swapper/0".getBytes()).put(AT + 0x1000, "0123456789abcdef".getBytes());
        vmcore.memory.putLong(AT + 56, vmcore.virtual(AT) + 0xff0);
        assertEquals("swapper/0", task.text("comm"));
        assertEquals("0123456789abcdef", task.follow("next").orElseThrow().text("comm") + "");
        assertEquals("", task.text("name"));
        vmcore.memory.putLong(AT + 32, vmcore.virtual(AT) + 0x1000);
        assertEquals("0123456789abcdef", task.text("name"));
    }

    @Test
    void goesToOtherStructs() throws IOException {
        assertEquals(Optional.empty(), task.follow("next"));
        vmcore.memory.putLong(AT + 56, address + 0x100);
        assertEquals(Optional.of(memory.struct("task", address + 0x100)), task.follow("next"));
        assertEquals(memory.struct("list_head", address + 40), task.inner("list"));
        assertEquals(task, task.type().containing("list", address + 40));
        assertEquals(128, task.type().size());
    }

    @Test
    void saysWhatThisKernelLacks() {
        assertEquals(Optional.empty(), memory.findStruct("maple_tree"));
        assertThrows(MalformedInputException.class, () -> memory.struct("maple_tree"));
        assertThrows(MalformedInputException.class, () -> task.number("state"));
        assertThrows(MalformedInputException.class, () -> task.type().firstOf("state", "__state"));
        assertEquals("pid", task.type().firstOf("state", "pid").path());
        assertFalse(task.type().has("list.nothing"));
        assertThrows(MalformedInputException.class, () -> task.number("comm"));
        assertThrows(MalformedInputException.class, () -> task.inner("pid"));
        assertThrows(MalformedInputException.class, () -> memory.symbol("nothing"));
        assertThrows(MalformedInputException.class, () -> memory.enumerator("nothing"));
    }

    @Test
    void tellsAFault() {
        vmcore.without(AT, AT + 0x1000);
        assertThrows(MemoryFault.class, () -> task.number("pid"));
    }

    @Test
    void readsBitmapsAndPerCpuVariables() throws IOException {
        vmcore.memory.putLong(AT + 64, 0x8000_0000_0000_0001L).putLong(AT + 72, 2);
        assertEquals(BitSet.valueOf(new long[] {0x8000_0000_0000_0001L, 2}), Bitmap.read(task, "map"));
        vmcore.memory.putLong(0x20008, 0x3000).putLong(0x20000, 0x1000).putLong(0x20100, 3);
        PerCpu perCpu = PerCpu.of(memory);
        assertEquals(List.of(0, 1), perCpu.cpus());
        assertEquals(0x3010, perCpu.address(0x10, 1));
    }
}
