package org.kdump.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;
import org.kdump.syscall.Processes;

/// What the build runs once, so that the ahead-of-time cache knows the classes that users need first.
final class AotTraining {
    private static final int MEMORY = 1 << 20;
    private static final String CLASS = ".class";

    private AotTraining() {}

    /// @param arguments a folder to work in
    public static void main(String[] arguments) throws IOException {
        PrintStream console = System.out;
        System.setOut(new PrintStream(new ByteArrayOutputStream()));
        PrintStream errors = System.err;
        System.setErr(System.out);
        Path folder = Files.createTempDirectory(Path.of(arguments[0]), "training");
        String core = dump(folder.resolve("core")).toString();
        String dump = folder.resolve("vmcore").toString();
        String kernel = TrainingKernel.write(folder.resolve("kernel")).toString();
        for (String[] words : new String[][] {
            {"--version"},
            {"--help"},
            {"status"},
            {"load", "--panic", core},
            {"boot", "--dry-run", "--append=quiet", core},
            {"capture", core, dump, "-d", "1", "--compress", "zlib"},
            {"info", dump},
            {"capture", core, dump, "-d", "1", "--compress", "lzo", "--force"},
            {"capture", core, dump, "-d", "1", "--force"},
            {"verify", dump},
            {"info", dump},
            {"info", "--json", core},
            {"log", dump},
            {"struct", dump, "list_head"},
            {"struct", kernel, "task_struct"},
            {"struct", kernel, "task_struct", "init_task"},
            {"sym", kernel, "panic"},
            {"capture", kernel, dump, "-d", "31", "--force"},
            {"bt", dump},
            {"capture", kernel, dump, "-d", "31", "-l", "--force"},
            {"capture", kernel, dump, "-d", "31", "-c", "--force"},
            {"capture", kernel, dump, "-d", "31", "--dry-run", "--show-stats"},
            {"why", kernel},
            {"sys", kernel},
            {"ps", kernel},
            {"set", kernel},
            {"files", kernel},
            {"vm", kernel},
            {"mount", kernel},
            {"mod", kernel},
            {"kmem", kernel, "-i"},
            {"rd", kernel, "init_task", "8"},
            {"dis", kernel, "panic", "4"},
            {"vtop", kernel, "init_task"},
            {"p", kernel, "init_task"},
            {"list", kernel, "-H", "init_task"},
            {"bt", kernel},
            {"bt", kernel, "-f", "1"},
            {"bt", kernel, "--json"},
            {"foreach", "bt", kernel, "--group"},
            {"no-such-verb"},
        }) {
            Main.execute(words);
        }
        TrainingMachine.plan(folder);
        // The first native call costs most.
        Processes.pid();
        System.setOut(console);
        System.setErr(errors);
        loadClasses();
    }

    /// The classes of the rooms that open a dump: a dump as small as ours does not need all of them, a real
    /// one may.
    private static void loadClasses() throws IOException {
        ClassLoader loader = AotTraining.class.getClassLoader();
        for (String room : List.of("elf", "vmcore", "debuginfo", "kernel", "capture")) {
            Path module = Path.of(URI.create("jrt:/org.kdump." + room));
            try (Stream<Path> files = Files.walk(module)) {
                for (Path file : (Iterable<Path>) files.filter(AotTraining::isClass)::iterator) {
                    String name = module.relativize(file).toString();
                    load(name.substring(0, name.length() - CLASS.length()).replace('/', '.'), loader);
                }
            }
        }
    }

    private static boolean isClass(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(CLASS) && !name.equals("module-info" + CLASS);
    }

    private static void load(String name, ClassLoader loader) {
        try {
            Class.forName(name, true, loader);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /// A dump with a little memory and hardly any VMCOREINFO.
    private static Path dump(Path file) throws IOException {
        ByteSink notes = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        byte[] info = "OSRELEASE=0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=0\n"
                .getBytes(StandardCharsets.US_ASCII);
        Note.write(notes, "CORE", Note.NT_PRSTATUS, new byte[336]);
        Note.write(notes, "VMCOREINFO", 0, info);
        long start = ElfCoreHeaders.size(ElfClass.ELF64, 2);
        byte[] headers = ElfCoreHeaders.encode(
                ElfClass.ELF64,
                ByteOrder.LITTLE_ENDIAN,
                ElfHeader.EM_X86_64,
                List.of(
                        new ProgramHeader(ProgramHeader.PT_NOTE, 0, start, 0, 0, notes.size(), notes.size(), 4),
                        new ProgramHeader(ProgramHeader.PT_LOAD, 7, 4096, 0, 0, MEMORY, MEMORY, 0)));
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.bytes(headers).bytes(notes.toByteArray()).align(4096);
        for (int i = 0; i < MEMORY / 4; i++) {
            sink.u32(i * 31L >> 7);
        }
        return Files.write(file, sink.toByteArray());
    }
}
