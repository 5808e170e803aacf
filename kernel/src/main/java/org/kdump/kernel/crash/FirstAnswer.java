package org.kdump.kernel.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.ZoneId;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The small text that is written before a dump is taken, so that even a failed dump leaves an answer: the summary,
/// then the whole log. It is read and written record by record: nothing here grows with the log.
public final class FirstAnswer {
    private FirstAnswer() {}

    /// Writes it; what cannot be read is said in the text.
    ///
    /// @param out is neither flushed nor closed
    /// @throws IOException if it cannot be written, or the dump's headers cannot be read
    public static void write(Vmcore vmcore, Writer out) throws IOException {
        out.write(SummaryText.table(CrashSummary.of(vmcore), ZoneId.of("UTC")));
        out.write("\n");
        try {
            out.write(log(vmcore, out));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// Writes the log, and returns what is to be said of it at its end.
    private static String log(Vmcore vmcore, Writer out) {
        try {
            KernelLog log = KernelLog.of(VirtualMemory.kernel(vmcore));
            log.forEach(record -> line(out, LogFormat.PLAIN.format(record)));
            return log.damaged() == 0 ? "" : log.damaged() + " records of the log could not be read\n";
        } catch (IOException | MalformedInputException e) {
            return "the log cannot be read: " + e.getMessage() + "\n";
        }
    }

    private static void line(Writer out, String line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
