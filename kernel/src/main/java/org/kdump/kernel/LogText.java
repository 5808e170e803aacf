package org.kdump.kernel;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/// Makes text of what the kernel wrote, which may be any bytes.
final class LogText {
    private LogText() {}

    /// UTF-8 as it is, everything else as `\xNN`.
    static String of(byte[] bytes, int length) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        CharBuffer out = CharBuffer.allocate(length);
        StringBuilder text = new StringBuilder(length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            appendPrintable(text, out.flip());
            out.clear();
            if (result.isUnderflow()) {
                return text.toString();
            }
            if (result.isError()) {
                for (int i = 0; i < result.length(); i++) {
                    escape(text, in.get());
                }
                decoder.reset();
            }
        }
    }

    private static void appendPrintable(StringBuilder text, CharBuffer characters) {
        while (characters.hasRemaining()) {
            char c = characters.get();
            if (c < ' ' && c != '\t' && c != '\n' || c == 0x7f) {
                escape(text, c);
            } else {
                text.append(c);
            }
        }
    }

    private static void escape(StringBuilder text, int value) {
        text.append("\\x%02x".formatted(value & 0xff));
    }
}
