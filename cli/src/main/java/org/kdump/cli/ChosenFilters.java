package org.kdump.cli;

import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolutionException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.kdump.capture.DumpFilter;

/// The filters that a user chose, of Kdump's own and those of plug-ins.
final class ChosenFilters {
    private final Map<String, DumpFilter> known = new LinkedHashMap<>();
    private final Map<DumpFilter, String> chosen = new LinkedHashMap<>();

    /// @param plugins files of modules with more filters
    /// @throws IllegalArgumentException if one of them is no module
    ChosenFilters(List<Path> plugins) {
        ServiceLoader.load(DumpFilter.class).forEach(this::add);
        if (!plugins.isEmpty()) {
            ServiceLoader.load(layer(plugins), DumpFilter.class).forEach(this::add);
        }
    }

    private void add(DumpFilter filter) {
        known.putIfAbsent(filter.name(), filter);
    }

    private static ModuleLayer layer(List<Path> plugins) {
        try {
            ModuleLayer ours = ChosenFilters.class.getModule().getLayer();
            ModuleLayer parent = ours == null ? ModuleLayer.boot() : ours;
            ModuleFinder finder = ModuleFinder.of(plugins.toArray(Path[]::new));
            Set<String> names = finder.findAll().stream()
                    .map(module -> module.descriptor().name())
                    .collect(Collectors.toSet());
            if (names.isEmpty()) {
                throw new IllegalArgumentException("--plugin " + plugins + ": there is no module");
            }
            Configuration configuration = parent.configuration().resolveAndBind(finder, ModuleFinder.of(), names);
            return parent.defineModulesWithOneLoader(configuration, ChosenFilters.class.getClassLoader());
        } catch (FindException | ResolutionException unusable) {
            throw new IllegalArgumentException("--plugin: " + unusable.getMessage());
        }
    }

    /// Chooses a filter.
    ///
    /// @param word `NAME` or `NAME=ARGUMENT`
    /// @throws IllegalArgumentException if there is none of that name
    void choose(String word) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        DumpFilter filter = known.get(name);
        if (filter == null) {
            throw new IllegalArgumentException(
                    "--filter " + name + ": " + String.join(", ", known.keySet()) + " are known; --plugin brings more");
        }
        chosen.put(filter, equals < 0 ? "" : word.substring(equals + 1));
    }

    /// What each of them is given.
    Map<DumpFilter, String> all() {
        return chosen;
    }
}
