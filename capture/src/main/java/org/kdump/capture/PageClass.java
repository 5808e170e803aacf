package org.kdump.capture;

/// What became of a page of the crashed machine, and why.
public enum PageClass {
    /// Its contents are in the dump: nothing allows to leave it out.
    WRITTEN("written", 0),
    /// Nothing but zeroes: known to be so in the kdump format, left out or a hole of the file in ELF.
    ZERO("zero", 1),
    /// Left out: page cache that no file system holds data on.
    CACHE("cache", 2 | 4),
    /// Left out: page cache that a file system holds data on (`PG_private`), such as buffers.
    PRIVATE_CACHE("private cache", 4),
    /// Left out: memory of processes, hugetlb pages too.
    USER("user", 8),
    /// Left out because it is free.
    FREE("free", 16),
    /// Left out at any level: taken from the machine for now, by a balloon for one, so that it may not be there.
    OFFLINE("offline", ~0),
    /// Left out at any level: the memory is broken, and to read it could end the capture.
    POISONED("poisoned", ~0),
    /// Left out: of the mem_map, what tells of pages alone that are left out.
    MEMORY_MAP("mem_map", 0),
    /// Left out because a filter said so.
    FILTERED("filtered", 0),
    /// Left out because the source was filtered before and has it no more.
    NOT_IN_SOURCE("not in the source", 0),
    /// Should be in the dump and could not be read, or not be written any more.
    LOST("lost", 0);

    private final String label;
    private final int levelBits;

    PageClass(String label, int levelBits) {
        this.label = label;
        this.levelBits = levelBits;
    }

    /// Its name for users.
    public String label() {
        return label;
    }

    /// The bits of a dump level of which each leaves it out.
    int levelBits() {
        return levelBits;
    }
}
