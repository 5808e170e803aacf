package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A mounted file system.
///
/// @param structure its `struct mount` (fs/mount.h)
/// @param superblock the address of its `struct super_block`
/// @param type of the file system
/// @param device as it was mounted: a device, or what stands for one
/// @param directory where it is mounted
public record Mount(Struct structure, long superblock, String type, String device, String directory) {
    /// Those that a process sees.
    ///
    /// @param namespace the process's `struct mnt_namespace`
    /// @return in part where a mount cannot be read
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Mount> in(Struct namespace) throws IOException {
        Paths paths = Paths.of(namespace.type().memory());
        Partial<Struct> structures = structures(namespace);
        List<Mount> all = new ArrayList<>();
        Optional<String> problem = structures.problem();
        for (Struct structure : structures.items()) {
            try {
                all.add(of(structure, paths));
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a mount cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    /// The mounts of the first process.
    ///
    /// @throws IOException as [#in]
    public static Partial<Mount> all(TypedMemory kernel) throws IOException {
        Struct namespaces = kernel.variable("init_nsproxy", "nsproxy");
        Optional<Struct> namespace = namespaces.follow("mnt_ns");
        return namespace.isPresent() ? in(namespace.get()) : new Partial<>(List.of(), Optional.empty());
    }

    /// Its `struct super_block`.
    public Struct superblock(TypedMemory kernel) {
        return kernel.struct("super_block", superblock);
    }

    /// A list until Linux 6.8 (commit 2eea9ce4310d, "mounts: keep list of mounts in an rbtree"), then a tree.
    private static Partial<Struct> structures(Struct namespace) throws IOException {
        StructType type = namespace.type().memory().struct("mount");
        if (namespace.type().has("mounts.rb_node")) {
            return RbTree.entries(type, "mnt_node", namespace.addressOf("mounts"));
        }
        return Lists.entries(type, "mnt_list", namespace.addressOf("list"));
    }

    private static Mount of(Struct structure, Paths paths) throws IOException {
        Optional<Struct> block = structure.follow("mnt.mnt_sb");
        Optional<Struct> type = block.isPresent() ? block.get().follow("s_type") : Optional.empty();
        return new Mount(
                structure,
                structure.number("mnt.mnt_sb"),
                type.isPresent() ? LogText.printable(type.get().text("name")) : "",
                structure.number("mnt_devname") == 0 ? "none" : LogText.printable(structure.text("mnt_devname")),
                paths.ofMount(structure));
    }
}
