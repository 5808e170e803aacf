package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The newest kernels of Debian's suites, fetched by an apt of our own and kept in a cache outside the repository.
///
/// ```
/// CACHE/apt/SUITE/            apt's state, the lock, newest-META: the directory last found; SUITE-ARCHITECTURE/ if not
/// amd64
/// CACHE/kernels/META_VERSION/ the packages, unpacked; the list of them in `packages`
/// CACHE/packages/NAME_VERSION/ one package that is no kernel, unpacked
/// CACHE/debug/RELEASE_VERSION/vmlinux
/// ```
///
/// Mirrors are those of the host's own apt sources. The lists are fetched at most once a day and suite; without a
/// network, what is in the cache is used, and [KernelPackage#notes] says so. Several processes and threads may use one
/// cache.
public final class DebianKernels {
    /// The meta package of the kernel for virtual machines.
    public static final String CLOUD = "linux-image-cloud-amd64";

    private static final String AMD64 = "amd64";
    private static final Duration LONGEST_UNPACKING = Duration.ofMinutes(10);

    private final Path cache;
    private final AptMirrors mirrors;
    private final String architecture;

    private DebianKernels(Path cache, AptMirrors mirrors, String architecture) {
        this.cache = cache.toAbsolutePath();
        this.mirrors = mirrors;
        this.architecture = architecture;
    }

    /// Uses [#standardCache] and the host's apt sources.
    ///
    /// @throws IOException if the host's apt sources cannot be read or name no Debian mirror
    public static DebianKernels ofHost() throws IOException {
        return in(standardCache());
    }

    /// Uses the cache in `directory`, made when needed, and the host's apt sources.
    ///
    /// @throws IOException if the host's apt sources cannot be read or name no Debian mirror
    public static DebianKernels in(Path directory) throws IOException {
        return new DebianKernels(directory, AptMirrors.ofHost(), AMD64);
    }

    /// Those of another architecture, in the same cache.
    ///
    /// @param name Debian's name of it, such as `i386`
    public DebianKernels of(String name) {
        return new DebianKernels(cache, mirrors, name);
    }

