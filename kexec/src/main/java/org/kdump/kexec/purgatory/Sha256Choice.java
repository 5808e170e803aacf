package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.BELOW;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// Which of the two compression functions is used.
///
/// ```
/// uint32_t sha_extensions_present(void);                                   // not 0 if the processor has them
/// void sha256_compress(uint32_t state[8], const void *data, size_t count); // by the choice in sha_extensions
/// ```
///
/// All processors with the SHA extensions have SSSE3, whose pshufb is used with them.
final class Sha256Choice extends Assembler {
    static final String PRESENT = "sha_extensions_present";
    static final String COMPRESS = "sha256_compress";

    /// CPUID's leaf with the SHA extensions, and their bit of EBX in it.
    private static final int FEATURES = 7;

    private static final int SHA = 1 << 29;

    Sha256Choice() {
        present();
        compress();
    }

    private void present() {
        function(PRESENT);
        push(RBX);
        xor(EAX, EAX);
        cpuid();
        cmp(EAX, FEATURES);
        mov(EAX, 0);
        jmpIf(BELOW, "known");
        mov(EAX, FEATURES);
        xor(ECX, ECX);
        cpuid();
        mov(EAX, EBX);
        and(EAX, SHA);
        label("known");
        pop(RBX);
        ret();
    }

    private void compress() {
        function(COMPRESS);
        cmpInt(of(WritableData.SHA_EXTENSIONS), (byte) 0);
        jmpIf(NOT_ZERO, "extensions");
        goOn(Sha256Blocks.NAME);
        label("extensions");
        goOn(Sha256Extensions.NAME);
    }
}
