package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
    private static final long SIZE = 64L << 20;

    @TempDir
    Path folder;

    @BeforeEach
    void hasTools() {
        assumeTrue(Files.exists(Path.of("/usr/sbin/mkfs.ext4")), "e2fsprogs is not installed");
    }

    private Disk disk() throws IOException {
        Path inside = Files.createDirectories(folder.resolve("contents/dump dir"));
        Files.writeString(inside.resolve("a file"), "text");
        return Disk.create(folder.resolve("disk"), SIZE, folder.resolve("contents"));
    }

    @Test
    void whatIsPutInComesOut() throws IOException {
        Disk disk = disk();
        assertEquals(List.of(new Disk.Member("a file", 4, false)), disk.list("/dump dir"));
        assertTrue(disk.list("/").contains(new Disk.Member("dump dir", 0, true)));
        disk.extract("/dump dir/a file", folder.resolve("out"));
        assertEquals("text", Files.readString(folder.resolve("out")));
        disk.extractTree("/dump dir", Files.createDirectory(folder.resolve("tree")));
        assertEquals("text", Files.readString(folder.resolve("tree/dump dir/a file")));
    }

    @Test
    void isPrivateAndSound() throws IOException {
        Path file = Disk.create(folder.resolve("empty"), SIZE).file();
        assertEquals(Private.FILE, Files.getPosixFilePermissions(file));
        assertEquals(SIZE, Files.size(file));
        HostCommand.of("e2fsck", "-f", "-n", file.toString()).output();
    }

    @Test
    void absenceIsAnError() throws IOException {
        Disk disk = disk();
        assertThrows(IOException.class, () -> disk.extract("/nothing", folder.resolve("out")));
        assertThrows(IOException.class, () -> disk.list("/nothing"));
        assertThrows(IOException.class, () -> disk.extract("/a\"\nrm x", folder.resolve("out")));
    }
}
