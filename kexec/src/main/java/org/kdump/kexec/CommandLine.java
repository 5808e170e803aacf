package org.kdump.kexec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The capture kernel's command line.
final class CommandLine {
    private static final Pattern CONSOLE = Pattern.compile("(?:^|\\s)console=ttyS([0-3])\\b");
    private static final int[] PORTS = {0x3f8, 0x2f8, 0x3e8, 0x2e8};

    private CommandLine() {}

    /// What we have to tell stands first: what follows a `--` goes to init and is not the kernel's.
    ///
    /// @param told parameters of ours; those that are empty are left out
    static String complete(String asked, String... told) {
        return Stream.concat(Stream.of(told), Stream.of(asked.strip()))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /// The line with its NUL.
    ///
    /// @throws KexecException if the kernel does not take so long a line, or it has characters that no kernel takes
    static byte[] encode(String line, long maximum) throws KexecException {
        byte[] bytes = line.strip().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > maximum) {
            throw new KexecException(
                    "the command line has " + bytes.length + " bytes, but this kernel takes " + maximum);
        }
        for (byte character : bytes) {
            if (character >= 0 && character < ' ') {
                throw new KexecException("the command line has a control character (code " + character + ")");
            }
        }
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /// The I/O port of the last serial console that the line names, 0 if it names none.
    static int serialPort(String line) {
        Matcher console = CONSOLE.matcher(line);
        int port = 0;
        while (console.find()) {
            port = PORTS[Integer.parseInt(console.group(1))];
        }
        return port;
    }
}
