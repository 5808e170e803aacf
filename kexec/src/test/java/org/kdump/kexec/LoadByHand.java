package org.kdump.kexec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// Loads a capture kernel in a guest, before there is a command line: `LoadByHand KERNEL INITRD LINE`.
final class LoadByHand {
    private LoadByHand() {}

    public static void main(String[] arguments) throws IOException {
        long start = System.nanoTime();
        var running = RunningKernel.at(Path.of("/"));
        var request = new LoadRequest(
                Path.of(arguments[0]),
                Optional.of(Path.of(arguments[1])),
                arguments[2],
                Boolean.getBoolean("memmap"),
                OptionalInt.empty(),
                true);
        try (var plan = KexecLoader.plan(running, request)) {
            System.out.println(plan);
            long planned = System.nanoTime();
            KexecLoader.load(plan);
            System.out.printf(
                    "plan %d ms, load %d ms, loaded %s%n",
                    (planned - start) / 1_000_000,
                    (System.nanoTime() - planned) / 1_000_000,
                    running.crashKernelLoaded());
        }
        if (Boolean.getBoolean("unload")) {
            KexecLoader.unload();
            System.out.println("loaded " + running.crashKernelLoaded());
        }
    }
}