    /// `$KDUMP_CACHE`, else `$XDG_CACHE_HOME/kdump`, else `~/.cache/kdump`.
    public static Path standardCache() {
        String own = System.getenv("KDUMP_CACHE");
        if (own != null && !own.isBlank()) {
            return Path.of(own);
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path parent = caches == null || caches.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(caches);
        return parent.resolve("kdump");
    }

    /// The newest cloud kernel of a suite.
    ///
    /// @throws IOException if there is none in the archive or the cache, or it cannot be fetched or unpacked
    public KernelPackage newest(DebianSuite suite) throws IOException {
        return newest(suite, CLOUD);
    }

    /// The newest cloud kernel of a suite that [#debugVmlinux] has: archives drop debug packages sooner than kernels.
    ///
    /// @throws IOException if there is none, or it cannot be fetched or unpacked
    public KernelPackage newestWithDebug(DebianSuite suite) throws IOException {
        KernelPackage newest = newest(suite);
        try {
            debugVmlinux(suite, newest);
            return newest;
        } catch (IOException gone) {
            return olderWithDebug(suite, newest.version()).orElseThrow(() -> gone);
        }
    }

    private Optional<KernelPackage> olderWithDebug(DebianSuite suite, String newest) throws IOException {
        for (KernelPackage kernel : older(suite, newest)) {
            try {
                debugVmlinux(suite, kernel);
                return Optional.of(kernel);
            } catch (IOException gone) {
                continue;
            }
        }
        return Optional.empty();
    }

    private List<KernelPackage> older(DebianSuite suite, String newest) throws IOException {
        List<KernelPackage> kernels = new ArrayList<>();
        Path state = state(suite);
        try (CacheLock _ = CacheLock.on(state.resolve("lock"))) {
            AptState apt = AptState.in(state, suite, architecture, mirrors);
            for (Map<String, String> meta : apt.versions(CLOUD)) {
                Optional<KernelParts> parts = KernelParts.of(apt::show, meta);
                if (parts.isPresent() && !newest.equals(meta.get("Version"))) {
                    kernels.add(UnpackedKernel.read(unpack(apt, CLOUD, parts.get()), List.of()));
                }
            }
        }
        return kernels;
    }

    /// The newest kernel that a meta package of a suite leads to.
    ///
    /// @param metaPackage such as [#CLOUD] or `linux-image-amd64`
    /// @throws IOException if there is none in the archive or the cache, or it cannot be fetched or unpacked
    public KernelPackage newest(DebianSuite suite, String metaPackage) throws IOException {
        Path state = state(suite);
        try (CacheLock _ = CacheLock.on(state.resolve("lock"))) {
            AptState apt = AptState.in(state, suite, architecture, mirrors);
            NewestKernel known = new NewestKernel(state.resolve("newest-" + metaPackage));
            Optional<Path> last = known.read();
            if (apt.isFresh() && last.isPresent()) {
                return UnpackedKernel.read(last.get(), List.of());
            }
            return fetch(apt, suite, metaPackage, known);
        }
    }

    private Path state(DebianSuite suite) throws IOException {
        String name = architecture.equals(AMD64) ? suite.name() : suite.name() + "-" + architecture;
        return Files.createDirectories(cache.resolve("apt").resolve(name));
    }

    /// The files of the newest version of one package, without what it depends on.
    ///
    /// @param name the package's name
    /// @return the directory that it is unpacked in
    /// @throws IOException if the suite does not have it, or it cannot be fetched or unpacked
    public Path unpacked(DebianSuite suite, String name) throws IOException {
        Path state = state(suite);
        try (CacheLock _ = CacheLock.on(state.resolve("lock"))) {
            AptState apt = AptState.in(state, suite, architecture, mirrors);
            Optional<String> trouble = apt.update();
            String version = apt.show(name)
                    .map(paragraph -> paragraph.get("Version"))
                    .orElseThrow(() -> new IOException(suite + " has no " + name
                            + trouble.map(": "::concat).orElse("")));
            Path target = cache.resolve("packages").resolve(fileName(name + "_" + version + "_" + architecture));
            if (!Files.isDirectory(target)) {
                unpack(apt, List.of(name + "=" + version), target);
            }
            return target;
        }
    }

    private KernelPackage fetch(AptState apt, DebianSuite suite, String metaPackage, NewestKernel known)
            throws IOException {
        Optional<String> trouble = apt.update();
        try {
            KernelParts parts = KernelParts.of(apt::show, metaPackage)
                    .orElseThrow(() -> new IOException(suite + " has no " + metaPackage
                            + trouble.map(text -> " in the cache, and the mirror failed: " + text)
                                    .orElse("")));
            Path unpacked = unpack(apt, metaPackage, parts);
            known.write(unpacked);
            return UnpackedKernel.read(unpacked, notes(trouble));
        } catch (IOException failed) {
            Optional<Path> last = known.read();
            if (last.isEmpty()) {
                throw failed;
            }
            return UnpackedKernel.read(last.get(), notes(trouble.or(() -> Optional.ofNullable(failed.getMessage()))));
        }
    }

    private static List<String> notes(Optional<String> trouble) {
        return trouble.map(text -> "taken from the cache, for the mirror failed: " + text).stream()
                .toList();
    }

    private Path unpack(AptState apt, String metaPackage, KernelParts parts) throws IOException {
        Path unpacked = cache.resolve("kernels").resolve(fileName(metaPackage + "_" + parts.version()));
        if (!Files.isDirectory(unpacked)) {
            unpack(apt, parts.packages(), unpacked);
        }
        UnpackedKernel.read(unpacked, List.of());
        return unpacked;
    }

    private static void unpack(AptState apt, List<String> packages, Path target) throws IOException {
        Path work = Files.createTempDirectory(Files.createDirectories(target.getParent()), ".new-");
        try {
            Path root = Files.createDirectory(work.resolve("root"));
            apt.download(packages, work);
            for (Path archive : archives(work)) {
                HostCommand.of("dpkg-deb", "-x", archive.toString(), root.toString())
                        .within(LONGEST_UNPACKING)
                        .output();
            }
            Files.write(root.resolve("packages"), packages);
            moveInto(root, target);
        } finally {
            FileTree.delete(work);
        }
    }

    private static List<Path> archives(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".deb"))
                    .sorted()
                    .toList();
        }
    }

    /// Another suite may have the same version, and its process may have been faster.
    private static void moveInto(Path from, Path to) throws IOException {
        if (!Files.isDirectory(to)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static String fileName(String text) {
        return text.replaceAll("[^A-Za-z0-9.+~_-]", "_");
    }

    /// The uncompressed kernel with its debug information, some hundreds of MB; for judges such as crash and drgn.
    ///
    /// @param suite where `kernel` came from
    /// @return the ELF file
    /// @throws IOException if the suite has no debug package for it, or it cannot be fetched or unpacked
    public Path debugVmlinux(DebianSuite suite, KernelPackage kernel) throws IOException {
        Path directory = Files.createDirectories(
                cache.resolve("debug").resolve(fileName(kernel.release() + "_" + kernel.version())));
        Path vmlinux = directory.resolve("vmlinux");
        try (CacheLock _ = CacheLock.on(directory.resolve("lock"))) {
            if (!Files.exists(vmlinux)) {
                fetchDebug(suite, kernel, directory, vmlinux);
            }
        }
        return vmlinux;
    }

    private void fetchDebug(DebianSuite suite, KernelPackage kernel, Path directory, Path vmlinux) throws IOException {
        String name = "linux-image-" + kernel.release() + "-dbg";
        Path work = Files.createTempDirectory(directory, ".new-");
        try {
            Path state = state(suite);
            try (CacheLock _ = CacheLock.on(state.resolve("lock"))) {
                AptState.in(state, suite, architecture, mirrors).download(List.of(name + "=" + kernel.version()), work);
            }
            Path archive = archives(work).stream()
                    .findFirst()
                    .orElseThrow(() -> new IOException(name + ": apt downloaded nothing"));
            Files.move(extractVmlinux(archive, kernel.release(), work), vmlinux, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            FileTree.delete(work);
        }
    }

    /// The package is five times as big as the one file wanted of it, and its place moved between releases.
    private static Path extractVmlinux(Path archive, String release, Path work) throws IOException {
        List<String> tar = new ArrayList<>(List.of("tar", "-x", "-C", work.toString(), "--wildcards"));
        tar.addAll(List.of("*/vmlinux-" + release, "*/" + release + "/vmlinux"));
        // tar answers 2 if one of the two places is not there; what matters is whether a file came out.
        HostCommand.of("dpkg-deb", "--fsys-tarfile", archive.toString())
                .within(LONGEST_UNPACKING)
                .pipeTo(HostCommand.of(tar).within(LONGEST_UNPACKING));
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(file -> file.getFileName().toString().startsWith("vmlinux"))
                    .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .findFirst()
                    .orElseThrow(() -> new IOException(archive.getFileName() + ": holds no vmlinux of " + release));
        }
    }
}
