package org.kdump.qemu;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Builds the initramfs of a machine whose only program is Java, as PID 1.
///
/// ```
/// /init                  #!/opt/rt/bin/java @/init.args
/// /init.args             the arguments of the launcher, one a line
/// /opt/rt                the runtime image, as jlink made it
/// /lib…, /lib64…         the host's libraries that it needs, where the host has them
/// /proc/self/exe         a link to the launcher, for the time before /proc is mounted: by it the dynamic loader and
/// the
///                        launcher find what lies beside them
/// /modules/NAME.ko       modules, uncompressed, fit for finit_module(2)
/// /modules/order         their file names, one a line, in the order in which they must be loaded
/// /dev/console, /dev/null
/// /sys /tmp /run /mnt    empty
/// ```
///
/// Memory in the guest: while it unpacks it needs the compressed and the plain image, later the plain one alone. So a
/// runtime that jlink has compressed (`zip-9`: 42 MB plain, 21 MB as an image, measured with java.base) suits a small
/// capture kernel, and one that it has not (`zip-0`: 56 and 16 MB) a guest with room, where classes load faster. The
/// kernel unpacks into a tmpfs of half its memory unless `rootfstype=ramfs` is on its command line
/// (init/do_mounts.c `init_rootfs`); with that, 144 MB hold what else needs 160.
///
/// The guest of a test and the capture image are two uses of this one class. What is given last wins. The same input
/// gives the same bytes. Not safe for use by several threads.
public final class GuestImage {
    private static final String RUNTIME = "opt/rt";
    private static final String LAUNCHER = "/" + RUNTIME + "/bin/java";
    private static final int DEFAULT_LEVEL = 9;
    private static final List<String> USELESS_IN_A_GUEST = List.of("legal", "man", "include", "jmods");

    private final KernelPackage kernel;
    private final Map<String, Content> files = new TreeMap<>();
    private final List<String> modules = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private Optional<Path> runtime = Optional.empty();
    private Predicate<String> leftOut = path -> false;
    private boolean stripped = true;
    private int level = DEFAULT_LEVEL;
    private Optional<InitramfsCompression> compression = Optional.empty();

    private GuestImage(KernelPackage kernel) {
        this.kernel = kernel;
    }

    /// What a file holds.
    private sealed interface Content {
        record Bytes(byte[] bytes, int permissions) implements Content {}

        record OnHost(Path file) implements Content {}
    }

    /// An image for a kernel, of which its modules and the compression that it knows are taken.
    public static GuestImage of(KernelPackage kernel) {
        return new GuestImage(kernel);
    }

    /// The Java runtime image that goes to `/opt/rt`, without its documentation.
    ///
    /// @param directory a tree with `bin/java`, such as jlink makes
    public GuestImage runtime(Path directory) {
        runtime = Optional.of(directory);
        return this;
    }

    /// What of the runtime image to leave out.
    ///
    /// @param predicate asked with the path relative to the runtime image, `lib/server/classes.jsa`
    public GuestImage leavingOut(Predicate<String> predicate) {
        leftOut = predicate;
        return this;
    }

    /// Whether the symbols of the runtime's libraries are taken off with the host's `strip`, if it has one; they are by
    /// default.
    public GuestImage stripped(boolean yes) {
        stripped = yes;
        return this;
    }

    /// Arguments of the Java launcher, options and main class (or `-m MODULE/CLASS`) included. They go to an argument
    /// file, whose quoting is done here.
    public GuestImage arguments(List<String> all) {
        arguments.addAll(all);
        return this;
    }

    /// Modules that the guest can load, by name; what they need comes with them, what is built in is passed over.
    public GuestImage modules(List<String> names) {
        modules.addAll(names);
        return this;
    }

    /// A file with these bytes and mode 0644.
    ///
    /// @param path its place in the guest, with or without the first `/`
    public GuestImage file(String path, byte[] content) {
        files.put(path.replaceFirst("^/+", ""), new Content.Bytes(content.clone(), 0644));
        return this;
    }

    /// A file with the bytes of one of the host's, executable if that is.
    ///
    /// @param path its place in the guest, with or without the first `/`
    public GuestImage file(String path, Path host) {
        files.put(path.replaceFirst("^/+", ""), new Content.OnHost(host));
        return this;
    }

    /// The compression instead of the best that the kernel can unpack.
    public GuestImage compression(InitramfsCompression chosen) {
        compression = Optional.of(chosen);
        return this;
    }

    /// How hard to compress: 1 to 19 for zstd, 9 unless told otherwise. 19 makes the image a tenth smaller than 9 and
    /// takes fifteen times as long; it pays where the image is made once and lies in a reservation for long.
    public GuestImage level(int chosen) {
        level = chosen;
        return this;
    }

