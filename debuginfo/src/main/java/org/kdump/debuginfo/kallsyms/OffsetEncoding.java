package org.kdump.debuginfo.kallsyms;

/// What the numbers in `kallsyms_offsets` mean (`kallsyms_sym_address`, kernel/kallsyms.c). Nothing in a dump says
/// which of them holds: the one is right that gives known symbols their known addresses.
enum OffsetEncoding {
    /// Negative numbers count down from `kallsyms_relative_base` - 1, others are addresses of per-CPU variables in
    /// their template: `CONFIG_KALLSYMS_ABSOLUTE_PERCPU`, from Linux 4.6 (commit 2213e9a66bb8) until 6.15 (commit
    /// 01157ddc58dc, "kallsyms: Remove KALLSYMS_ABSOLUTE_PERCPU"); x86_64 with SMP had it.
    ABSOLUTE_PERCPU {
        @Override
        long address(long offset, long base, long place) {
            return offset >= 0 ? offset : base - 1 - offset;
        }
    },

    /// Unsigned distances from `kallsyms_relative_base`.
    BASE_RELATIVE {
        @Override
        long address(long offset, long base, long place) {
            return base + (offset & 0xffff_ffffL);
        }
    },

    /// Signed distances from the number's own place: since Linux 7.0 (commit a081b5789255, "kallsyms: Get rid of
    /// kallsyms relative base").
    PLACE_RELATIVE {
        @Override
        long address(long offset, long base, long place) {
            return place + offset;
        }
    },

    /// Addresses themselves: 32-bit kernels that cannot be relocated, since the same commit.
    ABSOLUTE {
        @Override
        long address(long offset, long base, long place) {
            return offset & 0xffff_ffffL;
        }
    };

    /// @param offset the number, signed
    /// @param base `kallsyms_relative_base`, or 0 if there is none
    /// @param place the address of the number
    abstract long address(long offset, long base, long place);

    /// Whether a symbol with this number is no address but an offset in the per-CPU areas.
    boolean isPerCpu(long offset) {
        return this == ABSOLUTE_PERCPU && offset >= 0;
    }
}
