package org.kdump.kernel.object;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What was found, and why it may not be all: memory that is not in the dump, a list that is corrupt.
///
/// @param items what was found, in order
/// @param problem a sentence; empty if the answer is whole
public record Partial<T>(List<T> items, Optional<String> problem) {
    /// Copies the list.
    public Partial {
        items = List.copyOf(items);
    }

    /// All there is.
    static <T> Partial<T> whole(List<T> items) {
        return new Partial<>(items, Optional.empty());
    }

    /// Whether nothing is known to be missing.
    public boolean isWhole() {
        return problem.isEmpty();
    }

    /// The same with other items.
    public <R> Partial<R> map(Function<? super T, ? extends R> mapper) {
        return new Partial<>(items.stream().<R>map(mapper).toList(), problem);
    }
}
