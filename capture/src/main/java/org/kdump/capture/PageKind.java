package org.kdump.capture;

/// What a page was used for, as its `struct page` tells.
enum PageKind {
    /// Anything that is not known to be something else: the kernel's own, and kept.
    KERNEL("kernel", PageClass.WRITTEN),
    /// The kernel's own, several in one: what is too large for slab, buffers of drivers.
    COMPOUND("large kernel", PageClass.WRITTEN),
    /// Objects of the kernel, from kmalloc and its kin.
    SLAB("slab", PageClass.WRITTEN),
    /// Page cache that no file system holds data on; shared and swapped memory too.
    CACHE("cache", PageClass.CACHE),
    /// Page cache that a file system holds data on.
    PRIVATE_CACHE("private cache", PageClass.PRIVATE_CACHE),
    /// Memory of processes that belongs to no file.
    ANONYMOUS("anonymous", PageClass.USER),
    /// Of hugetlbfs, whether in use or in its pool.
    HUGETLB("hugetlb", PageClass.USER),
    /// In a block of the buddy allocator.
    FREE("free", PageClass.FREE),
    /// Free, and of a confidential guest that has not yet accepted it from its host.
    UNACCEPTED("unaccepted", PageClass.FREE),
    /// Lent to a hypervisor, or unplugged.
    OFFLINE("offline", PageClass.OFFLINE),
    /// Broken.
    POISONED("poisoned", PageClass.POISONED);

    private final String label;
    private final PageClass fate;

    PageKind(String label, PageClass fate) {
        this.label = label;
        this.fate = fate;
    }

    /// Its name for users.
    String label() {
        return label;
    }

    /// What becomes of such a page if the level leaves it out; [PageClass#WRITTEN] if none does.
    PageClass fate() {
        return fate;
    }
}
