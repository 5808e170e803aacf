package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VirtualMachineTest {
    @TempDir
    Path folder;

    @Test
    void commandHasWhatWasAskedFor() {
        List<String> words = VirtualMachine.of(Path.of("/boot/a"))
                .initrd(Path.of("/boot/b"))
                .commandLine("console=ttyS0 x")
                .memory(512)
                .disk(new Disk(Path.of("/tmp/with,comma")))
                .gdb()
                .command(Path.of("/run/vm"));
        String line = String.join(" ", words);
        assertTrue(line.contains("-kernel /boot/a -append console=ttyS0 x -initrd /boot/b"), line);
        assertTrue(line.contains("-accel tcg,thread=multi -cpu max,-la57 -smp 2 -m 512M"), line);
        assertTrue(line.contains("file=/tmp/with,,comma,format=raw"), line);
        assertTrue(line.contains("-gdb chardev:gdb -no-reboot"), line);
    }

    @Test
    void aLockIsHeldByOneThread() throws Exception {
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Runnable holder = () -> {
            try (CacheLock _ = CacheLock.on(folder.resolve("lock"))) {
                most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                Thread.sleep(50);
                holders.decrementAndGet();
            } catch (IOException | InterruptedException failed) {
                most.set(100);
            }
        };
        Thread other = Thread.ofVirtual().start(holder);
        holder.run();
        other.join();
        assertEquals(1, most.get());
    }

    @Test
    void aCommandThatFailsOrHangsIsTold() {
        IOException failed = assertThrows(
                IOException.class,
                () -> HostCommand.of("sh", "-c", "echo why >&2; exit 3").output());
        assertEquals("sh -c echo why >&2; exit 3: exit status 3: why", failed.getMessage());
        IOException hung = assertThrows(
                IOException.class,
                () -> HostCommand.of("sleep", "60")
                        .within(Duration.ofMillis(100))
                        .output());
        assertTrue(hung.getMessage().startsWith("sleep 60: not done"), hung.getMessage());
    }

    @Test
    void librariesOfThisJavaAreFound() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin/java");
        List<String> names =
                SharedLibraries.neededBy(List.of(java, Path.of(System.getProperty("java.home"), "lib/libjli.so")))
                        .stream()
                        .map(library -> library.getFileName().toString())
                        .toList();
        assertTrue(names.contains("libc.so.6"), names.toString());
        assertTrue(names.stream().anyMatch(name -> name.startsWith("ld-")), names.toString());
        assertFalse(names.contains("libjli.so"), names.toString());
        assertFalse(SharedLibraries.isElf(Files.writeString(folder.resolve("text"), "text")));
    }
}
