package org.kdump.cli;

import picocli.CommandLine.IVersionProvider;

/// What `kdump --version` prints.
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"kdump " + text()};
    }

    /// The version of this build, as Maven knows it.
    static String text() {
        return Main.class.getModule().getDescriptor().rawVersion().orElse("(unpackaged)");
    }
}
