package org.kdump.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// A cpio archive in the "new" format, written: what the kernel unpacks as its initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c).
///
/// Each member, all numbers being 8 upper-case hexadecimal digits:
///
/// ```
///   0  magic      "070701", no checksum
///   6  ino        counted from 1; no hard links are written
///  14  mode       type (0170000) and permissions
///  22  uid        0
///  30  gid        0
///  38  nlink      1
///  46  mtime      0, so that equal contents give equal archives
///  54  filesize   bytes of data; of a symlink, the length of its target
///  62  major, minor of the device that holds it: 0, 0
///  78  rmajor, rminor of the device that it is
///  94  namesize   with the NUL
/// 102  check      0
/// 110  name, NUL, zeros up to a multiple of 4 bytes
///      data, zeros up to a multiple of 4 bytes
/// ```
///
/// The last member is called `TRAILER!!!`. Names have no leading `/`. A directory that has not been named yet is made,
/// with mode 0755, before what lies in it, for the kernel makes none by itself. Not safe for use by several threads.
public final class CpioArchive implements AutoCloseable {
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int SYMLINK = 0120000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int PERMISSIONS = 07777;
    private static final long LARGEST = 0xffff_ffffL;

    private final OutputStream out;
    private final Set<String> names = new HashSet<>();
    private long position;
    private int inode;

    /// @param out where it goes; closed with the archive
    public CpioArchive(OutputStream out) {
        this.out = out;
    }

    /// A directory; one that is there already stays as it is.
    ///
    /// @param permissions such as 0755
    /// @throws IOException if it cannot be written
    public void directory(String path, int permissions) throws IOException {
        String name = relative(path);
        if (!name.isEmpty() && !names.contains(name)) {
            member(name, DIRECTORY | permissions & PERMISSIONS, 0, 0, 0);
        }
    }

    /// A file with these bytes.
    ///
    /// @throws IOException if it cannot be written, or there is one of that name
    public void file(String path, int permissions, byte[] content) throws IOException {
        member(relative(path), REGULAR | permissions & PERMISSIONS, content.length, 0, 0);
        write(content, content.length);
        pad();
    }

    /// A file with the bytes of one of the host's.
    ///
    /// @throws IOException if that cannot be read, has 4 GiB or more or changes while it is read, if the
    ///     archive cannot be written, or there is a member of that name
    public void file(String path, int permissions, Path content) throws IOException {
        long size = Files.size(content);
        if (size > LARGEST) {
            throw new IOException(content + ": its " + size + " bytes do not fit a cpio archive (4 GiB)");
        }
        member(relative(path), REGULAR | permissions & PERMISSIONS, size, 0, 0);
        try (InputStream in = Files.newInputStream(content)) {
            copy(in, content, size);
        }
        pad();
    }

    private void copy(InputStream in, Path content, long size) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = size;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            left -= count;
            if (left < 0) {
                break;
            }
            write(buffer, count);
        }
        if (left != 0) {
            throw new IOException(content + ": changed while it was read");
        }
    }

    /// A symbolic link.
    ///
    /// @param target what it says, which need not exist
    /// @throws IOException if it cannot be written, or there is a member of that name
    public void symlink(String path, String target) throws IOException {
        byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
        member(relative(path), SYMLINK | 0777, bytes.length, 0, 0);
        write(bytes, bytes.length);
        pad();
    }

    /// A character device, such as `dev/console` 5:1 or `dev/null` 1:3 (Documentation/admin-guide/devices.txt).
    ///
    /// @throws IOException if it cannot be written, or there is a member of that name
    public void characterDevice(String path, int permissions, int major, int minor) throws IOException {
        member(relative(path), CHARACTER_DEVICE | permissions & PERMISSIONS, 0, major, minor);
    }

    private static String relative(String path) {
        return path.replaceAll("/+", "/").replaceAll("^/|/$", "");
    }

    private void member(String name, int mode, long size, int major, int minor) throws IOException {
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            directory(name.substring(0, slash), 0755);
        }
        if (name.isEmpty() || !names.add(name)) {
            throw new IOException("'" + name + "': an archive cannot hold this name, or not twice");
        }
        header(name, mode, size, major, minor);
    }

    private void header(String name, int mode, long size, int major, int minor) throws IOException {
        byte[] nameBytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
        inode++;
        String fields = String.format(
                "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, nameBytes.length, 0);
        byte[] bytes = fields.getBytes(StandardCharsets.US_ASCII);
        write(bytes, bytes.length);
        write(nameBytes, nameBytes.length);
        pad();
    }

    private void write(byte[] bytes, int count) throws IOException {
        out.write(bytes, 0, count);
        position += count;
    }

    private void pad() throws IOException {
        int count = (int) (-position & 3);
        write(new byte[count], count);
    }

    /// Writes the trailer and closes the stream; an archive that is not closed is not complete.
    @Override
    public void close() throws IOException {
        try (out) {
            header("TRAILER!!!", 0, 0, 0, 0);
        }
    }
}
