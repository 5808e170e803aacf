package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Condition.ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// Messages through a 16550 UART, by polling. Line settings stay as the dead kernel left them, unless a speed is
/// asked for.
///
/// Leaves RBX, RBP and R12 to R15 alone, as the System V ABI asks.
final class SerialConsole extends Assembler {
    /// `void serial_set_up(void)`
    static final String SET_UP = "serial_set_up";
    /// `void serial_text(const char *text)`, ended by NUL
    static final String TEXT = "serial_text";
    /// `void serial_digest(const u8 digest[32])`, in hex
    static final String DIGEST = "serial_digest";

    private static final String BYTE = "serial_byte";
    private static final int INTERRUPTS = 1;
    private static final int LINE_CONTROL = 3;
    private static final int MODEM_CONTROL = 4;
    private static final int LINE_STATUS = 5;
    /// LCR: 8 bits, no parity, one stop bit; and bit 7, with which the first two ports are the divisor.
    private static final int EIGHT_BITS = 3;

    private static final int DIVISOR_LATCH = 1 << 7;
    /// MCR: data terminal ready, request to send.
    private static final int READY = 3;

    /// LSR bit 5: the transmitter holding register is empty.
    private static final int THR_EMPTY = 1 << 5;
    /// A port access takes about a microsecond on a PC, a character at 9600 baud a thousand of them.
    private static final int PATIENCE = 100_000;

    SerialConsole() {
        setUp();
        text();
        digest();
        oneByte();
    }

    private void setUp() {
        function(SET_UP);
        cmpInt(of(WritableData.SERIAL_DIVISOR), (byte) 0);
        jmpIf(ZERO, "set_up");
        mov(ECX, of(WritableData.SERIAL_PORT));
        test(ECX, ECX);
        jmpIf(ZERO, "set_up");
        set(LINE_CONTROL, EIGHT_BITS | DIVISOR_LATCH);
        mov(EAX, of(WritableData.SERIAL_DIVISOR));
        mov(EDX, ECX);
        outByte();
        shr(EAX, 8);
        add(EDX, 1);
        outByte();
        set(LINE_CONTROL, EIGHT_BITS);
        set(INTERRUPTS, 0);
        set(MODEM_CONTROL, READY);
        label("set_up");
        ret();
    }

    /// Writes a register of the UART at ECX.
    private void set(int register, int value) {
        mov(EAX, value);
        lea(EDX, at(RCX, register));
        outByte();
    }

    private void text() {
        function(TEXT);
        label("next_character");
        movByte(EAX, at(RDI));
        test(EAX, EAX);
        jmpIf(ZERO, "end_of_text");
        add(RDI, 1);
        call(BYTE);
        jmp("next_character");
        label("end_of_text");
        ret();
    }

    private void digest() {
        function(DIGEST);
        mov(ESI, PurgatoryParameters.DIGEST_SIZE);
        lea(R9, of(ReadOnlyData.HEX_DIGITS));
        label("next_byte");
        movByte(EAX, at(RDI));
        shr(EAX, 4);
        movByte(EAX, at(R9, RAX, 0));
        call(BYTE);
        movByte(EAX, at(RDI));
        and(EAX, 0xf);
        movByte(EAX, at(R9, RAX, 0));
        call(BYTE);
        add(RDI, 1);
        sub(ESI, 1);
        jmpIf(NOT_ZERO, "next_byte");
        ret();
    }

    /// Sends AL; changes EAX, ECX, EDX and R8D. A transmitter that stays full is given up for good: purgatory must not
    /// hang for a message.
    private void oneByte() {
        function(BYTE);
        mov(R8D, EAX);
        mov(EDX, of(WritableData.SERIAL_PORT));
        test(EDX, EDX);
        jmpIf(ZERO, "sent");
        add(EDX, LINE_STATUS);
        mov(ECX, PATIENCE);
        label("poll");
        inByte();
        test(EAX, THR_EMPTY);
        jmpIf(NOT_ZERO, "send");
        pause();
        sub(ECX, 1);
        jmpIf(NOT_ZERO, "poll");
        movInt(of(WritableData.SERIAL_PORT), 0);
        ret();
        label("send");
        sub(EDX, LINE_STATUS);
        mov(EAX, R8D);
        outByte();
        label("sent");
        ret();
    }
}
