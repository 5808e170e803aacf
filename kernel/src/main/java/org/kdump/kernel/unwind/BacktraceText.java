package org.kdump.kernel.unwind;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.kdump.kernel.X86Register;

/// Writes stacks as crash does.
///
/// ```
/// PID: 1        TASK: ffff8df8811fc180  CPU: 0    COMMAND: "init"
///  #0 [ffffd1a080013a00] __schedule at ffffffff91410e3d
///  #1 [ffffd1a080013a58] schedule at ffffffff9141154a
/// ```
///
/// @param offsets whether functions are printed with the offset in them
public record BacktraceText(boolean offsets) {
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

    /// The lines of a stack, without the title.
    public List<String> lines(Backtrace backtrace) {
        List<String> lines = new ArrayList<>();
        if (backtrace.frames().isEmpty()) {
            backtrace.registers().ifPresent(registers -> lines.addAll(registers(registers)));
        }
        List<StackFrame> frames = backtrace.frames();
        for (int i = 0; i < frames.size(); i++) {
            Optional<StackFrame> caller = i + 1 < frames.size() ? Optional.of(frames.get(i + 1)) : Optional.empty();
            lines.addAll(frame(i, frames.get(i), caller));
        }
        backtrace.problem().ifPresent(problem -> lines.add("    (" + problem + ")"));
        return lines;
    }

    /// The lines of a frame: itself, the registers that it saved, and the name of its stack where that is left.
    List<String> frame(int number, StackFrame frame, Optional<StackFrame> caller) {
        List<String> lines = new ArrayList<>();
        lines.add("%3s [%016x] %s at %016x%s%s"
                .formatted(
                        "#" + number,
                        frame.slot(),
                        function(frame),
                        frame.address(),
                        frame.module().isEmpty() ? "" : " [" + frame.module() + "]",
                        frame.isGuess() ? " (guess)" : ""));
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
        return offsets ? frame.function() + "+" + frame.offset() : frame.function();
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
