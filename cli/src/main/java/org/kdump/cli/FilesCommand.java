package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.CachedPages;
import org.kdump.kernel.file.Mount;
import org.kdump.kernel.file.OpenFile;
import org.kdump.kernel.file.Paths;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.Zone;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;

/// `kdump files`: the files that tasks had open.
final class FilesCommand extends TaskVerb {
    private final Supplier<String> reference = option(
            String.class,
            "-R",
            "REFERENCE",
            "Only what has this as its descriptor, an address, or in its name, and only tasks that have such.");

    private final Supplier<Boolean> cached = flag("-c", "How many pages of each file were in memory.");

    private final Supplier<String> entry =
            option(String.class, "-d", "DENTRY", "Of this directory entry, whoever has it open.");

    private final Supplier<String> pages = option(String.class, "-p", "INODE", "The pages of this inode in memory.");

    private final Supplier<String> nodes =
            option(String.class, "-n", "INODE", "How many pages of this inode each node's memory has.");

    FilesCommand() {
        super("files", "List the files that tasks had open, and their root and working directories.");
    }

    @Override
    boolean isWanted(Kernel kernel, Task task) throws IOException {
        return reference.get() == null || !files(kernel, task).isEmpty();
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        out().println("ROOT: " + directory(kernel, task, "root") + "    CWD: " + directory(kernel, task, "pwd"));
        List<OpenFile> files = files(kernel, task);
        if (files.isEmpty()) {
            out().println("No open files");
            return;
        }
        out().println(
                        cached.get()
                                ? " FD      INODE          I_MAPPING     NRPAGES TYPE PATH"
                                : " FD       FILE            DENTRY           INODE       TYPE PATH");
        for (OpenFile file : files) {
            if (cached.get()) {
                printCached(kernel, file);
                continue;
            }
            out().printf(
                            "%3d %016x %016x %016x %-4s %s%n",
                            file.descriptor(), file.file(), file.entry(), file.inode(), file.type(), file.path());
        }
    }

    private void printCached(Kernel kernel, OpenFile file) throws IOException {
        Struct inode = kernel.types().struct("inode", file.inode());
        out().printf(
                        "%3d %016x %016x %7d %-4s %s%n",
                        file.descriptor(),
                        file.inode(),
                        inode.number("i_mapping"),
                        CachedPages.count(inode),
                        file.type(),
                        file.path());
    }

    /// `root`, `cwd`, `files`: each `descriptor`, `file`, `dentry`, `inode` (addresses), `type`, `path`; with
    /// -c `i_mapping` and `nrpages` too.
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        fields.put("root", directory(kernel, task, "root"));
        fields.put("cwd", directory(kernel, task, "pwd"));
        List<Object> all = new ArrayList<>();
        for (OpenFile file : files(kernel, task)) {
            Map<String, Object> each = Table.row(
                    "descriptor", file.descriptor(),
                    "file", Json.address(file.file()),
                    "dentry", Json.address(file.entry()),
                    "inode", Json.address(file.inode()),
                    "type", file.type(),
                    "path", file.path());
            if (cached.get()) {
                Struct inode = kernel.types().struct("inode", file.inode());
                each.put("i_mapping", Json.address(inode.number("i_mapping")));
                each.put("nrpages", CachedPages.count(inode));
            }
            all.add(each);
        }
        fields.put("files", all);
    }

    private static String directory(Kernel kernel, Task task, String which) throws IOException {
        Optional<Struct> system = task.structure().follow("fs");
        return system.isPresent() ? Paths.of(kernel.types()).name(system.get().inner(which)) : "";
    }

    private List<OpenFile> files(Kernel kernel, Task task) throws IOException {
        List<OpenFile> all = kernel.told(OpenFile.of(task.structure()));
        return reference.get() == null
                ? all
                : all.stream().filter(this::isMeant).toList();
    }

    private boolean isMeant(OpenFile file) {
        String word = reference.get().startsWith("0x") ? reference.get().substring(2) : reference.get();
        return word.equals(Integer.toString(file.descriptor()))
                || List.of(file.file(), file.entry(), file.inode()).stream()
                        .anyMatch(address -> Long.toHexString(address).equals(word))
                || file.path().contains(reference.get());
    }

    @Override
    boolean isOfNoTask() {
        return entry.get() != null || pages.get() != null || nodes.get() != null;
    }

    @Override
    int answer(Kernel kernel, boolean asJson) throws IOException {
        List<Map<String, Object>> rows;
        if (entry.get() != null) {
            rows = entry(kernel, kernel.types().struct("dentry", kernel.address(entry.get())));
        } else if (pages.get() != null) {
            rows = pages(kernel, kernel.types().struct("inode", kernel.address(pages.get())));
        } else {
            rows = nodes(kernel, kernel.types().struct("inode", kernel.address(nodes.get())));
        }
        if (asJson) {
            out().println(Json.of(rows));
        } else {
            Table.print(rows, out());
        }
        out().flush();
        return rows.isEmpty() ? Main.FAILED : 0;
    }

    /// `dentry`, `inode` (null if it has none), `superblock`, `type`, `path`.
    private static List<Map<String, Object>> entry(Kernel kernel, Struct entry) throws IOException {
        Optional<Struct> inode = entry.follow("d_inode");
        long superblock = entry.number("d_sb");
        String path = "";
        for (Mount mount : kernel.told(Mount.all(kernel.types()))) {
            if (mount.superblock() == superblock) {
                path = Paths.of(kernel.types()).of(entry, mount.structure());
                break;
            }
        }
        return List.of(Table.row(
                "dentry",
                Json.address(entry.address()),
                "inode",
                inode.isPresent() ? Json.address(inode.get().address()) : null,
                "superblock",
                Json.address(superblock),
                "type",
                inode.isPresent() ? OpenFile.type(inode.get()) : "N/A",
                "path",
                path));
    }

    /// As `kmem -p`: `page`, `physical`, `mapping`, `index`, `count`, `flags`, `names`.
    private static List<Map<String, Object>> pages(Kernel kernel, Struct inode) throws IOException {
        PageRows frames = PageRows.of(kernel);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (long page : kernel.told(CachedPages.of(inode))) {
            rows.add(frames.row(page));
        }
        return rows;
    }

    /// `node`, `pages`.
    private static List<Map<String, Object>> nodes(Kernel kernel, Struct inode) throws IOException {
        List<Zone> zones = Zone.all(kernel.types());
        PageRows frames = PageRows.of(kernel);
        Map<Integer, Integer> counts = new TreeMap<>();
        zones.forEach(zone -> counts.put(zone.node(), 0));
        for (long page : kernel.told(CachedPages.of(inode))) {
            long frame = frames.map().frame(page);
            zones.stream()
                    .filter(zone -> frame >= zone.start() && frame < zone.start() + zone.spanned())
                    .findFirst()
                    .ifPresent(zone -> counts.merge(zone.node(), 1, Integer::sum));
        }
        return counts.entrySet().stream()
                .map(each -> Table.row("node", each.getKey(), "pages", each.getValue()))
                .toList();
    }
}
