package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// Names of files, as the kernel puts them together (`prepend_path`, fs/d_path.c): from a directory entry up
/// to the
/// root of its mount, from there on where that is mounted.
public final class Paths {
    /// No path has more names; a longer way is a circle.
    private static final int DEEPEST = 4096;

    private final StructType mounts;

    private Paths(StructType mounts) {
        this.mounts = mounts;
    }

    /// @throws MalformedInputException if the kernel's types lack what is needed
    public static Paths of(TypedMemory kernel) {
        return new Paths(kernel.struct("mount"));
    }

    /// The name of what a `struct path` stands for, from the root of all mounts.
    ///
    /// @throws MemoryFault if some of it is not in the dump
    /// @throws IOException if the dump cannot be read
    public String name(Struct path) throws IOException {
        Optional<Struct> entry = path.follow("dentry");
        long mount = path.number("mnt");
        if (entry.isEmpty() || mount == 0) {
            return "";
        }
        return name(entry.get(), mounts.containing("mnt", mount));
    }

    /// The name of a mount's own root.
    ///
    /// @param mount a `struct mount`
    /// @throws IOException as [#name]
    public String ofMount(Struct mount) throws IOException {
        return name(mount.follow("mnt.mnt_root").orElseThrow(() -> noRoot(mount)), mount);
    }

    /// The name of a directory entry, where a mount of its file system has it.
    ///
    /// @param mount a `struct mount`
    /// @throws IOException as [#name]
    public String of(Struct entry, Struct mount) throws IOException {
        return name(entry, mount);
    }

    private static MemoryFault noRoot(Struct mount) {
        return new MemoryFault(mount.address(), "the mount has no root");
    }

    private static String name(Struct first, Struct firstMount) throws IOException {
        List<String> names = new ArrayList<>();
        Struct entry = first;
        Struct mount = firstMount;
        for (int steps = 0; steps < DEEPEST; steps++) {
            long parent = entry.number("d_parent");
            long parentMount = mount.number("mnt_parent");
            if (entry.address() != mount.number("mnt.mnt_root") && entry.address() != parent) {
                names.addFirst(LogText.printable(entry.text("d_name.name")));
                entry = entry.type().at(parent);
            } else if (parentMount != mount.address() && parentMount != 0) {
                entry = entry.type().at(mount.number("mnt_mountpoint"));
                mount = mount.type().at(parentMount);
            } else {
                return "/" + String.join("/", names);
            }
        }
        throw new MemoryFault(first.address(), "its directories run in a circle");
    }
}
