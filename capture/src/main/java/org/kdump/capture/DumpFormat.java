package org.kdump.capture;

import java.util.Arrays;
import java.util.Optional;

/// The format of a dump that is written.
public enum DumpFormat {
    /// kdump-compressed, version 6.
    KDUMP("kdump"),
    /// ELF core, with nothing compressed.
    ELF("elf"),
    /// kdump-compressed in makedumpfile's flattened format, which fits a pipe.
    FLATTENED("flattened"),
    /// ELF core in makedumpfile's flattened format.
    FLATTENED_ELF("flattened-elf"),
    /// Physical memory, each byte where its address is.
    RAW("raw");

    private final String label;

    DumpFormat(String label) {
        this.label = label;
    }

    /// The format of that name, as [#label] has it; empty if there is none.
    public static Optional<DumpFormat> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label.equals(label))
                .findFirst();
    }

    /// Its name for users.
    public String label() {
        return label;
    }

    /// Whether it is flattened, and may be written to a pipe.
    public boolean isFlattened() {
        return switch (this) {
            case FLATTENED, FLATTENED_ELF -> true;
            case KDUMP, ELF, RAW -> false;
        };
    }

    /// Whether pages are compressed, each by itself, so that those that are the same can share their data.
    boolean isCompressed() {
        return switch (this) {
            case KDUMP, FLATTENED -> true;
            case ELF, FLATTENED_ELF, RAW -> false;
        };
    }

    /// Whether it is, or contains, an ELF core.
    boolean isElf() {
        return switch (this) {
            case ELF, FLATTENED_ELF -> true;
            case KDUMP, FLATTENED, RAW -> false;
        };
    }
}
