package org.kdump.kexec.purgatory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A virtual machine with no firmware and no kernel: a ROM of 162 bytes brings the processor to where relocate_kernel
/// leaves it, 64-bit mode with all memory mapped to its own address, and jumps to an address of the test's choice.
///
/// Memory is filled before the start and read, through QEMU's own protocol, while the machine stands still.
final class BareMachine implements AutoCloseable {
    /// The first page of two that map 512 GiB to itself: a page map of one entry, a table of 512 pages of 1 GiB.
    private static final int PAGE_TABLES = 0x200000;

    private static final int PAGE = 4096;
    private static final int ROM_SIZE = 1 << 16;
    /// Where a processor starts, 16 bytes below 4 GiB: `jmp` to the ROM's start.
    private static final int RESET_VECTOR = ROM_SIZE - 16;

    /// The ROM, assembled by GNU as. `@` stands for the address that is entered.
    private static final String ROM =
            // 16-bit:  cli; mov eax, 0x20 (PAE); mov cr4, eax; mov eax, PAGE_TABLES; mov cr3, eax
            "fa 66b820000000 0f22e0 66b800002000 0f22d8"
                    // mov ecx, 0xc0000080 (EFER); rdmsr; bts eax, 8 (LME); wrmsr
                    + "66b9800000c0 0f32 660fbae808 0f30"
                    // data32 lgdt cs:[0x40]; mov eax, 0x80000001 (PG, PE); mov cr0, eax; jmp far 0x28:0xffff0080
                    + "2e660f01164000 66b801000080 0f22c0 66ea8000ffff2800 660f1f440000"
                    // 0x40: the GDT's limit and address; 0x48: the GDT. Its selector 0x28 is not what Linux wants.
                    + "2f00 4800ffff 0000"
                    + "0000000000000000".repeat(5)
                    + "ffff0000009aaf00 0f1f840000000000"
                    // 0x80, 64-bit: mov rsp, 0xbad; mov rsi, 0xdead; mov rdi, 0xdead; std; movabs rax, @; jmp rax
                    + "48c7c4ad0b0000 48c7c6adde0000 48c7c7adde0000 fd 48b8@ ffe0";

    private static final Pattern PORT = Pattern.compile("= 0x([0-9a-f]+)");

    private final Process process;
    private final Path folder;
    private final BufferedReader answers;

    private BareMachine(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /// Starts it.
    ///
    /// @param folder an empty folder for its files
    /// @param entry the address to enter
    /// @param memory what is where at the start, by physical address
    static BareMachine start(Path folder, long entry, Map<Long, byte[]> memory) throws IOException {
        Files.write(folder.resolve("rom"), rom(entry));
        Files.write(folder.resolve("pages"), pageTables());
        List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config"));
        command.addAll(List.of("-machine", "pc", "-accel", "tcg", "-cpu", "max,-la57", "-m", "6G", "-no-reboot"));
        command.addAll(List.of("-display", "none", "-serial", "file:serial", "-qmp", "stdio", "-bios", "rom"));
        command.addAll(loader("pages", PAGE_TABLES));
        for (Map.Entry<Long, byte[]> piece : memory.entrySet()) {
            String name = "memory-" + Long.toHexString(piece.getKey());
            Files.write(folder.resolve(name), piece.getValue());
            command.addAll(loader(name, piece.getKey()));
        }
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        BareMachine machine = new BareMachine(process, folder);
        machine.command("{\"execute\": \"qmp_capabilities\"}");
        return machine;
    }

    private static List<String> loader(String file, long address) {
        return List.of("-device", "loader,file=" + file + ",addr=0x" + Long.toHexString(address) + ",force-raw=on");
    }

    private static byte[] rom(long entry) {
        byte[] address = little(Long.BYTES).putLong(entry).array();
        byte[] code = HexFormat.of()
                .parseHex(ROM.replace(" ", "").replace("@", HexFormat.of().formatHex(address)));
        return little(ROM_SIZE)
                .put(code)
                .put(RESET_VECTOR, new byte[] {(byte) 0xe9, 0x0d, 0})
                .array();
    }

    private static byte[] pageTables() {
        int present = 1;
        int writable = 1 << 1;
        int large = 1 << 7;
        ByteBuffer tables = little(2 * PAGE).putLong(PAGE_TABLES + PAGE | writable | present);
        for (int gigabyte = 0; gigabyte < PAGE / Long.BYTES; gigabyte++) {
            long page = (long) gigabyte << 30;
            tables.putLong(PAGE + gigabyte * Long.BYTES, page | large | writable | present);
        }
        return tables.array();
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// What it has said on its serial port so far.
    String serial() throws IOException {
        Path serial = folder.resolve("serial");
        return Files.exists(serial) ? Files.readString(serial, StandardCharsets.ISO_8859_1) : "";
    }

    /// Waits until it has said something.
    ///
    /// @return all that it has said so far
    /// @throws IOException if it does not say it in time, with what it said instead
    String await(String text, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!serial().contains(text)) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                throw new IOException("not said: " + text + "; said: " + serial() + "; processor: " + processor()
                        + "; errors: " + Files.readString(folder.resolve("errors")));
            }
            Thread.sleep(5);
        }
        return serial();
    }

    /// Waits until the processor stands at `hlt` with interrupts off.
    void awaitHalt(Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!processor().contains("HLT=1")) {
            if (System.nanoTime() > deadline) {
                throw new IOException("not halted: " + processor());
            }
            Thread.sleep(20);
        }
    }

    /// The processor's registers as QEMU prints them.
    String processor() throws IOException {
        return monitor("info registers");
    }

    /// Reads a byte from an I/O port.
    int readPort(int port) throws IOException {
        String answer = monitor("i /b 0x" + Integer.toHexString(port));
        Matcher value = PORT.matcher(answer);
        if (!value.find()) {
            throw new IOException("port " + port + ": " + answer);
        }
        return Integer.parseInt(value.group(1), 16);
    }

    /// Writes a byte to an I/O port.
    void writePort(int port, int value) throws IOException {
        monitor("o /b 0x%x 0x%x".formatted(port, value));
    }

    private String monitor(String line) throws IOException {
        return command(
                "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"%s\"}}".formatted(line));
    }

    /// Reads physical memory.
    byte[] memory(long address, long size) throws IOException {
        command("{\"execute\": \"pmemsave\", \"arguments\": {\"val\": %d, \"size\": %d, \"filename\": \"saved\"}}"
                .formatted(address, size));
        return Files.readAllBytes(folder.resolve("saved"));
    }

    private String command(String text) throws IOException {
        process.outputWriter().append(text).append('\n').flush();
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith("{\"return\"")) {
                return line;
            }
            if (line.startsWith("{\"error\"")) {
                throw new IOException(text + ": " + line);
            }
        }
        throw new IOException("the machine is gone: " + Files.readString(folder.resolve("errors")));
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answers.close();
    }
}
