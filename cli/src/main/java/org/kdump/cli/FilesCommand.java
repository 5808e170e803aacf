package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.OpenFile;
import org.kdump.kernel.file.Paths;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;

/// `kdump files`: the files that tasks had open.
final class FilesCommand extends TaskVerb {
    private final Supplier<String> reference = option(
            String.class, "-R", "REFERENCE", "Only what has this as its descriptor, an address, or in its name.");

    FilesCommand() {
        super("files", "List the files that tasks had open, and their root and working directories.");
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        out().println("ROOT: " + directory(kernel, task, "root") + "    CWD: " + directory(kernel, task, "pwd"));
        List<OpenFile> files = files(kernel, task);
        if (files.isEmpty()) {
            out().println("No open files");
            return;
        }
        out().println(" FD       FILE            DENTRY           INODE       TYPE PATH");
        for (OpenFile file : files) {
            out().printf(
                            "%3d %016x %016x %016x %-4s %s%n",
                            file.descriptor(), file.file(), file.entry(), file.inode(), file.type(), file.path());
        }
    }

    /// `root`, `cwd`, `files`: each `descriptor`, `file`, `dentry`, `inode` (addresses), `type`, `path`.
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        fields.put("root", directory(kernel, task, "root"));
        fields.put("cwd", directory(kernel, task, "pwd"));
        List<Object> all = new ArrayList<>();
        for (OpenFile file : files(kernel, task)) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("descriptor", file.descriptor());
            each.put("file", Json.address(file.file()));
            each.put("dentry", Json.address(file.entry()));
            each.put("inode", Json.address(file.inode()));
            each.put("type", file.type());
            each.put("path", file.path());
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
}
