package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.why.Why;

/// The examples of LIBRARY.md, as they stand there.
class LibraryTest {
    @TempDir
    Path folder;

    private final List<String> printed = new ArrayList<>();

    private void print(Object what) {
        printed.add(what.toString());
    }

    @Test
    void tasksAndTheirStacks() throws IOException {
        Path dump = TrainingKernel.write(folder.resolve("vmcore"));
        // example: tasks
        try (var kernel = Kernel.open(dump)) {
            for (Task task : kernel.tasks()) {
                TaskStack stack = kernel.stacks().of(task.structure());
                print(task.pid() + " " + task.name() + " "
                        + stack.backtrace().frames().size() + " frames");
            }
        }
        // end
        assertEquals(List.of("0 swapper/0 4 frames", "1 init 3 frames"), printed);
    }

    @Test
    void structs() throws IOException {
        Path dump = TrainingKernel.write(folder.resolve("vmcore"));
        // example: structs
        try (var kernel = Kernel.open(dump)) {
            Struct task = kernel.types().variable("init_task", "task_struct");
            print(task.text("comm") + " has pid " + task.number("pid"));
            Struct signal = task.follow("signal").orElseThrow();
            print("its threads are at " + Long.toHexString(signal.addressOf("thread_head")));
        }
        // end
        assertEquals("swapper/0 has pid 0", printed.getFirst());
    }

    @Test
    void problems() throws IOException {
        Path dump = TrainingKernel.write(folder.resolve("vmcore"));
        List<String> missing = new ArrayList<>();
        // example: problems
        try (var kernel = Kernel.open(dump, missing::add)) {
            Why why = kernel.why();
            print(why.failure() + ", and " + why.findings().corrupt().size() + " lists are corrupt");
        }
        // end
        assertEquals(1, printed.size());
    }

    /// What is documented is what is tested.
    @Test
    void isWhatTheDocumentShows() throws IOException {
        Path module = Path.of("").toAbsolutePath();
        String source = Files.readString(module.resolve("src/test/java/org/kdump/cli/LibraryTest.java"));
        String document = Files.readString(module.resolveSibling("LIBRARY.md"));
        int examples = 0;
        for (String part : source.split("// example: ")) {
            if (part.contains("        // end\n") && !part.contains("class LibraryTest")) {
                String example = part.substring(part.indexOf('\n') + 1, part.indexOf("        // end\n"))
                        .replaceAll("(?m)^        ", "");
                assertTrue(document.contains(example), example);
                examples++;
            }
        }
        assertEquals(3, examples);
    }
}
