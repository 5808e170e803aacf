package org.kdump.qemu;

import java.util.List;

/// A suite of the Debian archive, by its code name.
///
/// @param name the code name, lower-case letters only: `bookworm`, `sid`
public record DebianSuite(String name) {
    /// Debian 11, Linux 5.10.
    public static final DebianSuite BULLSEYE = new DebianSuite("bullseye");
    /// Debian 12, Linux 6.1.
    public static final DebianSuite BOOKWORM = new DebianSuite("bookworm");
    /// Debian 13, Linux 6.12.
    public static final DebianSuite TRIXIE = new DebianSuite("trixie");
    /// Debian unstable, the newest kernel.
    public static final DebianSuite SID = new DebianSuite("sid");

    /// @throws IllegalArgumentException if `name` is not a word of lower-case letters
    public DebianSuite {
        if (!name.matches("[a-z]{1,40}")) {
            throw new IllegalArgumentException("'" + name + "' is not the code name of a Debian suite; try bookworm");
        }
    }

    /// The suites that Kdump is tried on, oldest first.
    public static List<DebianSuite> tried() {
        return List.of(BULLSEYE, BOOKWORM, TRIXIE, SID);
    }

    /// Whether it has `-updates` and `-security` beside it; unstable gets its fixes directly.
    boolean released() {
        return !name.equals("sid") && !name.equals("unstable");
    }

    @Override
    public String toString() {
        return name;
    }
}
