package org.kdump.vmcore.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpHeader;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.elfcore.ElfCoreVmcore;

/// Opens a dump, whatever its format, which it tells by the file's content.
public final class VmcoreFile {
    private static final int START = 64;

    private VmcoreFile() {}

    /// Opens a dump.
    ///
    /// @param path the file, or `/proc/vmcore`
    /// @throws MalformedInputException if it is empty, no dump, of a format not handled, or damaged in its headers
    /// @throws IOException if it cannot be opened or read
    public static Vmcore open(Path path) throws IOException {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            throw new IOException(name + ": is a directory, not a dump");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return open(name, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Vmcore open(String name, FileChannel channel) throws IOException {
        ByteSource source = ByteSource.of(name, channel);
        byte[] start = new byte[(int) Math.min(START, source.size())];
        MemorySegment bytes = MemorySegment.ofArray(start);
        source.read(0, bytes);
        if (ElfHeader.isElf(bytes)) {
            return ElfCoreVmcore.read(name, channel);
        }
        if (DiskdumpHeader.isDiskdump(bytes)) {
            return DiskdumpVmcore.read(name, channel);
        }
        throw new MalformedInputException(name, 0, "dump", "", whatElse(bytes));
    }

    private static String whatElse(MemorySegment start) {
        String text = new String(start.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
        if (text.isEmpty()) {
            return "the file is empty; the dump was never written";
        }
        if (text.startsWith("makedumpfile")) {
            return "the flattened format is not handled yet; rearrange it first (makedumpfile -R FILE < DUMP)";
        }
        if (text.startsWith("DISKDUMP")) {
            return "diskdump of before kdump (2.6 and older) is not handled";
        }
        if (text.startsWith("\u001f\u008b") || text.startsWith("(\u00b5/\u00fd") || text.startsWith("\u00fd7zXZ")) {
            return "the file is compressed as a whole; decompress it first (gzip, zstd or xz -d)";
        }
        if (text.chars().allMatch(c -> c == 0)) {
            return "it starts with zeroes; the disk was full, or the dump was never written";
        }
        return "this is not a dump of a Linux kernel (neither an ELF core nor kdump-compressed)";
    }
}
