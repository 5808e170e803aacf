package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdump.capture.Progress.Stage;

class ConsoleProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, false, StandardCharsets.US_ASCII);

    private static Progress writing(int pages, int millis) {
        return new Progress(Stage.WRITE, pages, 2560, 4096, (long) pages * 1024, Duration.ofMillis(millis));
    }

    private String text() {
        out.flush();
        return bytes.toString(StandardCharsets.US_ASCII).replace(System.lineSeparator(), "\n");
    }

    @Test
    void onASerialConsoleALineComesEveryFewSeconds() {
        ConsoleProgress console = ConsoleProgress.serial(out);
        List.of(writing(0, 0), writing(256, 4900), writing(512, 5000), writing(768, 7000), writing(2560, 9000))
                .forEach(console::report);
        assertEquals("""
                writing       20 %       2 of      10 MiB     0 MiB/s     0 MiB out   0:20 left
                writing      100 %      10 of      10 MiB     1 MiB/s     2 MiB out   0:09 taken
                """, text());
    }

    @Test
    void onATerminalOneLineIsWrittenOver() {
        ConsoleProgress console = ConsoleProgress.terminal(out);
        List.of(writing(0, 0), writing(2560, 2000)).forEach(console::report);
        console.report(new Progress(Stage.FINISH, 1, 1, 4096, 9 << 20, Duration.ZERO));
        assertEquals(
                "\rwriting        0 %       0 of      10 MiB     0 MiB/s     0 MiB out   0:00 left"
                        + "\rwriting      100 %      10 of      10 MiB     5 MiB/s     2 MiB out   0:02 taken\n"
                        + "\rfinishing    100 %   9 MiB out\n",
                text());
    }

    @Test
    void aStageOfNothingIsDoneAtOnce() {
        ConsoleProgress.terminal(out).report(new Progress(Stage.WRITE, 0, 0, 4096, 0, Duration.ZERO));
        assertEquals("\rwriting      100 %       0 of       0 MiB     0 MiB/s     0 MiB out   0:00 taken\n", text());
    }
}
