package org.kdump.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElfObjectTest {
    private static final byte[] CODE = {(byte) 0xe8, 0, 0, 0, 0, (byte) 0xc3};

    @TempDir
    Path folder;

    private static byte[] object(ElfClass elfClass, ByteOrder order, int machine) {
        var writer = new ElfObjectWriter(elfClass, order, machine);
        int text = writer.section(".text", SectionHeader.SHF_ALLOC | SectionHeader.SHF_EXECINSTR, 16, CODE);
        int bss = writer.zeroed(".bss", SectionHeader.SHF_ALLOC | SectionHeader.SHF_WRITE, 4096, 8192);
        return writer.symbol(new Symbol("start", Symbol.STB_GLOBAL, Symbol.STT_FUNC, text, 0, CODE.length))
                .symbol(new Symbol("stack", Symbol.STB_LOCAL, Symbol.STT_OBJECT, bss, 4096, 4096))
                .relocation(text, 1, "start", 2, -4)
                .toByteArray();
    }

    private static ElfFile read(byte[] bytes) throws IOException {
        return ElfFile.read(ByteSource.of("test.o", MemorySegment.ofArray(bytes)));
    }

    @ParameterizedTest
    @EnumSource(ElfClass.class)
    void readsWhatItWrote(ElfClass elfClass) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            ElfFile file = read(object(elfClass, order, ElfHeader.EM_PPC64));
            List<Section> sections = file.sections();
            assertEquals(
                    List.of("", ".text", ".bss", ".rela.text", ".symtab", ".strtab", ".shstrtab"),
                    sections.stream().map(Section::name).toList());
            assertArrayEquals(CODE, sections.get(1).bytes().toArray(ValueLayout.JAVA_BYTE));
            assertEquals(8192, sections.get(2).header().size());
            List<Symbol> symbols = file.symbols(sections.get(4), sections);
            assertEquals("stack", symbols.get(1).name());
            assertEquals(4096, symbols.get(1).value());
            assertEquals(List.of(new Relocation(1, 2, 2, -4)), file.relocations(sections.get(3)));
        }
    }

    @Test
    void readelfLikesIt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/readelf")), "binutils is not installed");
        Path file = Files.write(
                folder.resolve("object.o"), object(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64));
        Process process = new ProcessBuilder("readelf", "-aW", file.toString())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        assertFalse(text.toLowerCase().contains("warning") || text.toLowerCase().contains("error"), text);
        assertTrue(text.contains("R_X86_64_PC32") && text.contains("start - 4"), text);
    }

    @Test
    void anyTruncationIsAnErrorThatNamesTheFile() throws IOException {
        byte[] whole = object(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            var error =
                    assertThrows(MalformedInputException.class, () -> read(part).sections(), "length " + length);
            assertTrue(error.getMessage().startsWith("test.o: "), error.getMessage());
        }
    }

    @Test
    void anyFlippedByteGivesAResultOrAnError() throws IOException {
        byte[] whole = object(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64);
        for (int at = 0; at < whole.length; at++) {
            for (int value : new int[] {0, 0x7f, 0x80, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) value;
                try {
                    ElfFile file = read(damaged);
                    List<Section> sections = file.sections();
                    for (Section section : sections) {
                        switch (section.header().type()) {
                            case SectionHeader.SHT_SYMTAB -> file.symbols(section, sections);
                            case SectionHeader.SHT_RELA -> file.relocations(section);
                            default -> {}
                        }
                    }
                } catch (MalformedInputException e) {
                    assertTrue(e.getMessage().startsWith("test.o: "));
                }
            }
        }
    }
}
