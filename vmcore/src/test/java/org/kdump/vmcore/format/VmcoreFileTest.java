package org.kdump.vmcore.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.elfcore.ElfCoreFixture;

class VmcoreFileTest {
    @TempDir
    private Path folder;

    private static ElfCoreFixture core() {
        return new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64)
                .load(0, 0x1000, "four".getBytes(StandardCharsets.US_ASCII));
    }

    private String refusal(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("file"), bytes);
        String message = assertThrows(MalformedInputException.class, () -> VmcoreFile.open(path))
                .getMessage();
        assertTrue(message.startsWith(path + ": "), message);
        assertFalse(message.contains("\n"), message);
        return message;
    }

    @Test
    void opensAnElfCoreFromDisk() throws IOException {
        Path path = Files.write(folder.resolve("vmcore"), core().build());
        try (Arena arena = Arena.ofConfined();
                Vmcore vmcore = VmcoreFile.open(path)) {
            assertEquals("ELF core", vmcore.format());
            assertEquals(path.toString(), vmcore.name());
            byte[] bytes = new byte[4];
            assertEquals(4, vmcore.read(0x1000, MemorySegment.ofArray(bytes)));
            assertArrayEquals("four".getBytes(StandardCharsets.US_ASCII), bytes);
            assertEquals('o', vmcore.map(0x1001, 2, arena).orElseThrow().get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void saysWhatAFileIs() throws IOException {
        Map<String, String> expected = Map.of(
                "makedumpfile\0\0\0\0", "truncated",
                "LUKS\u00ba\u00be", "encrypted LUKS volume",
                "\u001f\u008b\b", "decompress it first with gunzip",
                "DISKDUMP", "diskdump facility",
                "hello, world", "this is not a dump",
                "K", "this is not a dump",
                "KDUMP   \6\0\0\0", "truncated",
                "\u007fELF", "truncated");
        for (Map.Entry<String, String> entry : expected.entrySet()) {
            String message = refusal(entry.getKey().getBytes(StandardCharsets.ISO_8859_1));
            assertTrue(message.contains(entry.getValue()), message);
        }
    }

    @Test
    void tellsEmptyFilesAndDirectoriesAndNoFilesApart() throws IOException {
        assertTrue(refusal(new byte[0]).contains("the file is empty"));
        String directory = assertThrows(MalformedInputException.class, () -> VmcoreFile.open(folder))
                .getMessage();
        assertTrue(directory.contains("this is a directory"), directory);
        String missing = assertThrows(NoSuchFileException.class, () -> VmcoreFile.open(folder.resolve("none")))
                .getMessage();
        assertTrue(missing.contains("there is no such file"), missing);
        assertTrue(refusal(new byte[5000]).contains("this is not a dump"));
    }

    @Test
    void theCoreOfAProcessIsNoDump() throws IOException {
        byte[] process = core().note("CORE", 0x46494c45, new byte[16]).build();
        assertTrue(refusal(process).contains("core of a process"));
    }

    /// Again and again: once compiled, the JVM tells of the fault later than at first.
    @RepeatedTest(300)
    void aFileThatShrinksWhileItIsOpenIsAnIoError() throws IOException {
        byte[] contents = new byte[1 << 20];
        Arrays.fill(contents, (byte) 1);
        Path path = Files.write(
                folder.resolve("vmcore"), core().load(0, 0x100000, contents).build());
        try (Vmcore vmcore = VmcoreFile.open(path)) {
            MemorySegment target = MemorySegment.ofArray(new byte[4096]);
            for (int i = 0; i < 100; i++) {
                vmcore.read(0x180000, target);
            }
            Files.write(path, new byte[0]);
            assertThrows(IOException.class, () -> vmcore.read(0x180000, target));
        }
    }
}
