package org.kdump.kexec.purgatory;

/// A memory operand.
sealed interface Address {
    /// `displacement(base)`
    record Based(Register64 base, int displacement) implements Address {}

    /// `displacement(base, index)`
    record Indexed(Register64 base, Register64 index, int displacement) implements Address {
        /// @throws IllegalArgumentException for RSP, whose number says that there is no index
        public Indexed {
            if (index == Register64.RSP) {
                throw new IllegalArgumentException("RSP cannot be an index");
            }
        }
    }

    /// `symbol+offset(%rip)`, through a relocation
    record Relative(String symbol, int offset) implements Address {}

    static Address at(Register64 base) {
        return new Based(base, 0);
    }

    static Address at(Register64 base, int displacement) {
        return new Based(base, displacement);
    }

    static Address at(Register64 base, Register64 index, int displacement) {
        return new Indexed(base, index, displacement);
    }

    static Address of(String symbol) {
        return new Relative(symbol, 0);
    }

    static Address of(String symbol, int offset) {
        return new Relative(symbol, offset);
    }
}
