package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An apt of our own for one suite: its sources, lists and cache lie in one directory, the host's are not touched.
///
/// ```
/// DIR/sources/kdump.sources   the mirrors
/// DIR/lists, DIR/cache        apt's
/// DIR/status                  empty: nothing is installed
/// DIR/updated                 its time is that of the last update
/// ```
final class AptState {
    private static final Duration FRESH = Duration.ofDays(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Path directory;
    private final DebianSuite suite;
    private final String architecture;

    private AptState(Path directory, DebianSuite suite, String architecture) {
        this.directory = directory;
        this.suite = suite;
        this.architecture = architecture;
    }

    /// The state in `directory`, which is made if it is not there.
    static AptState in(Path directory, DebianSuite suite, String architecture, AptMirrors mirrors) throws IOException {
        for (String part : List.of("sources", "preferences", "lists/partial", "cache/archives/partial")) {
            Files.createDirectories(directory.resolve(part));
        }
        AptState state = new AptState(directory, suite, architecture);
        state.writeSources(mirrors.sourcesFor(suite, architecture));
        if (!Files.exists(state.status())) {
            Files.createFile(state.status());
        }
        return state;
    }

    private void writeSources(String text) throws IOException {
        Path sources = directory.resolve("sources/kdump.sources");
        if (!Files.exists(sources) || !Files.readString(sources).equals(text)) {
            Files.writeString(sources, text);
            Files.deleteIfExists(stamp());
        }
    }

    private Path status() {
        return directory.resolve("status");
    }

    private Path stamp() {
        return directory.resolve("updated");
    }

    /// Whether the lists were fetched within a day.
    boolean isFresh() throws IOException {
        return Files.exists(stamp())
                && Files.getLastModifiedTime(stamp())
                        .toInstant()
                        .isAfter(Instant.now().minus(FRESH));
    }

    /// Fetches the package lists unless they are fresh.
    ///
    /// @return what went wrong, in which case older lists may still be there
    Optional<String> update() throws IOException {
        if (isFresh()) {
            return Optional.empty();
        }
        HostCommand.Result result =
                apt("apt-get").and("-q", "update").within(LONGEST).run();
        List<String> errors = result.errors()
                .lines()
                .filter(line -> line.startsWith("E:"))
                .filter(line -> !isMissingSuite(line))
                .toList();
        if (!errors.isEmpty()) {
            return Optional.of(errors.getFirst());
        }
        Files.writeString(stamp(), "");
        return Optional.empty();
    }

    /// A suite may have no `-updates` or `-security` (yet, or any more); the suite itself must be there.
    private boolean isMissingSuite(String error) {
        boolean missing = error.contains("does not have a Release file") || error.contains("no longer has a Release");
        return missing && !error.contains(" " + suite.name() + " Release'");
    }

    /// The newest version of a package, as its paragraph in the lists.
    Optional<Map<String, String>> show(String name) throws IOException {
        return versions(name).stream().findFirst();
    }

    /// All versions of a package, the newest first.
    List<Map<String, String>> versions(String name) throws IOException {
        HostCommand.Result result = apt("apt-cache").and("show", name).run();
        return Deb822.paragraphs(result.output()).stream()
                .filter(paragraph -> name.equals(paragraph.get("Package")))
                .toList();
    }

    /// Downloads packages, `NAME=VERSION` each, and checks them against the lists.
    ///
    /// @throws IOException if one cannot be fetched
    void download(List<String> packages, Path into) throws IOException {
        HostCommand.Result result = apt("apt-get")
                .and("-q", "download")
                .and(packages.toArray(String[]::new))
                .in(into)
                .within(LONGEST)
                .run();
        if (result.status() != 0) {
            String error = result.errors()
                    .lines()
                    .filter(line -> line.startsWith("E:"))
                    .findFirst()
                    .orElse("exit status " + result.status());
            throw new IOException("apt cannot download " + String.join(", ", packages) + ": " + error);
        }
    }

    private HostCommand apt(String program) {
        return HostCommand.of(program)
                .and("-o", "Dir::Etc::SourceList=/dev/null")
                .and("-o", "Dir::Etc::SourceParts=" + directory.resolve("sources"))
                .and("-o", "Dir::Etc::Preferences=/dev/null")
                .and("-o", "Dir::Etc::PreferencesParts=" + directory.resolve("preferences"))
                .and("-o", "Dir::State=" + directory)
                .and("-o", "Dir::State::Lists=" + directory.resolve("lists"))
                .and("-o", "Dir::State::Status=" + status())
                .and("-o", "Dir::Cache=" + directory.resolve("cache"))
                .and("-o", "APT::Architecture=" + architecture, "-o", "APT::Architectures=" + architecture)
                // apt would drop to a user who may not see this directory, and warn.
                .and("-o", "APT::Sandbox::User=root")
                .and("-o", "APT::Update::Error-Mode=any")
                .and("-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20");
    }
}
