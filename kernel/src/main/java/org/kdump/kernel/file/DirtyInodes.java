package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.vmcore.paging.MemoryFault;

/// The inodes of a file system that were to be written.
public final class DirtyInodes {
    /// `I_DIRTY_SYNC`, `I_DIRTY_DATASYNC`, `I_DIRTY_PAGES` (include/linux/fs.h), the same since Linux 2.6.
    private static final int DIRTY = 7;

    private DirtyInodes() {}

    /// Their addresses, in the order of the file system's list.
    ///
    /// @param superblock a `struct super_block`
    /// @return in part where the list is broken
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Long> of(Struct superblock) throws IOException {
        Partial<Struct> inodes = Lists.entries(
                superblock.type().memory().struct("inode"), "i_sb_list", superblock.addressOf("s_inodes"));
        List<Long> dirty = new ArrayList<>();
        Optional<String> problem = inodes.problem();
        for (Struct inode : inodes.items()) {
            try {
                // In a struct of its own since Linux 7.0.
                long state = inode.type().firstOf("i_state.__state", "i_state").read(inode.address());
                if ((state & DIRTY) != 0) {
                    dirty.add(inode.address());
                }
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("an inode cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(dirty, problem);
    }
}
