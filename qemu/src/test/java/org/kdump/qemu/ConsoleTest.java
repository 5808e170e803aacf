package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final List<Process> processes = new ArrayList<>();

    private Console console(String script) throws IOException {
        return console(script, OutputStream.nullOutputStream());
    }

    private Console console(String script, OutputStream copy) throws IOException {
        Process process =
                new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
        processes.add(process);
        return new Console(process.getInputStream(), copy, line -> {});
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private static List<String> split(String text) {
        List<String> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(lines::add);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte value : bytes) {
            splitter.accept(new byte[] {value}, 1);
        }
        splitter.end();
        return lines;
    }

    @Test
    void linesAreFreedOfWhatATerminalWouldHide() {
        assertEquals(List.of("red", "and blue"), split("\033[31mred\033[0m\r\n\033]0;title\007and \033(Bblue\r\r\n\n"));
        assertEquals(List.of("10 %", "20 %", "done", "no end"), split("10 %\r20 %\r\r\ndone\nno end"));
        assertEquals(List.of("Grüße\t!"), split("Gr\u00fc\u00dfe\t\0\b!\n"));
    }

    @Test
    void aLineWithoutEndIsCut() {
        List<String> lines = split("x".repeat(10_000));
        assertEquals(
                List.of(4096, 4096, 1808), lines.stream().map(String::length).toList());
    }

    @Test
    void linesAreAwaitedInTheirOrder() throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        Console console = console("printf 'one\\r\\n'; sleep 0.1; printf 'tw'; sleep 0.1; printf 'o\\none\\n'", copy);
        ConsoleLine one = console.await("first", "one"::equals, SOON);
        ConsoleLine two = console.await("second", "two"::equals, SOON);
        assertTrue(one.at().compareTo(two.at()) < 0);
        assertEquals("one", console.await("third", "one"::equals, SOON).text());
        console.drain();
        assertEquals("one\r\ntwo\none\n", copy.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aGuestThatHangsIsToldWithItsLastLines() throws IOException {
        Console console = console("for i in $(seq 50); do echo line $i; done; exec sleep 60");
        console.await("start", "line 50"::equals, SOON);
        GuestException hung = assertThrows(
                GuestException.class, () -> console.await("capture", "never"::equals, Duration.ofMillis(200)));
        assertEquals("capture", hung.stage());
        assertEquals(20, hung.lastLines().size());
        assertTrue(hung.getMessage().contains("within 0.2 s"), hung.getMessage());
        assertTrue(hung.getMessage().endsWith("line 50"), hung.getMessage());
    }

    @Test
    void anEarlyEndDoesNotWaitForTheDeadline() throws IOException {
        Console console = console("printf 'panic: no end of line'");
        GuestException ended =
                assertThrows(GuestException.class, () -> console.await("boot", "ready"::equals, Duration.ofHours(1)));
        assertTrue(ended.getMessage().contains("ended before"), ended.getMessage());
        assertEquals("panic: no end of line", ended.lastLines().getLast().text());
    }

    @Test
    void aFloodIsBounded() throws IOException {
        Console console = console("seq 200000; echo end; exec sleep 60");
        console.await("flood", "end"::equals, SOON);
        assertEquals(20_000, console.lines().size());
        assertEquals("end", console.lines().getLast().text());
    }
}
