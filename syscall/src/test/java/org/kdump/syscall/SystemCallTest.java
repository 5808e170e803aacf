package org.kdump.syscall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemCallTest {
    @TempDir
    Path folder;

    @Test
    void pidIsTheOneJavaKnows() {
        assertEquals(ProcessHandle.current().pid(), Processes.pid());
    }

    @Test
    void userIsTheOwnerOfOurProcess() throws IOException {
        assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), (int) Processes.effectiveUserId());
    }

    @Test
    void mappingOutlivesItsDescriptorAndHasTheContent() throws IOException {
        var content = new byte[10_000];
        content[4096] = 42;
        content[9_999] = 7;
        var file = Files.write(folder.resolve("content"), content);
        try (var arena = Arena.ofConfined()) {
            MemorySegment mapping;
            try (var descriptor = Descriptor.openReadOnly(file)) {
                mapping = descriptor.map(4096, 10_000 - 4096, arena);
            }
            assertArrayEquals(Arrays.copyOfRange(content, 4096, 10_000), mapping.toArray(JAVA_BYTE));
            assertTrue(mapping.isReadOnly());
        }
    }

    @Test
    void errorNamesCallFileAndReason() {
        var error = assertThrows(SystemCallException.class, () -> Descriptor.openReadOnly(folder.resolve("nowhere")));
        assertEquals(Errno.ENOENT, error.errno());
        assertEquals("openat", error.call());
        assertEquals("openat " + folder + "/nowhere: no such file or directory (ENOENT, errno 2)", error.getMessage());
    }

    @Test
    void unknownErrorKeepsItsNumber() {
        assertEquals("mount: error 4711", new SystemCallException("mount", 4711, "").getMessage());
    }

    @Test
    void noMountWhereThereIsNoDirectory() {
        var error = assertThrows(
                SystemCallException.class,
                () -> Mounts.mount("none", folder.resolve("nowhere"), "tmpfs", Mounts.READ_ONLY, ""));
        assertTrue(error.getMessage().startsWith("mount of tmpfs none on "), error.getMessage());
        assertThrows(SystemCallException.class, () -> Mounts.unmount(folder.resolve("nowhere")));
    }

    @Test
    void noModuleFromWhatIsNone() {
        var bytes = MemorySegment.ofArray(new byte[64]);
        assertThrows(SystemCallException.class, () -> KernelModules.load("zeroes", bytes, ""));
    }

    @Test
    void noKexecOfAnotherMachine() {
        var segment = new Kexec.Segment(MemorySegment.ofArray(new byte[4096]), 0x1000, 4096);
        // The machine number 1 (a WE 32100) is nobody's, so this cannot succeed even for root.
        assertThrows(SystemCallException.class, () -> Kexec.load(0x1000, List.of(segment), 1L << 16));
    }

    @Test
    void endedChildrenAreReaped() throws IOException {
        assertTrue(Processes.reapChildren() >= 0);
    }
}
