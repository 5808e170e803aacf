package org.kdump.kernel.why;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.kdump.kernel.unwind.StackFrame;

/// What crashes of one cause have in common, and others do not: the kind of failure and the
/// innermost functions, by their names in the source; of an error of the hardware, which meets
/// whatever runs, what told of it. It is the same for any build, any machine, any time.
final class Signature {
    private static final int FUNCTIONS = 3;
    private static final int DIGITS = 12;

    private Signature() {}

    /// `null_pointer-0123456789ab`; the second half is the start of a SHA-256.
    ///
    /// @param machineCheck the error of the hardware; empty if it was none
    static String of(Failure failure, List<StackFrame> telling, Optional<MachineCheck> machineCheck) {
        StringBuilder text = new StringBuilder(failure.id());
        machineCheck.ifPresentOrElse(
                check -> text.append("\nbank ")
                        .append(check.bank())
                        .append(" code ")
                        .append(check.code()),
                () -> telling.stream()
                        .filter(frame -> !frame.isGuess() && frame.place().isPresent())
                        .map(Stack::name)
                        .distinct()
                        .limit(FUNCTIONS)
                        .forEach(name -> text.append('\n').append(name)));
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(UTF_8));
            return failure.id() + "-" + HexFormat.of().formatHex(digest).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
