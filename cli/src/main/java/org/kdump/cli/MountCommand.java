package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.Mount;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;

/// `kdump mount`: the mounted file systems.
final class MountCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class, "REFERENCE", "Only those with this as an address, a type, device or directory.");

    private final Supplier<String> namespace = option(
            String.class, "-n", "PID|TASK", "Those that this task sees. Default: those of the kernel's first one.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of mounts.");

    MountCommand() {
        super("mount", "List the mounted file systems.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            List<Mount> all = new ArrayList<>(kernel.told(mounts(kernel)));
            all.removeIf(
                    mount -> !words.get().isEmpty() && words.get().stream().noneMatch(word -> isMeant(mount, word)));
            if (json.get()) {
                out().println(Json.of(all.stream().map(MountCommand::fields).toList()));
            } else {
                print(all);
            }
            out().flush();
            return all.isEmpty() ? Main.FAILED : 0;
        }
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

    /// `address`, `superblock`, `type`, `device`, `directory`.
    private static Map<String, Object> fields(Mount mount) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(mount.structure().address()));
        fields.put("superblock", Json.address(mount.superblock()));
        fields.put("type", mount.type());
        fields.put("device", mount.device());
        fields.put("directory", mount.directory());
        return fields;
    }
}
