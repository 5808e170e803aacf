package org.kdump.vmcore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;

class VmcoreInfoTest {
    private static final String TEXT = """
            OSRELEASE=6.1.0-49-cloud-amd64
            BUILD-ID=0123456789abcdef
            PAGESIZE=4096
            SYMBOL(init_uts_ns)=ffffffff9b41a460
            SIZE(printk_info)=88
            OFFSET(printk_info.ts_nsec)=8
            LENGTH(zone.free_area)=11
            NUMBER(phys_base)=-16777216
            NUMBER(KERNEL_IMAGE_SIZE)=1073741824
            NUMBER(kimage_voffset)=0xffffffc008000000
            KERNELOFFSET=19400000
            PAGESIZE=8192
            no key

            =no key either
            NUMBER(broken)=12x
            CRASHTIME=1700000000
            """;

    private final VmcoreInfo info = new VmcoreInfo("vmcore", TEXT);

    @Test
    void readsEveryKindOfLine() {
        assertEquals(Optional.of("6.1.0-49-cloud-amd64"), info.release());
        assertEquals(Optional.of("0123456789abcdef"), info.buildId());
        assertEquals(OptionalLong.of(4096), info.pageSize());
        assertEquals(OptionalLong.of(0xffffffff9b41a460L), info.symbol("init_uts_ns"));
        assertEquals(OptionalLong.of(88), info.size("printk_info"));
        assertEquals(OptionalLong.of(8), info.offset("printk_info.ts_nsec"));
        assertEquals(OptionalLong.of(11), info.length("zone.free_area"));
        assertEquals(OptionalLong.of(-16777216), info.number("phys_base"));
        assertEquals(OptionalLong.of(0xffffffc008000000L), info.number("kimage_voffset"));
        assertEquals(OptionalLong.of(0x19400000), info.kernelOffset());
        assertEquals(OptionalLong.of(1700000000), info.crashTime());
        assertEquals(TEXT, info.text());
    }

    @Test
    void takesWhatIsNoNumberAsNotThere() {
        assertEquals(OptionalLong.empty(), info.number("broken"));
        assertEquals(OptionalLong.empty(), info.symbol("nothing"));
    }

    @Test
    void namesTheKeyThatIsRequiredAndNotThere() {
        String absent = assertThrows(MalformedInputException.class, () -> info.requireSymbol("prb"))
                .getMessage();
        assertEquals("vmcore: VMCOREINFO.SYMBOL(prb): the kernel does not tell it", absent);
        String broken = assertThrows(MalformedInputException.class, () -> info.requireNumber("broken"))
                .getMessage();
        assertTrue(broken.contains("'12x' is not a number"), broken);
        assertEquals(88, info.requireSize("printk_info"));
    }

    @Test
    void findsItsNote() {
        MemorySegment padded = MemorySegment.ofArray("OSRELEASE=5.10\n\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        List<Note> notes = List.of(new Note("CORE", 1, padded, 0), new Note("VMCOREINFO", 0, padded, 0));
        assertEquals(Optional.of("5.10"), VmcoreInfo.of("vmcore", notes).release());
        assertTrue(VmcoreInfo.of("vmcore", List.of()).isEmpty());
    }
}
