package org.kdump.kernel.schedule;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// The kernel's clock as it was when it last looked at the hardware's (kernel/time/timekeeping.c).
public final class Timekeeper {
    private Timekeeper() {}

    /// `CLOCK_MONOTONIC` in nanoseconds; empty if it cannot be found.
    ///
    /// @throws IOException if the dump cannot be read
    public static OptionalLong monotonic(TypedMemory kernel) throws IOException {
        // An array of such since Linux 6.17, the first of which it is.
        OptionalLong symbol = kernel.findSymbol("tk_core");
        symbol = symbol.isPresent() ? symbol : kernel.findSymbol("timekeeper_data");
        Optional<StructType> type = type(kernel);
        if (symbol.isEmpty() || type.isEmpty()) {
            return OptionalLong.empty();
        }
        Struct clock = type.get().at(symbol.getAsLong()).inner("timekeeper.tkr_mono");
        return OptionalLong.of(clock.number("base") + (clock.number("xtime_nsec") >>> clock.number("shift")));
    }

    /// What `tk_core` is, a struct without a name until Linux 6.13.
    private static Optional<StructType> type(TypedMemory kernel) {
        Optional<StructType> named = kernel.findStruct("tk_data");
        if (named.isPresent()) {
            return named;
        }
        for (int id = kernel.types().firstId(); id < kernel.types().endId(); id++) {
            if (kernel.types().is(id, BtfKind.STRUCT) && kernel.types().name(id).isEmpty()) {
                Optional<StructType> found = kernel.structure(id).filter(type -> type.has("timekeeper.tkr_mono.base"));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }
}
