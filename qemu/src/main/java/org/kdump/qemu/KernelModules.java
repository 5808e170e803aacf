package org.kdump.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The loadable modules of one kernel, and the order in which they must be loaded.
///
/// What a module needs is read from the module itself (its `.modinfo` section), for a package's directory has no
/// `modules.dep` before `depmod` has run. Names are those of `modprobe`: `-` and `_` are the same letter.
public final class KernelModules {
    private static final int DEEPEST = 64;

    private final Path directory;
    private final Map<String, Path> files;
    private final Set<String> builtIn;

    private KernelModules(Path directory, Map<String, Path> files, Set<String> builtIn) {
        this.directory = directory;
        this.files = files;
        this.builtIn = builtIn;
    }

    /// The modules in a `lib/modules/RELEASE`.
    ///
    /// @throws IOException if the directory cannot be read
    public static KernelModules in(Path directory) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        for (Path file : FileTree.list(directory)) {
            if (ModuleFile.isModule(file)) {
                files.putIfAbsent(ModuleFile.nameOf(file), file);
            }
        }
        return new KernelModules(directory, files, builtIn(directory));
    }

    /// `modules.builtin` lists paths as of modules, `modules.builtin.modinfo` NUL-ended `NAME.alias=ALIAS`.
    private static Set<String> builtIn(Path directory) throws IOException {
        Set<String> names = new HashSet<>();
        Path list = directory.resolve("modules.builtin");
        if (Files.exists(list)) {
            Files.readAllLines(list).forEach(line -> names.add(ModuleFile.nameOf(Path.of(line.strip()))));
        }
        Path info = directory.resolve("modules.builtin.modinfo");
        if (Files.exists(info)) {
            for (String entry :
                    Files.readString(info, StandardCharsets.ISO_8859_1).split("\0")) {
                int alias = entry.indexOf(".alias=");
                if (alias > 0) {
                    names.add(ModuleFile.canonical(entry.substring(alias + ".alias=".length())));
                }
            }
        }
        return Set.copyOf(names);
    }

    /// Whether the kernel has it without loading anything: it, or what it is an alias of, is built in.
    public boolean isBuiltIn(String name) {
        return builtIn.contains(ModuleFile.canonical(name));
    }

    /// Whether it is there, as a module or built in.
    public boolean has(String name) {
        return isBuiltIn(name) || files.containsKey(ModuleFile.canonical(name));
    }

    /// A module as the kernel's loader wants it: a plain ELF file.
    ///
    /// @throws IOException if it is not there, or cannot be read or uncompressed
    public byte[] plain(String name) throws IOException {
        Path file = files.get(ModuleFile.canonical(name));
        if (file == null) {
            throw new IOException(directory + ": this kernel has no module " + name);
        }
        return ModuleFile.plain(file);
    }

    /// The files to load for `names`, each after all that it needs, none twice; what is built in needs no file.
    ///
    /// @throws IOException if a module, or one that it depends on, is not there, or a file cannot be read
    /// @throws org.kdump.elf.MalformedInputException if a module is not an ELF file
    public List<Path> inOrder(List<String> names) throws IOException {
        Map<String, Path> ordered = new LinkedHashMap<>();
        for (String name : names) {
            add(ordered, ModuleFile.canonical(name), name, 0);
        }
        return List.copyOf(ordered.values());
    }

    private void add(Map<String, Path> ordered, String name, String wanted, int depth) throws IOException {
        if (ordered.containsKey(name) || !files.containsKey(name) && isBuiltIn(name)) {
            return;
        }
        Path file = files.get(name);
        if (file == null || depth > DEEPEST) {
            throw new IOException(directory + ": this kernel has no module " + name
                    + (name.equals(ModuleFile.canonical(wanted)) ? "" : ", needed by " + wanted)
                    + ", nor is it built in");
        }
        ModuleFile module = ModuleFile.read(file);
        for (String soft : module.softDependencies()) {
            for (String provider : providers(soft)) {
                add(ordered, provider, wanted, depth + 1);
            }
        }
        for (String dependency : module.dependencies()) {
            add(ordered, dependency, wanted, depth + 1);
        }
        ordered.put(name, file);
    }

    /// A soft dependency may name an alias (ext4 and btrfs name `crc32c`, the algorithm), and may be missing. The
    /// kernel's crypto modules bear the algorithm's name first, the portable one ends in `generic`.
    private List<String> providers(String soft) throws IOException {
        if (has(soft)) {
            return List.of(soft);
        }
        List<String> named = new ArrayList<>();
        for (String name : files.keySet()) {
            if (name.startsWith(soft + "_")
                    && ModuleFile.read(files.get(name)).aliases().contains(soft)) {
                named.add(name);
            }
        }
        return named.stream()
                .filter(name -> name.endsWith("_generic"))
                .findFirst()
                .or(() -> named.stream().findFirst())
                .stream()
                .toList();
    }
}
