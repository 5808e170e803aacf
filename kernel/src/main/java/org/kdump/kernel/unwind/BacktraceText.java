package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.kdump.kernel.crash.X86Register;

/// Writes stacks as crash does.
///
/// ```
/// PID: 1        TASK: ffff8df8811fc180  CPU: 0    COMMAND: "init"
///  #0 [ffffd1a080013a00] __schedule at ffffffff91410e3d
///  #1 [ffffd1a080013a58] schedule at ffffffff9141154a
/// ```
///
/// @param offsets how the offset in a function is printed behind its name
public record BacktraceText(Offsets offsets) {
    /// Where a kernel that was not interrupted saves the registers that its dump has: they tell nothing.
    private static final String SAVES_ITS_OWN = "__crash_kexec";

    /// How an offset is printed.
    public enum Offsets {
        /// Not at all.
        NONE,
        /// `schedule+90`.
        DECIMAL,
        /// `schedule+0x5a`.
        HEXADECIMAL
    }

    private static final X86Register[][] ROWS = {
        {X86Register.RIP, X86Register.RSP, X86Register.EFLAGS},
        {X86Register.RAX, X86Register.RBX, X86Register.RCX},
        {X86Register.RDX, X86Register.RSI, X86Register.RDI},
        {X86Register.RBP, X86Register.R8, X86Register.R9},
        {X86Register.R10, X86Register.R11, X86Register.R12},
        {X86Register.R13, X86Register.R14, X86Register.R15},
        {X86Register.ORIG_RAX, X86Register.CS, X86Register.SS},
    };

    /// The line that a task begins with.
    public static String title(TaskStack stack) {
        return "PID: %-8d TASK: %016x  CPU: %-3d  COMMAND: \"%s\""
                .formatted(stack.pid(), stack.task().address(), stack.cpu(), stack.comm());
    }

    /// What is written below a frame.
    @FunctionalInterface
    public interface Below {
        /// @param caller empty behind the last frame
        /// @throws IOException if the dump cannot be read
        List<String> lines(StackFrame frame, Optional<StackFrame> caller) throws IOException;
    }

    /// The lines of a stack, without the title.
    ///
    /// @param below what is put below the line of each frame
    /// @throws IOException if that cannot be had
    public List<String> lines(Backtrace backtrace, Below below) throws IOException {
        List<String> lines = new ArrayList<>();
        List<StackFrame> frames = backtrace.frames();
        if (backtrace.registers().isPresent()
                && (frames.isEmpty() || !SAVES_ITS_OWN.equals(frames.getFirst().function()))) {
            frames.stream().findFirst().ifPresent(frame -> lines.add("    [exception RIP: " + exception(frame) + "]"));
            lines.addAll(registers(backtrace.registers().get()));
        }
        for (int i = 0; i < frames.size(); i++) {
            StackFrame frame = frames.get(i);
            Optional<StackFrame> caller = i + 1 < frames.size() ? Optional.of(frames.get(i + 1)) : Optional.empty();
            lines.add(line(i, " [%016x]".formatted(frame.slot()), frame));
            lines.addAll(below.lines(frame, caller));
            lines.addAll(saved(frame, caller));
        }
        backtrace.problem().ifPresent(problem -> lines.add("    (" + problem + ")"));
        return lines;
    }

    /// The line of a frame.
    ///
    /// @param number counted from 0 for the innermost
    /// @param slot where it is, with a blank before it; empty to leave it out
    public String line(int number, String slot, StackFrame frame) {
        return "%3s%s %s at %016x%s%s"
                .formatted(
                        "#" + number,
                        slot,
                        function(frame),
                        frame.address(),
                        frame.module().isEmpty() ? "" : " [" + frame.module() + "]",
                        frame.isGuess() ? " (guess)" : "");
    }

    /// The registers that a frame saved, and the name of its stack where that is left.
    private static List<String> saved(StackFrame frame, Optional<StackFrame> caller) {
        List<String> lines = new ArrayList<>();
        if (frame.saved().isPresent()) {
            caller.ifPresent(interrupted -> lines.add("    [exception RIP: " + exception(interrupted) + "]"));
            lines.addAll(registers(frame.saved().get()));
        }
        if (caller.isPresent() && !caller.get().stack().equals(frame.stack())) {
            lines.add("--- <" + frame.stack() + " stack> ---");
        }
        return lines;
    }

    private String function(StackFrame frame) {
        if (frame.place().isEmpty()) {
            return "(unknown)";
        }
        return frame.function()
                + switch (offsets) {
                    case NONE -> "";
                    case DECIMAL -> "+" + frame.offset();
                    case HEXADECIMAL -> "+0x" + Long.toHexString(frame.offset());
                };
    }

    private static String exception(StackFrame frame) {
        return frame.place().isEmpty() ? "unknown or invalid address" : frame.function() + "+" + frame.offset();
    }

    /// Registers, three a line.
    static List<String> registers(X86Registers registers) {
        return Arrays.stream(ROWS)
                .map(row -> Arrays.stream(row)
                        .map(register -> label(register) + ": " + value(registers.find(register), digits(register)))
                        .collect(Collectors.joining("  ", "    ", "")))
                .toList();
    }

    private static String label(X86Register register) {
        return switch (register) {
            case EFLAGS -> "RFLAGS";
            case R8, R9 -> " " + register;
            default -> register.name();
        };
    }

    private static int digits(X86Register register) {
        return switch (register) {
            case EFLAGS -> 8;
            case CS, SS -> 4;
            default -> 16;
        };
    }

    /// Hyphens where it is not known.
    private static String value(OptionalLong value, int digits) {
        return value.isPresent() ? ("%0" + digits + "x").formatted(value.getAsLong()) : "-".repeat(digits);
    }
}
