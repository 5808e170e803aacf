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
    SOFT_LOCKUP(0xeb, 0xfe),
    /// `cli; jmp` to itself.
    HARD_LOCKUP(0xfa, 0xeb, 0xfe),
    /// `lea rax, [rip + __this_module]; mov [rax + 16], rax; mov eax, -22; ret`: it lets the
    /// kernel's list of modules, which it is in by the `list_head` at 8, no more lead back from it,
    /// and fails, so that it is taken out of the list.
    LIST_CORRUPTION(0x48, 0x8d, 0x05, 0, 0, 0, 0, 0x48, 0x89, 0x40, 0x10, 0xb8, 0xea, 0xff, 0xff, 0xff, 0xc3);

    /// A driver for a network device that sends nothing anywhere, and needs no other module.
    static final String NAME = "dummy";

    /// The end of a module with a signature (include/linux/module_signature.h).
    private static final String SIGNED = "~Module signature appended~\n";

    private static final int SECTION_HEADER = 64;
    private static final int SECTION_SIZE = 32;
    private static final int RELOCATION = 24;
    private static final int R_X86_64_PC32 = 2;
    /// Where [#LIST_CORRUPTION] has the distance of the module, from behind it.
    private static final int DISTANCE = 3;
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
        List<Symbol> symbols = elf.symbols(table, sections);
        Symbol init = symbols.get((int) number(symbols, "init_module"));
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
                boolean one = relocates && this == LIST_CORRUPTION;
                patched.putLong((int) header + SECTION_SIZE, one ? RELOCATION : 0);
                if (one) {
                    patched.position(Math.toIntExact(section.header().offset()))
                            .putLong(init.value() + DISTANCE)
                            .putLong(number(symbols, "__this_module") << Integer.SIZE | R_X86_64_PC32)
                            .putLong(-Integer.BYTES);
                }
            }
        }
        // What is signed must not be changed; what is not signed may be loaded.
        String end = new String(bytes, bytes.length - SIGNED.length(), SIGNED.length(), StandardCharsets.ISO_8859_1);
        int length = end.equals(SIGNED) ? bytes.length - SIGNED.length() : bytes.length;
        return Files.write(file, Arrays.copyOf(bytes, length));
    }

    private static long number(List<Symbol> symbols, String name) {
        return symbols.stream().map(Symbol::name).toList().indexOf(name);
    }
}
