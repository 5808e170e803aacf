package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// Tasks as words name them.
record NamedTasks(Kernel kernel) {
    /// The tasks that words name: pids of the tasks in the kernel's lists, and addresses.
    ///
    /// @param unknown takes the words that name none
    List<Task> find(List<String> words, List<String> unknown) throws IOException {
        List<Task> found = new ArrayList<>();
        List<Task> all = words.stream().allMatch(NamedTasks::isAddress) ? List.of() : kernel.tasks();
        for (String word : words) {
            int before = found.size();
            if (isAddress(word)) {
                found.add(new Task(kernel.types().struct("task_struct", address(word))));
            }
            for (Task task : isAddress(word) ? List.<Task>of() : all) {
                if (isAny(task, List.of(word))) {
                    found.add(task);
                }
            }
            if (found.size() == before) {
                unknown.add(word);
            }
        }
        return found;
    }

    /// The tasks that words name, or the one that crashed the machine if there are none.
    ///
    /// @param unknown takes the words that name none
    /// @throws IOException if no CPU crashed it
    List<Task> orPanic(List<String> words, List<String> unknown) throws IOException {
        return words.isEmpty() ? List.of(panic()) : find(words, unknown);
    }

    /// The task that crashed the machine.
    ///
    /// @throws IOException if no CPU did
    Task panic() throws IOException {
        return new Task(kernel.stacks()
                .running()
                .panicTask()
                .orElseThrow(() -> new IOException(kernel.vmcore().name()
                        + ": no CPU crashed the machine; name a task, or see 'ps -A' for those that ran"))
                .task());
    }

    /// The memory of the process that crashed the machine.
    ///
    /// @param own the kernel's, which has the types
    /// @throws IOException if no CPU crashed the machine, or a thread of the kernel did
    TypedMemory userMemory(TypedMemory own) throws IOException {
        VirtualMemory memory = UserMemory.of(panic())
                .orElseThrow(() -> new IOException("the task that crashed the machine has no user memory"));
        return new TypedMemory(memory, own.types(), own::findSymbol);
    }

    /// Whether a word is an address of the kernel, which no pid is.
    private static boolean isAddress(String word) {
        return word.matches("(0x)?[89a-fA-F][0-9a-fA-F]{15}");
    }

    private static long address(String word) {
        return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
    }

    /// Whether a task is of any of some kinds, or bears a name, a pid or an address; not if it cannot be
    /// read.
    boolean isAny(Task task, List<String> kinds) throws IOException {
        try {
            for (String kind : kinds) {
                if (is(task, kind)) {
                    return true;
                }
            }
        } catch (MemoryFault e) {
            kernel.problems().accept("a task is left out: " + e.getMessage());
        }
        return false;
    }

    /// A name in quotes of its own is a regular expression, which crash too looks for within names.
    private static boolean isCalled(String name, String wanted) throws IOException {
        if (wanted.length() < 3 || !wanted.startsWith("'") || !wanted.endsWith("'")) {
            return name.equals(wanted);
        }
        try {
            return Pattern.compile(wanted.substring(1, wanted.length() - 1))
                    .matcher(name)
                    .find();
        } catch (PatternSyntaxException notOne) {
            throw new IOException(wanted + " is no regular expression: " + notOne.getDescription(), notOne);
        }
    }

    private boolean is(Task task, String kind) throws IOException {
        return switch (kind) {
            case "kernel" -> task.isKernelThread();
            case "user" -> task.memory().isPresent();
            case "gleader" -> task.isLeader() && task.memory().isPresent();
            case "RU", "IN", "UN", "ID", "ST", "TR", "PA", "NE", "ZO", "DE", "SW", "WA" ->
                task.state().equals(kind);
            case "active" -> kernel.isRunning(task);
            default ->
                isAddress(kind)
                        ? task.structure().address() == address(kind)
                        : kind.equals(Integer.toString(task.pid())) || isCalled(task.name(), kind);
        };
    }
}
