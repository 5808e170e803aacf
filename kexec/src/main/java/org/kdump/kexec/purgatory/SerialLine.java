package org.kdump.kexec.purgatory;

/// A serial line that purgatory writes to, a 16550 UART.
///
/// @param port its first I/O port (0x3f8 for ttyS0), 0 for silence
/// @param baud bits a second that it is set to, with 8 bits, no parity and one stop bit; 0 to use it as it was left
public record SerialLine(int port, int baud) {
    /// Bits a second of the divisor 1.
    public static final int FASTEST = 115_200;

    private static final int LAST_PORT = 0xffff - 7;

    /// @throws IllegalArgumentException if there is no such line
    public SerialLine {
        if (port < 0 || port > LAST_PORT) {
            throw new IllegalArgumentException("no I/O port of a 16550: 0x" + Integer.toHexString(port));
        }
        if (baud < 0 || baud > FASTEST) {
            throw new IllegalArgumentException("no speed of a 16550: " + baud);
        }
    }

    /// The line as it was left.
    public static SerialLine at(int port) {
        return new SerialLine(port, 0);
    }

    /// What the UART divides its clock by, 0 if that is to stay.
    int divisor() {
        return baud == 0 ? 0 : Math.min(FASTEST / baud, 0xffff);
    }
}
