package org.kdump.vmcore.format;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.ByteSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.diskdump.SplitVmcore;
import org.kdump.vmcore.elfcore.ElfCoreVmcore;
import org.kdump.vmcore.flattened.FlattenedSource;
import org.kdump.vmcore.raw.RawVmcore;

/// A dump file of whatever format, recognised by what it holds and never by its name.
public final class VmcoreFile {
    /// `NT_FILE` (include/uapi/linux/elf.h): the mapped files, which only the core of a process has.
    private static final int NT_FILE = 0x46494c45;

    private static final long SMALLEST_MEMORY = 1 << 20;
    private static final long SMALLEST_PAGE = 4096;

    private VmcoreFile() {}

    /// Opens the parts of a dump that was split, or a dump that is one file.
    ///
    /// @param paths one or more, in any order
    /// @throws MalformedInputException as [#open(Path)], and if they are not parts of one dump
    /// @throws IOException if one cannot be read
    public static Vmcore open(List<Path> paths) throws IOException {
        if (paths.size() == 1) {
            return open(paths.getFirst());
        }
        List<DiskdumpVmcore> parts = new ArrayList<>();
        try {
            for (Path path : paths) {
                Vmcore opened = open(path);
                if (!(opened instanceof DiskdumpVmcore part)) {
                    try (opened) {
                        throw notADump(path.toString(), "this is no part of a dump but all of it");
                    }
                }
                parts.add(part);
            }
            return new SplitVmcore(parts);
        } catch (IOException | RuntimeException | Error problem) {
            for (DiskdumpVmcore part : parts) {
                part.close();
            }
            throw problem;
        }
    }

    /// Opens a dump; closing it closes the file.
    ///
    /// @throws MalformedInputException if the file is no dump that can be read; says what it is and what to do
    /// @throws IOException if it cannot be read; the message is a line for the user
    public static Vmcore open(Path path) throws IOException {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            throw notADump(name, "this is a directory; give the dump file in it");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw notADump(name, "this is a device, pipe or socket; copy the dump to a file first");
        }
        Open file = Open.of(path);
        try {
            return open(file.source(), file);
        } catch (IOException | RuntimeException | Error problem) {
            try (file) {
                throw problem;
            }
        }
    }

    private static Vmcore open(ByteSource source, Closeable file) throws IOException {
        if (source.size() == 0) {
            throw notADump(source.name(), "the file is empty: the dump was never written");
        }
        MemorySegment start = MemorySegment.ofArray(new byte[Signature.LONGEST]);
        MemorySegment read = start.asSlice(0, source.read(0, start));
        Optional<Signature> known = Signature.of(read);
        if (known.isEmpty()) {
            return memory(source, file);
        }
        Signature signature = known.get();
        return switch (signature) {
            case ELF -> machineCore(ElfCoreVmcore.open(source, file));
            case KDUMP_COMPRESSED -> DiskdumpVmcore.open(source, file);
            case FLATTENED -> {
                if (source instanceof FlattenedSource) {
                    throw notADump(source.name(), "this is " + signature.meaning());
                }
                yield open(FlattenedSource.open(source), file);
            }
            case DISKDUMP, LUKS, GZIP, XZ, ZSTD, BZIP2, LZ4, LIME, QEMU_STATE, WINDOWS, QCOW ->
                throw notADump(source.name(), "this is " + signature.meaning());
        };
    }

    /// Raw memory begins with anything, and is whole pages of a machine that has more than the smallest one.
    private static Vmcore memory(ByteSource source, Closeable file) throws IOException {
        Optional<RawVmcore> memory = source.size() >= SMALLEST_MEMORY && source.size() % SMALLEST_PAGE == 0
                ? RawVmcore.open(source, file)
                : Optional.empty();
        return memory.orElseThrow(() -> notADump(
                source.name(),
                "this is not a dump: it is neither an ELF core nor a kdump-compressed or flattened file, nor is there"
                        + " a VMCOREINFO note in it, as raw memory of a Linux machine has it"));
    }

    private static Vmcore machineCore(ElfCoreVmcore core) {
        boolean isProcess = core.info().isEmpty() && core.notes().stream().anyMatch(VmcoreFile::isOfProcess);
        if (isProcess) {
            throw notADump(core.name(), "this is the core of a process, not of a machine; gdb reads it");
        }
        return core;
    }

    private static boolean isOfProcess(Note note) {
        return note.name().equals("CORE") && note.type() == NT_FILE;
    }

    private static MalformedInputException notADump(String name, String reason) {
        return new MalformedInputException(name, -1, "", "", reason);
    }

    /// How a file is read: all of it mapped, pieces mapped where they are wanted, or nothing mapped.
    private enum Access {
        MAPPED,
        BY_PIECES,
        READ
    }

    /// A file that must not be mapped.
    private record Read(ByteSource file) implements ByteSource {
        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(long offset, MemorySegment target) throws IOException {
            return file.read(offset, target);
        }
    }

    /// The file while it is open: mapped where that is safe, read otherwise.
    private record Open(FileChannel channel, Arena arena, ByteSource source) implements Closeable {
        static Open of(Path path) throws IOException {
            String name = path.toString();
            FileChannel channel;
            try {
                channel = FileChannel.open(path, StandardOpenOption.READ);
            } catch (NoSuchFileException missing) {
                throw new NoSuchFileException(name, null, "there is no such file");
            } catch (AccessDeniedException denied) {
                throw new AccessDeniedException(name, null, "you may not read it; try again as root");
            }
            Arena arena = Arena.ofShared();
            ByteSource inFile = ByteSource.of(name, channel);
            ByteSource source = switch (access(path, channel.size())) {
                case MAPPED ->
                    inFile.map(0, channel.size(), arena)
                            .<ByteSource>map(bytes -> new MappedFile(name, bytes))
                            .orElse(inFile);
                case BY_PIECES -> inFile;
                case READ -> new Read(inFile);
            };
            return new Open(channel, arena, source);
        }

        /// A mapping of all of `/proc/vmcore` or `/proc/kcore` would cost page tables in proportion to the
        /// memory. In a tmpfs that is full, a hole of a file can be read, but not be touched in a mapping: that
        /// takes a page.
        private static Access access(Path path, long size) {
            try {
                FileStore store = Files.getFileStore(path);
                return switch (store.type()) {
                    case "proc" -> Access.BY_PIECES;
                    case "tmpfs" -> store.getUsableSpace() > size ? Access.MAPPED : Access.READ;
                    default -> Access.MAPPED;
                };
            } catch (IOException noMountTable) {
                return Access.BY_PIECES;
            }
        }

        @Override
        public void close() throws IOException {
            arena.close();
            channel.close();
        }
    }
}
