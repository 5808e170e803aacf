package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Bitmap;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A file that a process had open.
///
/// @param descriptor its number
/// @param file the address of its `struct file`
/// @param entry that of its `struct dentry`
/// @param inode that of its `struct inode`
/// @param type `REG`, `DIR`, `CHR`, `BLK`, `FIFO`, `SOCK`, `LNK`, or `UNKN`
/// @param path its name; of a pipe or socket `pipe:[NUMBER]` or `socket:[NUMBER]`
public record OpenFile(int descriptor, long file, long entry, long inode, String type, String path) {
    private static final int MOST = 1 << 20;
    private static final int PIPE = 1;
    private static final int SOCKET = 12;
    private static final int TYPE_SHIFT = 12;

    /// Those of a task.
    ///
    /// @param task a `struct task_struct`
    /// @return in part where a file cannot be read
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<OpenFile> of(Struct task) throws IOException {
        Optional<Struct> files = task.follow("files");
        Optional<Struct> table = files.isPresent() ? files.get().follow("fdt") : Optional.empty();
        List<OpenFile> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        if (table.isPresent()) {
            TypedMemory kernel = task.type().memory();
            Paths paths = Paths.of(kernel);
            long descriptors = Math.clamp(table.get().number("max_fds"), 0, MOST);
            long array = table.get().number("fd");
            for (int descriptor : Bitmap.read(kernel, table.get().number("open_fds"), descriptors).stream()
                    .toArray()) {
                try {
                    long file = kernel.memory()
                            .word(array + (long) descriptor * kernel.types().pointerSize());
                    if (file != 0) {
                        all.add(of(descriptor, kernel.struct("file", file), paths));
                    }
                } catch (MemoryFault e) {
                    problem = Optional.of("descriptor " + descriptor + " cannot be read: " + e.getMessage());
                }
            }
        }
        return new Partial<>(all, problem);
    }

    private static OpenFile of(int descriptor, Struct file, Paths paths) throws IOException {
        Struct path = file.inner("f_path");
        Optional<Struct> inode = file.follow("f_inode");
        int kind = inode.isPresent() ? kind(inode.get()) : 0;
        return new OpenFile(
                descriptor,
                file.address(),
                path.number("dentry"),
                file.number("f_inode"),
                type(kind),
                inode.isPresent()
                                && (kind == PIPE || kind == SOCKET)
                                && paths.name(path).equals("/")
                        ? (kind == PIPE ? "pipe" : "socket") + ":["
                                + inode.get().number("i_ino") + "]"
                        : paths.name(path));
    }

    private static int kind(Struct inode) throws IOException {
        return (int) inode.number("i_mode") >> TYPE_SHIFT & 0xf;
    }

    /// What an inode is of: `REG`, `DIR`, and others as [#type].
    ///
    /// @throws IOException if it cannot be read
    public static String type(Struct inode) throws IOException {
        return type(kind(inode));
    }

    /// `S_IFMT` (include/uapi/linux/stat.h).
    private static String type(int kind) {
        return switch (kind) {
            case PIPE -> "FIFO";
            case 2 -> "CHR";
            case 4 -> "DIR";
            case 6 -> "BLK";
            case 8 -> "REG";
            case 10 -> "LNK";
            case SOCKET -> "SOCK";
            default -> "UNKN";
        };
    }
}
