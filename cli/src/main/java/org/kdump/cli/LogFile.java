package org.kdump.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.kernel.crash.LogFormat;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The kernel's log in a file that only its owner may read, as `makedumpfile --dump-dmesg` leaves it.
final class LogFile {
    private LogFile() {}

    /// Writes it.
    ///
    /// @param target [CaptureCommand#STANDARD] for standard output
    /// @param force whether a file that is there is replaced
    /// @throws IOException if the log cannot be found, or the file cannot be written
    static void write(Vmcore vmcore, Path target, boolean force) throws IOException {
        KernelLog log = KernelLog.of(VirtualMemory.kernel(vmcore));
        try (FileChannel file = open(target, force);
                Writer out = new BufferedWriter(Channels.newWriter(file, StandardCharsets.UTF_8))) {
            log.forEach(record -> line(out, LogFormat.PLAIN.format(record)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static FileChannel open(Path target, boolean force) throws IOException {
        if (target.equals(CaptureCommand.STANDARD)) {
            return new FileOutputStream(FileDescriptor.out).getChannel();
        }
        if (force) {
            Files.deleteIfExists(target);
        } else if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target + ": is already there; use --force to replace it");
        }
        return FileChannel.open(
                target,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
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
