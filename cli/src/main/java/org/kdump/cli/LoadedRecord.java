package org.kdump.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;
import org.kdump.elf.ElfClass;
import org.kdump.kexec.AddressRange;
import org.kdump.kexec.LoadOptions;
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
        LoadRequest request = new LoadRequest(
                Purpose.PANIC,
                Path.of(fields.getProperty("kernel", "")),
                Optional.ofNullable(fields.getProperty("initrd")).map(Path::of),
                fields.getProperty("append", ""),
                options(fields));
        return new LoadedRecord(
                request,
                fields.getProperty("machine", ""),
                KernelLoad.Way.valueOf(fields.getProperty("way", KernelLoad.Way.PERMITTED.name())));
    }

    private static LoadOptions options(Properties fields) {
        String port = fields.getProperty("serial", "");
        String entry = fields.getProperty("entry", "");
        return LoadOptions.builder()
                .passMemmap(Boolean.parseBoolean(fields.getProperty("memmap")))
                .serialPort(port.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port)))
                .serialBaud(Integer.parseInt(fields.getProperty("baud", "0")))
                .verbose(Boolean.parseBoolean(fields.getProperty("debug")))
                .within(new AddressRange(
                        Long.parseLong(fields.getProperty("from", "0")),
                        Long.parseLong(fields.getProperty("to", Long.toString(Long.MAX_VALUE)))))
                .entry(entry.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(entry)))
                .coreClass(ElfClass.valueOf(fields.getProperty("core", ElfClass.ELF64.name())))
                .efi(Boolean.parseBoolean(fields.getProperty("efi", "true")))
                .checked(Boolean.parseBoolean(fields.getProperty("checked", "true")))
                .in32BitMode(Boolean.parseBoolean(fields.getProperty("entry32")))
                .build();
    }

    void write() throws IOException {
        Properties fields = new Properties();
        fields.setProperty("kernel", request.kernel().toAbsolutePath().toString());
        request.initrd()
                .ifPresent(file ->
                        fields.setProperty("initrd", file.toAbsolutePath().toString()));
        fields.setProperty("append", request.commandLine());
        LoadOptions options = request.options();
        fields.setProperty("memmap", Boolean.toString(options.passMemmap()));
        options.serialPort().ifPresent(port -> fields.setProperty("serial", Integer.toString(port)));
        fields.setProperty("baud", Integer.toString(options.serialBaud()));
        fields.setProperty("debug", Boolean.toString(options.verbose()));
        fields.setProperty("from", Long.toString(options.within().start()));
        fields.setProperty("to", Long.toString(options.within().end()));
        options.entry().ifPresent(entry -> fields.setProperty("entry", Long.toString(entry)));
        fields.setProperty("core", options.coreClass().name());
        fields.setProperty("efi", Boolean.toString(options.efi()));
        fields.setProperty("checked", Boolean.toString(options.checked()));
        fields.setProperty("entry32", Boolean.toString(options.in32BitMode()));
        fields.setProperty("machine", machine);
        fields.setProperty("way", way.name());
        Files.createDirectories(FILE.getParent());
        try (Writer out = Files.newBufferedWriter(FILE)) {
            fields.store(out, null);
        }
    }
}
