package org.kdump.kexec.purgatory;

import static org.kdump.kexec.purgatory.Address.at;
import static org.kdump.kexec.purgatory.Address.of;
import static org.kdump.kexec.purgatory.Condition.NOT_ZERO;
import static org.kdump.kexec.purgatory.Condition.ZERO;
import static org.kdump.kexec.purgatory.Register32.*;
import static org.kdump.kexec.purgatory.Register64.*;

/// Messages through a 16550 UART, by polling. Line settings stay as the dead kernel left them.
///
/// Leaves RBX, RBP and R12 to R15 alone, as the System V ABI asks.
final class SerialConsole extends Assembler {
    /// `void serial_text(const char *text)`, ended by NUL
    static final String TEXT = "serial_text";
    /// `void serial_digest(const u8 digest[32])`, in hex
    static final String DIGEST = "serial_digest";

    private static final String BYTE = "serial_byte";
    private static final int LINE_STATUS = 5;
    /// LSR bit 5: the transmitter holding register is empty.
    private static final int THR_EMPTY = 1 << 5;
    /// A port access takes about a microsecond on a PC, a character at 9600 baud a thousand of them.
    private static final int PATIENCE = 100_000;

    SerialConsole() {
        text();
        digest();
        oneByte();
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
