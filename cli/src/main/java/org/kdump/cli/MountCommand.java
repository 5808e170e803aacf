package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.DirtyInodes;
import org.kdump.kernel.file.Mount;
import org.kdump.kernel.file.OpenFile;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.SlabNames;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;

/// `kdump mount`: the mounted file systems.
final class MountCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "REFERENCE",
            "Only those with this as an address (of a directory entry or inode too), a type, device or directory.");

    private final Supplier<String> namespace = option(
            String.class, "-n", "PID|TASK", "Those that this task sees. Default: those of the kernel's first one.");

    private final Supplier<Boolean> inodes = flag("-i", "The inodes of each that were to be written.");

    private final Supplier<Boolean> files = flag("-f", "The files of each that tasks had open.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of mounts.");

    MountCommand() {
        super("mount", "List the mounted file systems.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            List<Mount> all = new ArrayList<>(kernel.told(mounts(kernel)));
            Set<String> superblocks = new HashSet<>(words.get());
            for (String word : words.get()) {
                superblock(kernel, word).ifPresent(superblocks::add);
            }
            all.removeIf(
                    mount -> !words.get().isEmpty() && superblocks.stream().noneMatch(word -> isMeant(mount, word)));
            if (json.get()) {
                List<Object> fields = new ArrayList<>();
                for (Mount mount : all) {
                    fields.add(fields(kernel, mount));
                }
                out().println(Json.of(fields));
            } else if (inodes.get() || files.get()) {
                for (Mount mount : all) {
                    print(List.of(mount));
                    printWithin(kernel, mount);
                }
            } else {
                print(all);
            }
            out().flush();
            return all.isEmpty() ? Main.FAILED : 0;
        }
    }

    /// The file system of a directory entry or inode, should that be at an address.
    private static Optional<String> superblock(Kernel kernel, String word) throws IOException {
        if (!word.matches("(0x)?[0-9a-f]{16}")) {
            return Optional.empty();
        }
        long address = kernel.address(word);
        String cache = SlabNames.of(kernel.types()).find(address).orElse("");
        boolean isEntry = cache.equals("dentry");
        if (!isEntry && !cache.contains("inode") && !cache.equals("sock_inode_cache")) {
            return Optional.empty();
        }
        Struct found = kernel.types().struct(isEntry ? "dentry" : "inode", address);
        return Optional.of(Long.toHexString(found.number(isEntry ? "d_sb" : "i_sb")));
    }

    private void printWithin(Kernel kernel, Mount mount) throws IOException {
        if (inodes.get()) {
            out().println("DIRTY INODES");
            List<Long> dirty = kernel.told(DirtyInodes.of(mount.superblock(kernel.types())));
            dirty.forEach(inode -> out().println(Long.toHexString(inode)));
            out().println(dirty.isEmpty() ? "(none)" : "");
        }
        if (files.get()) {
            out().println("OPEN FILES");
            List<Map<String, Object>> rows = openFiles(kernel, mount);
            Table.print(rows, out());
            out().println(rows.isEmpty() ? "(none)" : "");
        }
    }

    private static List<Map<String, Object>> openFiles(Kernel kernel, Mount mount) throws IOException {
        Map<Long, Map<String, Object>> rows = new TreeMap<>();
        for (Task task : kernel.tasks()) {
            for (OpenFile file : kernel.told(OpenFile.of(task.structure()))) {
                Struct path = kernel.types().struct("file", file.file()).inner("f_path");
                if (path.number("mnt") == mount.structure().addressOf("mnt")) {
                    rows.put(
                            file.entry(),
                            Table.row(
                                    "dentry", Json.address(file.entry()),
                                    "inode", Json.address(file.inode()),
                                    "type", file.type(),
                                    "path", file.path()));
                }
            }
        }
        return List.copyOf(rows.values());
    }

    private Partial<Mount> mounts(Kernel kernel) throws IOException {
        if (namespace.get() == null) {
            return Mount.all(kernel.types());
        }
        List<Task> tasks = new NamedTasks(kernel).find(List.of(namespace.get()), new ArrayList<>());
        Optional<Struct> proxy = tasks.isEmpty()
                ? Optional.empty()
                : tasks.getFirst().structure().follow("nsproxy");
        Optional<Struct> seen = proxy.isPresent() ? proxy.get().follow("mnt_ns") : Optional.empty();
        return Mount.in(seen.orElseThrow(
                () -> new IOException(namespace.get() + ": there is no such task, or it sees no mounts")));
    }

    private static boolean isMeant(Mount mount, String word) {
        return List.of(mount.type(), mount.device(), mount.directory()).contains(word)
                || Json.address(mount.structure().address()).endsWith(word)
                || Json.address(mount.superblock()).endsWith(word);
    }

    private void print(List<Mount> all) {
        int type = width(all.stream().map(Mount::type).toList(), 6);
        int device = width(all.stream().map(Mount::device).toList(), 9);
        String row = "%-16s %-16s %-" + type + "s %-" + device + "s %s%n";
        out().printf(row, "     MOUNT", "    SUPERBLK", "TYPE", "DEVNAME", "DIRNAME");
        for (Mount mount : all) {
            out().printf(
                            row,
                            Long.toHexString(mount.structure().address()),
                            Long.toHexString(mount.superblock()),
                            mount.type(),
                            mount.device(),
                            mount.directory());
        }
    }

    private static int width(List<String> texts, int least) {
        return Math.max(least, texts.stream().mapToInt(String::length).max().orElse(0));
    }

    /// `address`, `superblock`, `type`, `device`, `directory`; with -i `dirty_inodes` (addresses), with -f
    /// `files`, each `dentry`, `inode`, `type`, `path`.
    private Map<String, Object> fields(Kernel kernel, Mount mount) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(mount.structure().address()));
        fields.put("superblock", Json.address(mount.superblock()));
        fields.put("type", mount.type());
        fields.put("device", mount.device());
        fields.put("directory", mount.directory());
        if (inodes.get()) {
            fields.put(
                    "dirty_inodes",
                    kernel.told(DirtyInodes.of(mount.superblock(kernel.types()))).stream()
                            .map(Json::address)
                            .toList());
        }
        if (files.get()) {
            fields.put("files", openFiles(kernel, mount));
        }
        return fields;
    }
}
