package org.kdump.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.ZoneOffset;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The small text that is written before a dump is taken, so that even a failed dump leaves an answer: the summary,
/// then
/// the whole log.
public final class FirstAnswer {
    private FirstAnswer() {}

    /// Writes it; what cannot be read is said in the text.
    ///
    /// @param out is neither flushed nor closed
    /// @throws IOException if it cannot be written, or the dump cannot be read at all
    public static void write(Vmcore vmcore, Writer out) throws IOException {
        out.write(SummaryText.table(CrashSummary.of(vmcore), ZoneOffset.UTC));
        out.write("\n");
        try {
            KernelLog.of(VirtualMemory.kernel(vmcore)).forEach(record -> line(out, LogFormat.PLAIN.format(record)));
        } catch (MalformedInputException e) {
            out.write("The log cannot be read: " + e.getMessage() + "\n");
        } catch (UncheckedIOException e) {
            throw e.getCause();
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
