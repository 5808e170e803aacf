package org.kdump.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A disk image with one ext4 file system over all of it, made and read on the host without mounting, as any user
/// (e2fsprogs' `mkfs.ext4` and `debugfs`).
///
/// The file system has no journal, for `debugfs` would not replay one: what a guest wrote and synced is in its place.
/// Only features that every kernel from 5.10 on knows are used.
///
/// @param file the image, sparse, mode 0600
public record Disk(Path file) {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    // e2fsprogs' defaults grow with its version (orphan_file needs Linux 5.15), so none of them are taken.
    private static final String FEATURES = "none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,"
            + "large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

    /// A member of a directory.
    ///
    /// @param name its name
    /// @param size its size in bytes
    /// @param directory whether it is a directory
    public record Member(String name, long size, boolean directory) {}

    /// Makes an empty disk.
    ///
    /// @param file the image; one that is there is replaced
    /// @param size its size in bytes; only what is used takes room on the host
    /// @throws IOException if it cannot be made
    public static Disk create(Path file, long size) throws IOException {
        return create(file, size, List.of());
    }

    /// Makes a disk with a copy of what a directory holds.
    ///
    /// @param file the image; one that is there is replaced
    /// @param size its size in bytes; only what is used takes room on the host
    /// @param contents the directory
    /// @throws IOException if it cannot be made, or is too small
    public static Disk create(Path file, long size, Path contents) throws IOException {
        return create(file, size, List.of("-d", contents.toString()));
    }

    private static Disk create(Path file, long size, List<String> contents) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, Private.file());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
        List<String> words = new ArrayList<>(List.of("mkfs.ext4", "-q", "-F", "-O", FEATURES, "-m", "0"));
        // Few inodes, written now: else the guest's kernel goes on writing them after the mount.
        words.addAll(List.of("-b", "4096", "-i", "65536", "-E", "lazy_itable_init=0,nodiscard,root_owner=0:0"));
        words.addAll(contents);
        words.add(file.toString());
        HostCommand.of(words).within(LONGEST).output();
        return new Disk(file);
    }

    /// What a directory of the disk holds, without `.` and `..`.
    ///
    /// @param directory an absolute path in the disk
    /// @throws IOException if there is no such directory, or the image cannot be read
    public List<Member> list(String directory) throws IOException {
        // Lines of: /inode/mode in octal/uid/gid/name/size/, the size empty for a directory
        List<Member> members = new ArrayList<>();
        for (String line : debugfs("ls -p " + quoted(directory)).lines().toList()) {
            String[] fields = line.split("/", -1);
            if (fields.length >= 7 && !fields[5].equals(".") && !fields[5].equals("..") && !fields[1].equals("0")) {
                boolean isDirectory = fields[2].startsWith("04");
                members.add(new Member(fields[5], fields[6].isEmpty() ? 0 : Long.parseLong(fields[6]), isDirectory));
            }
        }
        return List.copyOf(members);
    }

    /// Copies a file of the disk to the host, with mode 0600.
    ///
    /// @param path an absolute path in the disk
    /// @param target the file on the host, replaced if it is there
    /// @throws IOException if there is no such file, or it cannot be copied
    public void extract(String path, Path target) throws IOException {
        Files.deleteIfExists(target);
        Files.createFile(target, Private.file());
        debugfs("dump " + quoted(path) + " " + quoted(target.toString()));
    }

    /// Copies a directory of the disk, with all below it, into one of the host's.
    ///
    /// @param path an absolute path in the disk
    /// @param into an existing directory, in which one of the same name appears (for `/`, its contents)
    /// @throws IOException if there is no such directory, or it cannot be copied
    public void extractTree(String path, Path into) throws IOException {
        debugfs("rdump " + quoted(path) + " " + quoted(into.toString()));
    }

    /// debugfs answers 0 whatever happens, and tells errors on standard error, after a line with its version.
    private String debugfs(String request) throws IOException {
        HostCommand.Result result = HostCommand.of("debugfs", "-R", request, file.toString())
                .within(LONGEST)
                .run();
        List<String> errors = result.errors()
                .lines()
                .filter(line -> !line.matches("debugfs \\d.*") && !line.isBlank())
                // As a user who is not root it cannot give files away, which nobody asked for.
                .filter(line -> !line.contains("while changing ownership"))
                .toList();
        if (result.status() != 0 || !errors.isEmpty()) {
            throw new IOException(file + ": " + request + ": " + String.join("; ", errors));
        }
        return result.output();
    }

    private static String quoted(String path) throws IOException {
        if (path.chars().anyMatch(letter -> letter == '"' || letter < ' ')) {
            throw new IOException("'" + path + "': debugfs cannot take such a name");
        }
        return '"' + path + '"';
    }
}
