package org.kdump.kernel.unwind;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.elf.Numbers;
import org.kdump.kernel.object.TypedMemory;

/// Tells words that may be return addresses: those in a function, behind an instruction that calls.
final class ReturnAddresses {
    private static final int MOST_KNOWN = 1 << 16;
    private static final int LONGEST_CALL = 7;
    private static final int CALL_RELATIVE = 0xe8;
    private static final int CALL_RELATIVE_LENGTH = 5;
    private static final int CALL_INDIRECT = 0xff;

    /// The kernel's image and its modules are in the last 2 GiB (Documentation/arch/x86/x86_64/mm.rst).
    private static final long FIRST = 0xffffffff80000000L;

    private final TypedMemory kernel;
    private final Places symbols;
    private final Map<Long, Boolean> known = new HashMap<>();

    ReturnAddresses(TypedMemory kernel, Places symbols) {
        this.kernel = kernel;
        this.symbols = symbols;
    }

    /// Whether the address is where code of the kernel may be, a function's or one that was made at run time.
    static boolean mayBeCode(long address) {
        return Long.compareUnsigned(address, FIRST) >= 0;
    }

    /// Whether a word may be a return address.
    ///
    /// @throws IOException if the dump cannot be read
    synchronized boolean contains(long word) throws IOException {
        if (!mayBeCode(word)) {
            return false;
        }
        Boolean answer = known.get(word);
        if (answer == null) {
            answer = isCode(word - 1) && (isBehindCall(word) || isInitial(word));
            if (known.size() < MOST_KNOWN) {
                known.put(word, answer);
            }
        }
        return answer;
    }

    /// Whether an address is in a function.
    ///
    /// @throws IOException if the dump cannot be read
    boolean isCode(long address) throws IOException {
        return mayBeCode(address)
                && symbols.nearest(address)
                        .filter(place -> "tTwW".indexOf(place.symbol().type()) >= 0)
                        .isPresent();
    }

    /// Where the call goes that a return address is behind; empty if that is not in the code but in a register or
    /// memory.
    ///
    /// @throws IOException if the dump cannot be read
    OptionalLong called(long returnAddress) throws IOException {
        byte[] code = new byte[CALL_RELATIVE_LENGTH];
        MemorySegment bytes = MemorySegment.ofArray(code);
        if (kernel.memory().read(returnAddress - code.length, bytes) < code.length
                || (code[0] & 0xff) != CALL_RELATIVE) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(returnAddress + Numbers.s32(bytes, 1, ByteOrder.LITTLE_ENDIAN));
    }

    /// Code of the start, which is no longer there.
    private boolean isInitial(long address) {
        OptionalLong start = kernel.findSymbol("_sinittext");
        OptionalLong end = kernel.findSymbol("_einittext");
        return start.isPresent() && end.isPresent() && address > start.getAsLong() && address < end.getAsLong();
    }

    private boolean isBehindCall(long address) throws IOException {
        byte[] code = new byte[LONGEST_CALL];
        if (kernel.memory().read(address - LONGEST_CALL, MemorySegment.ofArray(code)) < LONGEST_CALL) {
            // A dump may lack its code; a symbol is all that can be asked then.
            return true;
        }
        if ((code[LONGEST_CALL - CALL_RELATIVE_LENGTH] & 0xff) == CALL_RELATIVE) {
            return true;
        }
        for (int length = 2; length <= LONGEST_CALL; length++) {
            int first = LONGEST_CALL - length;
            if ((code[first] & 0xff) == CALL_INDIRECT
                    && length == lengthOfIndirect(code[first + 1] & 0xff, code, first)) {
                return true;
            }
        }
        return false;
    }

    /// The length of `ff /2`, a call by register or memory (Intel SDM volume 2, table 2-2); 0 if it is another.
    private static int lengthOfIndirect(int modes, byte[] code, int first) {
        if ((modes >> 3 & 7) != 2) {
            return 0;
        }
        int mode = modes >> 6;
        boolean scaled = mode != 3 && (modes & 7) == 4;
        boolean absolute = mode == 0 && ((modes & 7) == 5 || scaled && base(code, first) == 5);
        int displacement = mode == 1 ? 1 : mode == 2 || absolute ? 4 : 0;
        return 2 + (scaled ? 1 : 0) + displacement;
    }

    private static int base(byte[] code, int first) {
        return first + 2 < code.length ? code[first + 2] & 7 : 0;
    }
}
