package org.kdump.e2e;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.kdump.capture.DumpFilter;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.elf.ElfClass;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.vmcore.Vmcore;

/// The plug-in of `examples/filter`, built as a user would.
final class ExamplePlugin {
    private ExamplePlugin() {}

    /// Compiles it.
    ///
    /// @return its jar, in `directory`
    static Path build(Path directory) throws IOException {
        Path classes = directory.resolve("plugin-classes");
        List<String> words = new ArrayList<>(List.of("-Xlint:all,-path", "-Werror", "-d", classes.toString()));
        words.addAll(List.of("--module-path", modules()));
        try (Stream<Path> sources = Files.walk(Path.of("../examples/filter/src"))) {
            sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(words::add);
        }
        run("javac", words);
        Path jar = directory.resolve("vault.jar");
        run("jar", List.of("--create", "--file", jar.toString(), "-C", classes.toString(), "."));
        return jar;
    }

    private static String modules() {
        return Stream.of(DumpFilter.class, Vmcore.class, KernelLog.class, Btf.class, ElfClass.class)
                .map(ExamplePlugin::place)
                .distinct()
                .collect(Collectors.joining(":"));
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void run(String tool, List<String> words) {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int status = ToolProvider.findFirst(tool).orElseThrow().run(out, out, words.toArray(String[]::new));
        out.flush();
        Assertions.assertEquals(0, status, said::toString);
    }
}
