package org.kdump.capture;

/// Is told how far a capture is: at the start and end of each stage, and about ten times a second between.
@FunctionalInterface
public interface ProgressListener {
    /// One who does not listen.
    ProgressListener NONE = progress -> {};

    /// Called on the thread that called [Capture#run]; should return soon.
    void report(Progress progress);
}
