package org.kdump.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.LoadRequest.Purpose;

/// What was loaded for the moment of a panic, and on what machine, kept in `/run` for `kdump load --refresh`.
///
/// @param request what was asked for
/// @param machine the machine's memory and CPUs then, as a text to be compared
/// @param way the system call
record LoadedRecord(LoadRequest request, String machine, KernelLoad.Way way) {
    private static final Path FILE = Path.of("/run/kdump/loaded");

    /// @throws UserException if nothing was loaded by us since the machine started
    static LoadedRecord read() throws IOException {
        if (Files.notExists(FILE)) {
            throw new UserException(FILE + " is not there: 'kdump load --panic' has not loaded anything yet");
        }
        Properties fields = new Properties();
        try (Reader in = Files.newBufferedReader(FILE)) {
            fields.load(in);
        }
        String port = fields.getProperty("serial", "");
        LoadRequest request = new LoadRequest(
                Purpose.PANIC,
                Path.of(fields.getProperty("kernel", "")),
                Optional.ofNullable(fields.getProperty("initrd")).map(Path::of),
                fields.getProperty("append", ""),
                Boolean.parseBoolean(fields.getProperty("memmap")),
                port.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port)),
                Boolean.parseBoolean(fields.getProperty("debug")),
                LoadRequest.ANYWHERE);
        return new LoadedRecord(
                request,
                fields.getProperty("machine", ""),
                KernelLoad.Way.valueOf(fields.getProperty("way", KernelLoad.Way.PERMITTED.name())));
    }

    void write() throws IOException {
        Properties fields = new Properties();
        fields.setProperty("kernel", request.kernel().toAbsolutePath().toString());
        request.initrd()
                .ifPresent(file ->
                        fields.setProperty("initrd", file.toAbsolutePath().toString()));
        fields.setProperty("append", request.commandLine());
        fields.setProperty("memmap", Boolean.toString(request.passMemmapCommandLine()));
        request.serialPort().ifPresent(port -> fields.setProperty("serial", Integer.toString(port)));
        fields.setProperty("debug", Boolean.toString(request.verbose()));
        fields.setProperty("machine", machine);
        fields.setProperty("way", way.name());
        Files.createDirectories(FILE.getParent());
        try (Writer out = Files.newBufferedWriter(FILE)) {
            fields.store(out, null);
        }
    }
}
