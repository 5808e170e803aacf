package org.kdump.capture;

import java.time.Duration;

/// How far a capture is.
///
/// @param stage what is being done
/// @param pagesDone pages of this stage that are dealt with
/// @param pagesTotal all pages of this stage
/// @param pageSize bytes of a page
/// @param bytesOut bytes of the file so far
/// @param elapsed since the stage began
public record Progress(Stage stage, long pagesDone, long pagesTotal, int pageSize, long bytesOut, Duration elapsed) {
    /// The stages of a capture, in their order.
    public enum Stage {
        /// It is found out which pages are left out.
        CLASSIFY("classifying"),
        /// The rest is read, compressed and written.
        WRITE("writing"),
        /// The file is being made safe on disk.
        FINISH("finishing");

        private final String label;

        Stage(String label) {
            this.label = label;
        }

        /// What is being done, in a word for users.
        public String label() {
            return label;
        }
    }

    /// How much is done, 0 to 1.
    public double fraction() {
        return pagesTotal == 0 ? 1 : (double) pagesDone / pagesTotal;
    }

    /// Pages dealt with in a second; 0 at the very start.
    public double pagesPerSecond() {
        double seconds = elapsed.toNanos() / 1e9;
        return seconds == 0 ? 0 : pagesDone / seconds;
    }

    /// How long the rest of the stage takes if it goes on at this rate.
    public Duration remaining() {
        double rate = pagesPerSecond();
        return rate == 0 ? Duration.ZERO : Duration.ofMillis((long) ((pagesTotal - pagesDone) / rate * 1000));
    }
}
