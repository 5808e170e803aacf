package org.kdump.cli;

/// What `kdump --version` prints.
final class Version {
    private Version() {}

    /// The name, and the version of this build as Maven knows it.
    static String text() {
        return "kdump " + Main.class.getModule().getDescriptor().rawVersion().orElse("(unpackaged)");
    }
}
