package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The Debian mirrors that a host's own apt sources name (sources.list(5)), to be asked for other suites.
///
/// @param archive URIs of the main archive
/// @param security URIs of the security archive
record AptMirrors(Set<String> archive, Set<String> security) {
    private static final Path ETC = Path.of("/etc/apt");
    private static final Path KEYRING = Path.of("/usr/share/keyrings/debian-archive-keyring.gpg");
    private static final Pattern ONE_LINE =
            Pattern.compile("deb\\s+(?:\\[(?<options>[^]]*)]\\s+)?(?<uri>\\S+)\\s+(?<suite>\\S+)\\s*(?<rest>.*)");
    // A third party's repository for Debian may use the same names; its key tells it (see isDebians).
    private static final Pattern SUITE = Pattern.compile(
            "(?:stretch|buster|bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|stable|oldstable|oldoldstable)"
                    + "(?<part>-updates|-security|/updates|-backports|-proposed-updates)?");

    AptMirrors {
        archive = Set.copyOf(archive);
        security = Set.copyOf(security);
    }

    /// What the host's `/etc/apt` names.
    ///
    /// @throws IOException if it cannot be read or names no Debian mirror
    static AptMirrors ofHost() throws IOException {
        return of(ETC);
    }

    /// What `sources.list` and `sources.list.d` in `etc` name.
    ///
    /// @throws IOException if they cannot be read or name no Debian mirror
    static AptMirrors of(Path etc) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path file : sourceFiles(etc)) {
            String text = Files.readString(file);
            entries.addAll(file.toString().endsWith(".sources") ? deb822(text) : oneLine(text));
        }
        AptMirrors mirrors = of(entries);
        if (mirrors.archive.isEmpty()) {
            throw new IOException(etc + ": no apt source names a Debian mirror (a suite such as bookworm, component"
                    + " main); add one, or run this on Debian");
        }
        return mirrors;
    }

    private static List<Path> sourceFiles(Path etc) throws IOException {
        List<Path> files = new ArrayList<>();
        Path single = etc.resolve("sources.list");
        if (Files.exists(single)) {
            files.add(single);
        }
        Path parts = etc.resolve("sources.list.d");
        if (Files.isDirectory(parts)) {
            try (Stream<Path> list = Files.list(parts)) {
                list.filter(file -> file.toString().matches(".*\\.(list|sources)"))
                        .sorted()
                        .forEach(files::add);
            }
        }
        return files;
    }

    /// One source: a URI, a suite, and what else decides whether it is Debian's.
    record Entry(String uri, String suite, List<String> components, String signedBy) {
        boolean isDebians() {
            return components.contains("main")
                    && SUITE.matcher(suite).matches()
                    && (signedBy.isEmpty() || signedBy.contains("debian-archive"));
        }

        boolean isSecurity() {
            return suite.endsWith("-security") || suite.endsWith("/updates");
        }
    }

    static AptMirrors of(Collection<Entry> entries) {
        Set<String> archive = new LinkedHashSet<>();
        Set<String> security = new LinkedHashSet<>();
        for (Entry entry : entries) {
            if (entry.isDebians()) {
                (entry.isSecurity() ? security : archive).add(entry.uri);
            }
        }
        return new AptMirrors(archive, security);
    }

    static List<Entry> deb822(String text) {
        List<Entry> entries = new ArrayList<>();
        for (Map<String, String> paragraph : Deb822.paragraphs(text)) {
            boolean enabled = !paragraph.getOrDefault("Enabled", "yes").matches("(?i)no|false|0|off|without|disable");
            if (enabled && words(paragraph, "Types").contains("deb")) {
                String signedBy = paragraph.getOrDefault("Signed-By", "");
                for (String uri : words(paragraph, "URIs")) {
                    for (String suite : words(paragraph, "Suites")) {
                        entries.add(new Entry(uri, suite, words(paragraph, "Components"), signedBy));
                    }
                }
            }
        }
        return entries;
    }

    static List<Entry> oneLine(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
            if (matcher.matches()) {
                String options = matcher.group("options") == null ? "" : matcher.group("options");
                entries.add(new Entry(
                        matcher.group("uri"), matcher.group("suite"), words(matcher.group("rest")), signedBy(options)));
            }
        }
        return entries;
    }

    private static String signedBy(String options) {
        return words(options).stream()
                .filter(option -> option.startsWith("signed-by="))
                .map(option -> option.substring("signed-by=".length()))
                .findFirst()
                .orElse("");
    }

    private static List<String> words(Map<String, String> paragraph, String field) {
        return words(paragraph.getOrDefault(field, ""));
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }

    /// A `.sources` file for `suite` on these mirrors.
    ///
    /// @param architecture Debian's name of it
    String sourcesFor(DebianSuite suite, String architecture) {
        StringBuilder text = new StringBuilder();
        String updates = suite.released() ? " " + suite.name() + "-updates" : "";
        archive.stream().sorted().forEach(uri -> text.append(paragraph(uri, suite.name() + updates, architecture)));
        if (suite.released()) {
            security.stream()
                    .sorted()
                    .forEach(uri -> text.append(paragraph(uri, suite.name() + "-security", architecture)));
        }
        return text.toString();
    }

    private static String paragraph(String uri, String suites, String architecture) {
        // Without the keyring apt falls back to the keys that it trusts anyway.
        String signedBy = Files.exists(KEYRING) ? "Signed-By: " + KEYRING + "\n" : "";
        return """
                Types: deb
                URIs: %s
                Suites: %s
                Components: main
                Architectures: %s
                Targets: Packages
                Languages: none
                %s
                """.formatted(uri, suites, architecture, signedBy).stripTrailing() + "\n\n";
    }
}
