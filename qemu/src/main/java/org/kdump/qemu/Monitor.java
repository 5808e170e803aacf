package org.kdump.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// QEMU's monitor: the machine's own buttons (QEMU Machine Protocol, docs/interop/qmp-spec).
///
/// JSON, a message a line. Each command gets a number as its `id`, which its answer repeats; events come in between and
/// are passed over. Not safe for use by several threads.
public final class Monitor implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Duration BALLOON = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration DUMP = Duration.ofMinutes(10);
    private static final Pattern DESCRIPTION = Pattern.compile("\"desc\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    private final SocketLink link;
    private int number;

    private Monitor(SocketLink link) {
        this.link = link;
    }

    /// Connects to the monitor that listens on a unix socket.
    static Monitor connect(Path socket) throws IOException {
        Monitor monitor = new Monitor(SocketLink.connect(socket, CONNECT));
        monitor.line(System.nanoTime() + ANSWER.toNanos()); // the greeting
        monitor.execute("qmp_capabilities", "{}", ANSWER);
        return monitor;
    }

    /// Stops all processors.
    ///
    /// @throws IOException if the machine does not obey
    public void pause() throws IOException {
        execute("stop", "{}", ANSWER);
    }

    /// Lets the processors go on.
    ///
    /// @throws IOException if the machine does not obey
    public void resume() throws IOException {
        execute("cont", "{}", ANSWER);
    }

    /// Sends every processor a non-maskable interrupt; a kernel with `unknown_nmi_panic` panics of it.
    ///
    /// @throws IOException if the machine does not obey
    public void injectNmi() throws IOException {
        execute("inject-nmi", "{}", ANSWER);
    }

    /// Lets a processor meet a machine check, as if its hardware told of an error. Not all kinds of
    /// processors have them.
    ///
    /// @param processor its number
    /// @param bank the one that tells of it
    /// @param status what the bank's `MCi_STATUS` tells (Intel's manual, volume 3, chapter
    ///     "Machine-check architecture")
    /// @param global what `MCG_STATUS` tells
    /// @param address what the bank's `MCi_ADDR` tells
    /// @throws IOException if the machine does not obey
    public void machineCheck(int processor, int bank, long status, long global, long address) throws IOException {
        human("mce %d %d 0x%x 0x%x 0x%x 0".formatted(processor, bank, status, global, address));
    }

    /// What only the monitor for people has; it answers with text, of which there is none if all is
    /// well.
    private void human(String line) throws IOException {
        String answer = execute("human-monitor-command", "{\"command-line\": " + quoted(line) + "}", ANSWER);
        if (!answer.contains("\"return\": \"\"")) {
            throw new IOException("QEMU refused " + line + ": " + answer);
        }
    }

    /// Plugs a memory module in; the machine must have a free slot (`-m …,slots=1,maxmem=…`).
    ///
    /// @param bytes its size
    /// @throws IOException if the machine does not obey
    public void addMemory(long bytes) throws IOException {
        String backend = "{\"qom-type\": \"memory-backend-ram\", \"id\": \"added\", \"size\": %d}".formatted(bytes);
        execute("object-add", backend, ANSWER);
        execute("device_add", "{\"driver\": \"pc-dimm\", \"id\": \"module\", \"memdev\": \"added\"}", ANSWER);
    }

    /// Plugs the third processor in; the machine must have a free socket (`-smp 2,sockets=3,maxcpus=3`), and
    /// `-cpu max`.
    ///
    /// @throws IOException if the machine does not obey
    public void addProcessor() throws IOException {
        String place = "\"socket-id\": 2, \"core-id\": 0, \"thread-id\": 0";
        execute("device_add", "{\"driver\": \"max-x86_64-cpu\", \"id\": \"third\", %s}".formatted(place), ANSWER);
    }

    /// Takes memory from the machine through its balloon (`-device virtio-balloon-pci`), and waits until it has given
    /// it.
    ///
    /// @param bytes what it is to keep
    /// @throws IOException if the machine does not obey, or not within a minute
    public void balloon(long bytes) throws IOException {
        execute("balloon", "{\"value\": %d}".formatted(bytes), ANSWER);
        long end = System.nanoTime() + BALLOON.toNanos();
        while (!execute("query-balloon", "{}", ANSWER).contains("\"actual\": " + bytes)) {
            if (System.nanoTime() > end) {
                throw new IOException("the machine did not give the memory that the balloon asked for");
            }
            pauseForAMoment();
        }
    }

    private static void pauseForAMoment() throws IOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Ends QEMU at once, as if the power were cut.
    ///
    /// @throws IOException if the machine does not obey
    public void quit() throws IOException {
        execute("quit", "{}", ANSWER);
    }

    /// Writes a range of guest-physical memory to a file, as it is.
    ///
    /// @param address the first byte's physical address
    /// @param size bytes
    /// @param file on the host, replaced
    /// @throws IOException if QEMU cannot
    public void saveMemory(long address, long size, Path file) throws IOException {
        String arguments = "{\"val\": %s, \"size\": %s, \"filename\": %s}"
                .formatted(Long.toUnsignedString(address), Long.toUnsignedString(size), quoted(file.toString()));
        execute("pmemsave", arguments, DUMP);
    }

    /// Writes all memory and the processors' registers as an ELF core file, from outside of the guest.
    ///
    /// @param file on the host, replaced
    /// @throws IOException if QEMU cannot
    public void dumpMemory(Path file) throws IOException {
        execute("dump-guest-memory", "{\"paging\": false, \"protocol\": " + quoted("file:" + file) + "}", DUMP);
    }

    private String execute(String command, String arguments, Duration deadline) throws IOException {
        String id = "\"kdump-" + ++number + "\"";
        String message = "{\"execute\": %s, \"arguments\": %s, \"id\": %s}\n".formatted(quoted(command), arguments, id);
        link.write(message.getBytes(StandardCharsets.UTF_8));
        long end = System.nanoTime() + deadline.toNanos();
        String answer = line(end);
        while (!answer.contains(id)) {
            answer = line(end);
        }
        if (answer.contains("\"error\"")) {
            Matcher description = DESCRIPTION.matcher(answer);
            throw new IOException(
                    "QEMU refused " + command + ": " + (description.find() ? description.group(1) : answer));
        }
        return answer;
    }

    private String line(long end) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int value = link.read(end); value != '\n'; value = link.read(end)) {
            line.write(value);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\' || letter < ' ') {
                quoted.append("\\u%04x".formatted((int) letter));
            } else {
                quoted.append(letter);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public void close() throws IOException {
        link.close();
    }
}
