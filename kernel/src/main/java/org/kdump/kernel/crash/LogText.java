package org.kdump.kernel.crash;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Makes text of what the kernel wrote, which may be any bytes, as util-linux's dmesg does in a UTF-8 locale
/// (sys-utils/dmesg.c, `safe_fwrite`): what is printable or white space is kept, every other byte becomes `\xNN`.
/// makedumpfile does so byte by byte in the C locale, where nothing beyond ASCII is printable.
public final class LogText {
    private static final HexFormat HEX = HexFormat.of().withPrefix("\\x");

    private LogText() {}

    /// What the kernel wrote, read as ISO 8859-1, as printable text.
    public static String printable(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return of(bytes, bytes.length);
    }

    /// The first `length` bytes as printable text.
    static String of(byte[] bytes, int length) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        CharBuffer out = CharBuffer.allocate(length);
        StringBuilder text = new StringBuilder(length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            out.flip().codePoints().forEach(character -> append(text, character));
            out.clear();
            if (result.isUnderflow()) {
                return text.toString();
            }
            for (int i = 0; result.isError() && i < result.length(); i++) {
                text.append(HEX.formatHex(new byte[] {in.get()}));
            }
            decoder.reset();
        }
    }

    /// The first `length` bytes, one character each.
    static String raw(byte[] bytes, int length) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static void append(StringBuilder text, int character) {
        if (isWhiteSpace(character) || Character.isDefined(character) && !Character.isISOControl(character)) {
            text.appendCodePoint(character);
        } else {
            text.append(HEX.formatHex(Character.toString(character).getBytes(StandardCharsets.UTF_8)));
        }
    }

    /// `isspace` of C: blank, tab, line feed, vertical tab, form feed, carriage return.
    private static boolean isWhiteSpace(int character) {
        return character == ' ' || character >= '\t' && character <= '\r';
    }
}
