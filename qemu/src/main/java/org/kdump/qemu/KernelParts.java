package org.kdump.qemu;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The packages that make up one kernel.
///
/// A kernel's packages are tied to each other by an exact `Depends: NAME (= VERSION)`, what it merely needs (kmod, an
/// initramfs builder) is not. Following those from the meta package finds one image package in Debian 11 to 13, and
/// image, binary, base and modules packages from 14 on.
///
/// @param version the meta package's version
/// @param packages `NAME=VERSION` of each, the meta package left out
record KernelParts(String version, List<String> packages) {
    private static final Pattern TIED =
            Pattern.compile("(?<name>[a-z0-9][a-z0-9.+-]+)\\s*\\(=\\s*(?<version>[^)\\s]+)\\)");
    private static final int MOST = 32;

    /// Where paragraphs come from.
    interface Index {
        /// The newest version of a package.
        Optional<Map<String, String>> show(String name) throws IOException;
    }

    /// Follows `metaPackage`.
    ///
    /// @return empty if the index does not have it, or not all that it is tied to
    static Optional<KernelParts> of(Index index, String metaPackage) throws IOException {
        Optional<Map<String, String>> meta = index.show(metaPackage);
        return meta.isEmpty() ? Optional.empty() : of(index, meta.get());
    }

    /// As the other, of one version of a meta package, given by its paragraph.
    static Optional<KernelParts> of(Index index, Map<String, String> meta) throws IOException {
        Set<String> packages = new LinkedHashSet<>();
        Deque<Map<String, String>> open = new ArrayDeque<>(List.of(meta));
        while (!open.isEmpty() && packages.size() < MOST) {
            for (String part : tied(open.remove())) {
                if (packages.add(part)) {
                    Optional<Map<String, String>> paragraph = index.show(part.substring(0, part.indexOf('=')));
                    if (paragraph.isEmpty()) {
                        return Optional.empty();
                    }
                    open.add(paragraph.get());
                }
            }
        }
        return Optional.of(new KernelParts(meta.getOrDefault("Version", ""), List.copyOf(packages)));
    }

    private static List<String> tied(Map<String, String> paragraph) {
        List<String> parts = new ArrayList<>();
        for (String clause : paragraph.getOrDefault("Depends", "").split("[,\\n]")) {
            Matcher matcher = TIED.matcher(clause.strip());
            if (matcher.matches()) {
                parts.add(matcher.group("name") + "=" + matcher.group("version"));
            }
        }
        return parts;
    }
}
