package org.kdump.capture;

/// The format of a dump that is written.
public enum DumpFormat {
    /// kdump-compressed, version 6.
    KDUMP("kdump"),
    /// ELF core, with nothing compressed.
    ELF("elf");

    private final String label;

    DumpFormat(String label) {
        this.label = label;
    }

    /// Its name for users.
    public String label() {
        return label;
    }
}
