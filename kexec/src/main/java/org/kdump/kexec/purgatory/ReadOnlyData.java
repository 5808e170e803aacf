package org.kdump.kexec.purgatory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// What purgatory only reads: messages, ended by NUL, and constants.
final class ReadOnlyData {
    static final String SHA256_INITIAL = "sha256_initial";
    /// K of all rounds, 4 bytes each.
    static final String SHA256_ROUNDS = "sha256_rounds";
    /// For pshufb: the bytes of each of four words turned around.
    static final String BIG_ENDIAN_WORDS = "big_endian_words";
    static final String HEX_DIGITS = "hex_digits";
    static final String CHECKING = "message_checking";
    static final String ENTERING = "message_entering";
    static final String MISMATCH = "message_mismatch";
    static final String EXPECTED = "message_expected";
    static final String COMPUTED = "message_computed";
    static final String END_OF_LINE = "message_end_of_line";

    private static final String NEW_LINE = "\r\n";

    private ReadOnlyData() {}

    static ObjectSection section() {
        return ObjectSection.readOnly()
                .local(SHA256_INITIAL, initialState())
                .local(SHA256_ROUNDS, rounds())
                .local(BIG_ENDIAN_WORDS, new byte[] {3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12})
                .local(HEX_DIGITS, "0123456789abcdef".getBytes(StandardCharsets.US_ASCII))
                .local(CHECKING, text("kdump purgatory: checking the loaded image" + NEW_LINE))
                .local(ENTERING, text("kdump purgatory: SHA-256 matches; entering the kernel" + NEW_LINE))
                // A kernel that died left the cursor anywhere: start on a line of our own.
                .local(MISMATCH, text(NEW_LINE + Purgatory.MISMATCH_MESSAGE + NEW_LINE))
                .local(EXPECTED, text("kdump purgatory: expected "))
                .local(COMPUTED, text("kdump purgatory: computed "))
                .local(END_OF_LINE, text(NEW_LINE));
    }

    private static byte[] rounds() {
        ByteBuffer rounds =
                ByteBuffer.allocate(Sha256Constants.ROUNDS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int round = 0; round < Sha256Constants.ROUNDS; round++) {
            rounds.putInt(Sha256Constants.round(round));
        }
        return rounds.array();
    }

    private static byte[] initialState() {
        ByteBuffer state = ByteBuffer.allocate(PurgatoryParameters.DIGEST_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : Sha256Constants.initial()) {
            state.putInt(word);
        }
        return state.array();
    }

    private static byte[] text(String text) {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
