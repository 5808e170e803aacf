package org.kdump.syscall;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Decodes machine code of x86-64 by the Capstone library, version 4 or later. The distribution has it beside
/// the
/// launcher, and `-Dkdump.capstone` says where; without that, it is the system's own.
///
/// What Capstone gives is an array of `cs_insn` (`capstone.h`):
///
///     0   u32  id
///     8   u64  address
///     16  u16  size
///     18  u8   bytes[16], [24] since 4.0.2
///         char mnemonic[32], operands[160]
///         ptr  detail
public final class Disassembler implements AutoCloseable {
    private static final int ARCHITECTURE_X86 = 3;
    private static final int MODE_64 = 1 << 3;
    private static final int OPTION_SYNTAX = 1;
    private static final int OPTION_SKIP_DATA = 5;
    private static final int ON = 3;
    private static final int SYNTAX_INTEL = 1;
    private static final int SYNTAX_ATT = 2;

    private static final int ADDRESS_AT = 8;
    private static final int SIZE_AT = 16;
    private static final int BYTES_AT = 18;
    private static final int FEW_BYTES = 16;
    private static final int MANY_BYTES = 24;
    private static final int MNEMONIC = 32;
    private static final int OPERANDS = 160;
    private static final int WORDS = 6;

    private static final List<String> NAMES =
            List.of("libcapstone.so.5", "libcapstone.so.4", "libcapstone.so", "libcapstone.dylib", "capstone.dll");

    private final Arena arena = Arena.ofConfined();
    private final SymbolLookup library;
    private final MemorySegment handle = arena.allocate(JAVA_LONG);
    private final int nameAt;

    private Disassembler(boolean intel) throws IOException {
        library = library(arena);
        check("cs_open", call("cs_open", ARCHITECTURE_X86, MODE_64, handle.address()));
        check("cs_option", option(OPTION_SYNTAX, intel ? SYNTAX_INTEL : SYNTAX_ATT));
        check("cs_option", option(OPTION_SKIP_DATA, ON));
        nameAt = nameAt();
    }

    /// @param intel whether operands are written as Intel does, the target first, and not as gdb does
    /// @throws IOException if there is no Capstone here
    public static Disassembler open(boolean intel) throws IOException {
        return new Disassembler(intel);
    }

    /// Decodes from the first byte on; what is no instruction is `.byte`s.
    ///
    /// @param address where the code lay
    /// @param most how many at most
    public List<Instruction> decode(byte[] code, long address, int most) {
        try (Arena frame = Arena.ofConfined()) {
            Decoded decoded = decode(frame, code, address, most);
            long count = decoded.count();
            if (count == 0) {
                return List.of();
            }
            MemorySegment all = decoded.segment().reinterpret(count * size());
            List<Instruction> instructions = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                instructions.add(instruction(all.asSlice(i * size(), size())));
            }
            call("cs_free", all.address(), count);
            return instructions;
        }
    }

    /// What is still Capstone's, to be given back by `cs_free`.
    private record Decoded(MemorySegment segment, long count) {}

    private Decoded decode(Arena frame, byte[] code, long address, int most) {
        MemorySegment copy = frame.allocateFrom(JAVA_BYTE, code);
        MemorySegment result = frame.allocate(ADDRESS);
        long count = call(
                "cs_disasm", handle.get(JAVA_LONG, 0), copy.address(), code.length, address, most, result.address());
        return new Decoded(result.get(ADDRESS, 0), count);
    }

    private Instruction instruction(MemorySegment memory) {
        return new Instruction(
                memory.get(JAVA_LONG_UNALIGNED, ADDRESS_AT),
                Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, SIZE_AT)),
                memory.asSlice(nameAt, MNEMONIC).getString(0),
                memory.asSlice(nameAt + MNEMONIC, OPERANDS).getString(0));
    }

    /// Bytes of a `cs_insn`: what the byte map has up to the pointer, which is aligned, and that.
    private long size() {
        return (nameAt + MNEMONIC + OPERANDS + 7) / 8 * 8 + Long.BYTES;
    }

    /// How many bytes of the code a `cs_insn` has, no version tells: a `nop` is looked at.
    private int nameAt() {
        try (Arena frame = Arena.ofConfined()) {
            MemorySegment all = decode(frame, new byte[] {(byte) 0x90}, 0, 1).segment();
            MemorySegment few = all.reinterpret(BYTES_AT + FEW_BYTES + MNEMONIC);
            boolean isFew =
                    few.asSlice(BYTES_AT + FEW_BYTES, MNEMONIC).getString(0).equals("nop");
            call("cs_free", all.address(), 1);
            return BYTES_AT + (isFew ? FEW_BYTES : MANY_BYTES);
        }
    }

    private long option(int type, int value) {
        return call("cs_option", handle.get(JAVA_LONG, 0), type, value);
    }

    private static void check(String function, long error) throws IOException {
        if ((int) error != 0) {
            throw new IOException("Capstone's " + function + " fails with error " + (int) error);
        }
    }

    /// All its functions take no more than six words, and none minds words that it does not take: one shape
    /// of a
    /// downcall for all.
    private long call(String name, long... words) {
        MethodHandle function = Downcalls.SIX.bindTo(library.findOrThrow(name));
        long[] all = Arrays.copyOf(words, WORDS);
        try {
            return (long) function.invokeExact(all[0], all[1], all[2], all[3], all[4], all[5]);
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static SymbolLookup library(Arena arena) throws IOException {
        String told = System.getProperty("kdump.capstone");
        List<String> names = told == null ? NAMES : List.of(told);
        for (String name : names) {
            try {
                return SymbolLookup.libraryLookup(name, arena);
            } catch (IllegalArgumentException notHere) {
                continue;
            }
        }
        throw new IOException("instructions cannot be decoded without the library Capstone, and none of "
                + String.join(", ", names) + " can be loaded; Debian's package is libcapstone-dev, Fedora's capstone");
    }

    @Override
    public void close() {
        call("cs_close", handle.address());
        arena.close();
    }

    /// Made when the first of them is needed.
    private static final class Downcalls {
        static final MethodHandle SIX = Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.of(
                        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }
}
