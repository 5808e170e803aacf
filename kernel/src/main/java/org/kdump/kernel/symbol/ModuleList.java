package org.kdump.kernel.symbol;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.TypedMemory;

/// The modules of a crashed kernel, found when they are first asked for: many answers need none. Safe for use by
/// several threads.
public final class ModuleList {
    private final Finder finder;
    private final Consumer<String> problems;
    private Optional<List<LoadedModule>> found = Optional.empty();

    @FunctionalInterface
    private interface Finder {
        Partial<LoadedModule> find() throws IOException;
    }

    private ModuleList(Finder finder, Consumer<String> problems) {
        this.finder = finder;
        this.problems = problems;
    }

    /// Those of a kernel.
    ///
    /// @param problems takes a sentence on what is missing, once
    public static ModuleList of(TypedMemory kernel, Consumer<String> problems) {
        return new ModuleList(() -> LoadedModule.all(kernel), problems);
    }

    /// Those that are known already.
    public static ModuleList of(List<LoadedModule> modules) {
        Partial<LoadedModule> known = new Partial<>(modules, Optional.empty());
        return new ModuleList(() -> known, problem -> {});
    }

    /// All that can be read.
    ///
    /// @throws IOException if the dump cannot be read
    public synchronized List<LoadedModule> all() throws IOException {
        if (found.isEmpty()) {
            try {
                Partial<LoadedModule> modules = finder.find();
                modules.problem().ifPresent(problems);
                found = Optional.of(modules.items());
            } catch (MalformedInputException e) {
                problems.accept("the modules cannot be found: " + e.getMessage());
                found = Optional.of(List.of());
            }
        }
        return found.get();
    }
}
