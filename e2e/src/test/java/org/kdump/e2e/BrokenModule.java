package org.kdump.e2e;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.Section;
import org.kdump.elf.Symbol;
import org.kdump.qemu.KernelModules;
import org.kdump.qemu.KernelPackage;

/// A module that fails when it is loaded: one of the kernel's own, whose init function begins with other code.
///
/// The code is no longer than what the compiler puts before a function's first push, so the unwind table still fits.
enum BrokenModule {
    /// `xor eax, eax; mov [rax], rax`.
    NULL_POINTER(0x31, 0xc0, 0x48, 0x89, 0x00),
    /// `ud2`.
    INVALID_OPCODE(0x0f, 0x0b),
    /// `call` itself.
    STACK_OVERFLOW(0xe8, 0xfb, 0xff, 0xff, 0xff),
    /// `jmp` to itself.
    SOFT_LOCKUP(0xeb, 0xfe);

    /// A driver for a network device that sends nothing anywhere, and needs no other module.
    static final String NAME = "dummy";

    /// The end of a module with a signature (include/linux/module_signature.h).
    private static final String SIGNED = "~Module signature appended~\n";

    private static final int SECTION_HEADER = 64;
    private static final int SECTION_SIZE = 32;
    /// Where the kernel would change the code that is no more.
    private static final List<String> PATCHES = List.of(
            "__mcount_loc",
            ".altinstructions",
            ".retpoline_sites",
            ".return_sites",
            ".call_sites",
            ".ibt_endbr_seal",
            ".static_call_sites",
            "__jump_table");

    private final int[] code;

    BrokenModule(int... code) {
        this.code = code;
    }

    /// Writes it.
    Path write(KernelPackage kernel, Path file) throws IOException {
        byte[] bytes = KernelModules.in(kernel.modules()).plain(NAME);
        ElfFile elf = ElfFile.read(ByteSource.of(NAME, MemorySegment.ofArray(bytes.clone())));
        ByteBuffer patched = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Section> sections = elf.sections();
        Section table = elf.section(".symtab").orElseThrow();
        Symbol init = elf.symbols(table, sections).stream()
                .filter(symbol -> symbol.name().equals("init_module"))
                .findFirst()
                .orElseThrow();
        Section text = sections.get(init.section());
        int at = Math.toIntExact(text.header().offset() + init.value());
        for (int i = 0; i < code.length; i++) {
            patched.put(at + i, (byte) code[i]);
        }
        for (Section section : sections) {
            boolean relocates =
                    section.name().startsWith(".rela") && section.header().info() == text.index();
            if (relocates || PATCHES.contains(section.name().replaceFirst("^\\.rela(?=[._])", ""))) {
                long header = elf.header().sectionHeaderOffset() + (long) section.index() * SECTION_HEADER;
                patched.putLong((int) header + SECTION_SIZE, 0);
            }
        }
        // What is signed must not be changed; what is not signed may be loaded.
        String end = new String(bytes, bytes.length - SIGNED.length(), SIGNED.length(), StandardCharsets.ISO_8859_1);
        int length = end.equals(SIGNED) ? bytes.length - SIGNED.length() : bytes.length;
        return Files.write(file, Arrays.copyOf(bytes, length));
    }
}
