package org.kdump.debuginfo.namelist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolTable;
import org.kdump.elf.MalformedInputException;

/// Of a vmlinux see the tests on real kernels.
class NamelistTest {
    private static final String MAP = """
            0000000000000000 D fixed_percpu_data
            0000000000020000 D current_task
            ffffffff81000000 T _stext
            ffffffff81000000 T _text
            ffffffff81000040 t helper
            ffffffff81000080 T panic
            ffffffff82000000 D init_uts_ns
            ffffffff82000200 B _end
            """;
    private static final long OFFSET = 0x3200_0000L;
    private static final Map<String, Long> KNOWN =
            Map.of("_stext", 0xffffffff81000000L + OFFSET, "init_uts_ns", 0xffffffff82000000L + OFFSET, "prb", 1L);

    @TempDir
    Path folder;

    private Namelist map(String text) throws IOException {
        return Namelist.read(Files.writeString(folder.resolve("System.map"), text));
    }

    @Test
    void addressesAreMovedAsKaslrDid() throws IOException {
        SymbolTable symbols = map(MAP).moved(KNOWN);
        assertEquals(OptionalLong.of(0xffffffff81000080L + OFFSET), symbols.address("panic"));
        assertEquals(OptionalLong.of(0x20000), symbols.address("current_task"));
        assertEquals(OptionalLong.empty(), symbols.address("nothing"));
        assertEquals(List.of(new KernelSymbol("helper", 0xffffffff81000040L + OFFSET, 't')), symbols.symbols("helper"));
        assertEquals(
                "helper+0x8/0x40",
                symbols.nearest(0xffffffff81000048L + OFFSET).orElseThrow().toString());
        assertEquals(
                "_stext+0x0/0x40",
                symbols.nearest(0xffffffff81000000L + OFFSET).orElseThrow().toString());
        assertEquals(Optional.empty(), symbols.nearest(0x1000_0000_0000L));
        assertEquals(Optional.empty(), symbols.nearest(-1));
        assertEquals(2, symbols.search("text").size());
    }

    @Test
    void anotherKernelsIsRefused() throws IOException {
        Namelist map = map(MAP.replace("ffffffff82000000", "ffffffff82000040"));
        String message = assertThrows(MalformedInputException.class, () -> map.moved(KNOWN))
                .getMessage();
        assertTrue(message.contains("this is of another kernel: its init_uts_ns"), message);
        assertThrows(MalformedInputException.class, () -> map.moved(Map.of("prb", 1L)));
    }

    @Test
    void whatIsNoListIsToldWithItsLine() throws IOException {
        for (String text : List.of("x", MAP + "ffffffff82000200 Bend\n", "\u007fEL\n", "\u007fELF")) {
            assertThrows(MalformedInputException.class, () -> map(text), text);
        }
        String message = assertThrows(MalformedInputException.class, () -> map(MAP + "garbage"))
                .getMessage();
        assertTrue(message.contains("line 9"), message);
    }
}
