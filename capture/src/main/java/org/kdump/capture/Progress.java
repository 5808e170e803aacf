package org.kdump.capture;

/// Is told how far a capture is. Called by one thread at a time, about once for each 128 MiB of memory or oftener.
public interface Progress {
    /// Tells nobody.
    Progress NONE = (stage, done, total, bytes) -> {};

    /// @param stage what is being done, in words
    /// @param done page frames done in this stage
    /// @param total page frames of this stage, never 0
    /// @param bytes bytes written so far
    void at(String stage, long done, long total, long bytes);
}
