package org.kdump.debuginfo.orc;

import java.util.Optional;

/// Where the members of `struct orc_entry` are (arch/x86/include/asm/orc_types.h); BTF tells them.
///
/// ```
/// bit:         0 … 15      16 … 31     32 … 35  36 … 39  40 …
/// since 4.14:  sp_offset   bp_offset   sp_reg   bp_reg   type:2 end:1
/// since 6.3:   sp_offset   bp_offset   sp_reg   bp_reg   type:2 signal:1 end:1
/// since 6.4:   sp_offset   bp_offset   sp_reg   bp_reg   type:3 signal:1
/// ```
///
/// Six bytes, little-endian. Where there is `end`, `type` counts from CALL on, and an undefined `sp_reg` says that the
/// frame is the last one, if `end` is set, or cannot be told. Where there is no `signal`, all but calls were
/// interrupted.
///
/// @param spOffset `sp_offset`
/// @param bpOffset `bp_offset`
/// @param spRegister `sp_reg`
/// @param bpRegister `bp_reg`
/// @param type `type`
/// @param signal `signal`; since Linux 6.3 (commit ffb1b4a41016)
/// @param end `end`; until Linux 6.4 (commit fb799447ae29, "x86,objtool: Split UNWIND_HINT_EMPTY in two")
/// @param numbers those of registers
public record OrcLayout(
        Bits spOffset,
        Bits bpOffset,
        Bits spRegister,
        Bits bpRegister,
        Bits type,
        Optional<Bits> signal,
        Optional<Bits> end,
        OrcNumbers numbers) {
    /// Bytes of an entry: it is packed.
    public static final int SIZE = 6;

    /// Since Linux 4.14 (commit ee9f8fce9964, "x86/unwind: Add the ORC unwinder").
    public static final OrcLayout WITH_END = known(new Bits(40, 2), Optional.empty(), Optional.of(new Bits(42, 1)));

    /// Since Linux 6.3 (commit ffb1b4a41016, "x86/unwind/orc: Add 'signal' field to ORC metadata").
    public static final OrcLayout WITH_SIGNAL_AND_END =
            known(new Bits(40, 2), Optional.of(new Bits(42, 1)), Optional.of(new Bits(43, 1)));

    /// Since Linux 6.4 (commit fb799447ae29, "x86,objtool: Split UNWIND_HINT_EMPTY in two").
    public static final OrcLayout WITH_SIGNAL = known(new Bits(40, 3), Optional.of(new Bits(43, 1)), Optional.empty());

    /// A run of bits.
    ///
    /// @param offset of the lowest, from the lowest of the entry on
    /// @param size how many
    public record Bits(int offset, int size) {
        /// @throws IllegalArgumentException if they are not inside the entry
        public Bits {
            if (offset < 0 || size < 1 || offset + size > SIZE * Byte.SIZE) {
                throw new IllegalArgumentException(size + " bits at " + offset + " are not inside struct orc_entry");
            }
        }

        private int unsigned(long entry) {
            return (int) (entry >>> offset & (1L << size) - 1);
        }

        private int signed(long entry) {
            int unused = Long.SIZE - size;
            return (int) (entry >>> offset << unused >> unused);
        }
    }

    private static OrcLayout known(Bits type, Optional<Bits> signal, Optional<Bits> end) {
        return new OrcLayout(
                new Bits(0, 16),
                new Bits(16, 16),
                new Bits(32, 4),
                new Bits(36, 4),
                type,
                signal,
                end,
                OrcNumbers.FIRST);
    }

    /// The same with other numbers of registers.
    public OrcLayout with(OrcNumbers other) {
        return new OrcLayout(spOffset, bpOffset, spRegister, bpRegister, type, signal, end, other);
    }

    /// What an entry says.
    ///
    /// @param entry its 48 bits
    OrcEntry decode(long entry) {
        OrcRegister stackRegister = numbers.register(spRegister.unsigned(entry));
        OrcEntry.Kind kind = kind(entry, stackRegister);
        boolean interrupted = kind == OrcEntry.Kind.REGS || kind == OrcEntry.Kind.REGS_PARTIAL;
        return new OrcEntry(
                kind,
                stackRegister,
                spOffset.signed(entry),
                numbers.register(bpRegister.unsigned(entry)),
                bpOffset.signed(entry),
                signal.map(bit -> bit.unsigned(entry) != 0).orElse(interrupted));
    }

    private OrcEntry.Kind kind(long entry, OrcRegister stackRegister) {
        int number = type.unsigned(entry);
        if (end.isPresent() && stackRegister == OrcRegister.UNDEFINED) {
            return end.get().unsigned(entry) == 0 ? OrcEntry.Kind.UNDEFINED : OrcEntry.Kind.END_OF_STACK;
        }
        return switch (end.isPresent() ? number + 2 : number) {
            case 1 -> OrcEntry.Kind.END_OF_STACK;
            case 2 -> OrcEntry.Kind.CALL;
            case 3 -> OrcEntry.Kind.REGS;
            case 4 -> OrcEntry.Kind.REGS_PARTIAL;
            default -> OrcEntry.Kind.UNDEFINED;
        };
    }
}
