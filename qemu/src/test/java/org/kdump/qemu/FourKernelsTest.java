package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The real thing: Debian's kernels boot in QEMU, to a Java that is PID 1. Needs QEMU, a network the first time, and
/// minutes; run with `-Dtest.excluded=soak -Dtest.groups=vm`.
@Tag("vm")
class FourKernelsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(120);
    // Nothing maps this page: it lies between the BIOS's data area and the boot sector's old place.
    private static final long SPARE_PHYSICAL_ADDRESS = 0x5000;

    @TempDir
    static Path directory;

    private static Path runtime;

    @BeforeAll
    static void link() throws IOException {
        runtime = directory.resolve("rt");
        String jlink = Path.of(System.getProperty("java.home"), "bin/jlink").toString();
        HostCommand.of(jlink, "--add-modules", "java.base", "--output", runtime.toString())
                .and("--strip-debug", "--no-header-files", "--no-man-pages", "--compress", "zip-0")
                .output();
    }

    static Stream<DebianSuite> suites() {
        return DebianSuite.tried().stream();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void javaIsTheFirstProcess(DebianSuite suite) throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newest(suite);
        Path image = directory.resolve(suite.name() + ".img");
        long begin = System.nanoTime();
        long size = guest(kernel).writeTo(image);
        System.out.printf(
                "%s: %s, image %.1f MB in %.1f s%n",
                suite, kernel.release(), size / 1e6, (System.nanoTime() - begin) / 1e9);
        Disk disk = disk(suite.name());
        Path console = directory.resolve(suite.name() + ".console");
        try (VirtualMachine machine = VirtualMachine.of(kernel.vmlinuz())
                .initrd(image)
                .disk(disk)
                .consoleFile(console)
                .start()) {
            for (String line : List.of("Linux version", "Run /init", "Java is up", "guest: pid 1", "ready")) {
                System.out.println(machine.awaitLine(line, text -> text.contains(line), DEADLINE));
            }
            assertEquals(0, machine.awaitExit("power off", DEADLINE));
            System.out.println(suite + ": ended after " + machine.elapsed());
        }
        assertTrue(Files.readString(console).contains("MemTotal"));
        disk.extract("/version.txt", directory.resolve("version.txt"));
        assertTrue(Files.readString(directory.resolve("version.txt")).contains(kernel.release()));
    }

    @Test
    void physicalMemoryIsReadAndWritten() throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newest(DebianSuite.BOOKWORM);
        Path image = directory.resolve("waiting.img");
        guest(kernel).file("/wait", new byte[0]).level(1).writeTo(image);
        byte[] pattern = "a byte of a loaded segment is changed".repeat(80).getBytes();
        try (VirtualMachine machine = VirtualMachine.of(kernel.vmlinuz())
                .initrd(image)
                .disk(disk("waiting"))
                .gdb()
                .start()) {
            machine.awaitLine("boot", text -> text.contains("guest: ready"), DEADLINE);
            try (GdbStub stub = machine.gdbStub()) {
                stub.write(SPARE_PHYSICAL_ADDRESS, pattern);
                assertArrayEquals(pattern, stub.read(SPARE_PHYSICAL_ADDRESS, pattern.length));
            }
            Path saved = directory.resolve("memory");
            try (Monitor monitor = machine.monitor()) {
                monitor.pause();
                monitor.saveMemory(SPARE_PHYSICAL_ADDRESS, pattern.length, saved);
                monitor.resume();
            }
            assertArrayEquals(pattern, Files.readAllBytes(saved));
            machine.type("\n");
            machine.awaitLine("go on", text -> text.contains("power off"), DEADLINE);
            machine.awaitExit("power off", DEADLINE);
        }
    }

    private static GuestImage guest(KernelPackage kernel) {
        Path classFile = Path.of("target/test-classes/org/kdump/qemu/GuestInit.class");
        return GuestImage.of(kernel)
                .runtime(runtime)
                .modules(List.of("virtio_pci", "virtio_blk", "ext4", "virtio_console"))
                .file("/app/org/kdump/qemu/GuestInit.class", classFile)
                .arguments(List.of("-XX:+UseSerialGC", "-Xmx64m", "-XX:TieredStopAtLevel=1"))
                .arguments(List.of("--enable-native-access=ALL-UNNAMED", "-cp", "/app", "org.kdump.qemu.GuestInit"));
    }

    private static Disk disk(String name) throws IOException {
        Path contents = Files.createDirectories(directory.resolve("contents/in"));
        Files.writeString(contents.resolve("question.txt"), "why");
        return Disk.create(directory.resolve(name + ".disk"), 1L << 30, contents.getParent());
    }
}