    /// Builds it.
    ///
    /// @param image the file, which appears once it is complete, with mode 0600 (it may hold keys)
    /// @return its size in bytes
    /// @throws IOException if something that it needs is not there or cannot be read, or the file cannot be written
    /// @throws org.kdump.elf.MalformedInputException if a module or library is not an ELF file
    public long writeTo(Path image) throws IOException {
        Path directory = image.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(directory, ".new-", "", Private.file());
        Path work = Files.createTempDirectory("kdump-image-");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(fresh), 1 << 16);
                    OutputStream compressed = compression().over(out, level);
                    CpioArchive archive = new CpioArchive(compressed)) {
                fill(archive, work);
            }
            Files.move(fresh, image, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
            FileTree.delete(work);
        }
        return Files.size(image);
    }

    private InitramfsCompression compression() throws IOException {
        return compression.isPresent() ? compression.get() : InitramfsCompression.bestFor(kernel.config());
    }

    private void fill(CpioArchive archive, Path work) throws IOException {
        for (String directory : List.of("dev", "proc", "run", "sys", "tmp", "mnt", "modules")) {
            archive.directory(directory, 0755);
        }
        archive.characterDevice("dev/console", 0600, 5, 1);
        archive.characterDevice("dev/null", 0666, 1, 3);
        if (runtime.isPresent()) {
            addRuntime(archive, runtime.get(), work);
        }
        addModules(archive);
        for (Map.Entry<String, Content> file : files.entrySet()) {
            addFile(archive, file.getKey(), file.getValue());
        }
    }

    private static void addFile(CpioArchive archive, String path, Content content) throws IOException {
        switch (content) {
            case Content.Bytes(byte[] bytes, int permissions) -> archive.file(path, permissions, bytes);
            case Content.OnHost(Path file) -> archive.file(path, permissions(file), file);
        }
    }

    private static int permissions(Path file) {
        return Files.isExecutable(file) ? 0755 : 0644;
    }

    private void addRuntime(CpioArchive archive, Path root, Path work) throws IOException {
        if (!Files.isExecutable(root.resolve("bin/java"))) {
            throw new IOException(root + ": is not a Java runtime image, for it has no bin/java");
        }
        List<Path> taken = FileTree.list(root).stream()
                .filter(file -> isTaken(root.relativize(file)))
                .toList();
        for (Path file : taken) {
            addOfRuntime(archive, RUNTIME + "/" + root.relativize(file), file, work);
        }
        for (Path library : new TreeSet<>(SharedLibraries.neededBy(taken))) {
            archive.file(library.toString(), 0755, library);
        }
        addInit(archive);
    }

    private boolean isTaken(Path relative) {
        return !USELESS_IN_A_GUEST.contains(relative.getName(0).toString()) && !leftOut.test(relative.toString());
    }

    private void addOfRuntime(CpioArchive archive, String path, Path file, Path work) throws IOException {
        if (Files.isSymbolicLink(file)) {
            archive.symlink(path, Files.readSymbolicLink(file).toString());
        } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            archive.directory(path, 0755);
        } else {
            Path content = stripped && file.toString().endsWith(".so") ? strip(file, work) : file;
            archive.file(path, permissions(file), content);
        }
    }

    /// libjvm.so is more than half of a small runtime, and a sixth of it is symbols.
    private static Path strip(Path library, Path work) throws IOException {
        Path small = Files.createTempFile(work, "library", ".so");
        try {
            HostCommand.of("strip", "--strip-unneeded", "-o", small.toString(), library.toString())
                    .output();
            return small;
        } catch (IOException noStrip) {
            return library;
        }
    }

    private void addInit(CpioArchive archive) throws IOException {
        // The kernel (fs/binfmt_script.c) passes what follows the interpreter as one argument.
        archive.file("init", 0755, ("#!" + LAUNCHER + " @/init.args\n").getBytes(StandardCharsets.UTF_8));
        StringBuilder lines = new StringBuilder();
        for (String argument : arguments) {
            lines.append('"')
                    .append(argument.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append("\"\n");
        }
        // The kernel appends the script's own name to the interpreter's arguments, as the main class's first argument.
        archive.file("init.args", 0644, lines.toString().getBytes(StandardCharsets.UTF_8));
        archive.symlink("proc/self/exe", LAUNCHER);
    }

    private void addModules(CpioArchive archive) throws IOException {
        StringBuilder order = new StringBuilder();
        if (!modules.isEmpty()) {
            for (Path module : KernelModules.in(kernel.modules()).inOrder(modules)) {
                String name = ModuleFile.nameOf(module) + ".ko";
                archive.file("modules/" + name, 0644, ModuleFile.plain(module));
                order.append(name).append('\n');
            }
        }
        archive.file("modules/order", 0644, order.toString().getBytes(StandardCharsets.UTF_8));
    }
}
