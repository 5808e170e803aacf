package org.kdump.capture;

/// What became of a page of the crashed machine.
public enum PageClass {
    /// Its contents are in the dump.
    WRITTEN("written"),
    /// Nothing but zeroes: known to be so in the kdump format, left out or a hole of the file in ELF.
    ZERO("zero"),
    /// Left out because it is free.
    FREE("free"),
    /// Left out because the source was filtered before and has it no more.
    NOT_IN_SOURCE("not in the source"),
    /// Should be in the dump and could not be read, or not be written any more.
    LOST("lost");

    private final String label;

    PageClass(String label) {
        this.label = label;
    }

    /// Its name for users.
    public String label() {
        return label;
    }
}
