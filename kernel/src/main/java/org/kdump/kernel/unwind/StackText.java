package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.kdump.debuginfo.kallsyms.SymbolPlace;

/// Writes what is on a stack as crash does: of a frame, all of it, or what of it points to functions.
///
/// @param contents what is written
/// @param symbols whether words that point to symbols are written as these
/// @param others what else a word is written as; an empty string for the word itself
public record StackText(StackContents contents, boolean symbols, LongFunction<String> others) {
    private static final int WORDS = 2;

    /// @param symbols whether words that point to symbols are written as these; all others are written as they are
    public StackText(StackContents contents, boolean symbols) {
        this(contents, symbols, word -> "");
    }

    /// All that a frame has on the stack: the words behind its own address up to its caller's.
    ///
    /// @throws IOException if the dump cannot be read
    public List<String> frame(StackFrame frame, Optional<StackFrame> caller) throws IOException {
        if (caller.isEmpty() || !caller.get().stack().equals(frame.stack())) {
            return List.of();
        }
        long from = frame.interrupted() ? frame.slot() : frame.slot() + Long.BYTES;
        long to =
                caller.get().interrupted() ? caller.get().slot() : caller.get().slot() + Long.BYTES;
        return rows(from, Math.min(to, contents.end(from).orElse(from)), "    ", ": ");
    }

    /// All of the task's own stack.
    ///
    /// @throws IOException if the dump cannot be read
    public List<String> all() throws IOException {
        return rows(contents.low(), contents.high(), "", ":  ");
    }

    private List<String> rows(long from, long to, String margin, String colon) throws IOException {
        List<String> lines = new ArrayList<>();
        for (long row = from; row < to; row += WORDS * Long.BYTES) {
            StringBuilder line = new StringBuilder(margin).append(hex(row)).append(colon);
            for (long at = row; at < Math.min(to, row + WORDS * Long.BYTES); at += Long.BYTES) {
                line.append("%-16s ".formatted(word(at)));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private String word(long address) throws IOException {
        OptionalLong word = contents.word(address);
        if (word.isEmpty()) {
            return "-".repeat(2 * Long.BYTES);
        }
        Optional<SymbolPlace> symbol = symbols ? contents.symbol(word.getAsLong()) : Optional.empty();
        if (symbol.isPresent()) {
            return text(symbol.get());
        }
        String other = others.apply(word.getAsLong());
        return other.isEmpty() ? hex(word.getAsLong()) : other;
    }

    private static String text(SymbolPlace place) {
        return place.symbol().name() + (place.offset() == 0 ? "" : "+" + place.offset());
    }

    /// The words of the task's own stack that point to functions, from an address on.
    ///
    /// @throws IOException if the dump cannot be read
    public List<String> functions(long from) throws IOException {
        List<String> lines = new ArrayList<>();
        for (long at = from; at < contents.high(); at += Long.BYTES) {
            OptionalLong word = contents.word(at);
            Optional<SymbolPlace> place = word.isPresent() ? contents.function(word.getAsLong()) : Optional.empty();
            if (place.isPresent()) {
                lines.add("  [%s] %s at %s%s"
                        .formatted(hex(at), name(place.get()), hex(word.getAsLong()), module(place.get())));
            }
        }
        return lines;
    }

    private static String name(SymbolPlace place) {
        return place.symbol().name();
    }

    private static String module(SymbolPlace place) {
        return place.module().isEmpty() ? "" : " [" + place.module() + "]";
    }

    private static String hex(long value) {
        return "%016x".formatted(value);
    }
}
