package org.kdump.e2e;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Stacks as some tool prints them: of each task, by its address, those of its frames, the innermost first.
///
/// @param frames hexadecimal, without leading zeros
record Stacks(Map<String, List<String>> frames) {
    private static final Pattern TASK = Pattern.compile("^PID: \\d+ +TASK: ([0-9a-f]+) .*");
    private static final Pattern FRAME = Pattern.compile("^ *#\\d+ \\[[0-9a-f]+] (\\S+) at ([0-9a-f]+).*");

    /// How drgn prints them so that [#of] can read them; inlined functions and user mode are left out.
    static final String DRGN = """
            import drgn
            from drgn.helpers.linux.cpumask import for_each_online_cpu
            from drgn.helpers.linux.percpu import per_cpu
            from drgn.helpers.linux.pid import for_each_task
            prog = drgn.Program()
            prog.set_core_dump("/mnt/%s")
            prog.load_debug_info(["/mnt/vmlinux"])
            tasks = [per_cpu(prog["runqueues"], cpu).idle for cpu in for_each_online_cpu(prog)]
            for task in tasks + list(for_each_task(prog)):
                print("PID: %%d TASK: %%x " %% (task.pid, task))
                for frame in prog.stack_trace(task):
                    if not frame.is_inline and frame.pc >> 63:
                        print(" #0 [0] %%s at %%x" %% (frame.name, frame.pc))
            """;

    /// What crash, drgn or `kdump foreach bt` printed.
    ///
    /// crash begins with what came after the registers were saved that the dump has of a CPU: the NMI that
    /// stopped it, and the way from `__crash_kexec` to the new kernel. That is left out.
    static Stacks of(String text) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        List<String> frames = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher task = TASK.matcher(line);
            Matcher frame = FRAME.matcher(line);
            if (task.matches()) {
                frames = new ArrayList<>();
                all.put(task.group(1), frames);
            } else if (line.equals("--- <NMI exception stack> ---")) {
                frames.clear();
            } else if (frame.matches() && !frame.group(1).matches("machine_kexec|__crash_kexec")) {
                frames.add(frame.group(2));
            }
        }
        return new Stacks(all);
    }

    /// How many frames there are.
    int count() {
        return frames.values().stream().mapToInt(List::size).sum();
    }

    /// How many frames both have, in the same order.
    ///
    /// A frame that one of them lacks counts once, and not with all that are further in: crash 9.0.2 goes
    /// without the caller of a function that was interrupted where its stack frame was not there.
    int sameAs(Stacks others) {
        int same = 0;
        for (Map.Entry<String, List<String>> task : frames.entrySet()) {
            same += common(task.getValue(), others.frames.getOrDefault(task.getKey(), List.of()));
        }
        return same;
    }

    /// The length of the longest common subsequence.
    private static int common(List<String> left, List<String> right) {
        int[] above = new int[right.size() + 1];
        for (String frame : left) {
            int[] row = new int[right.size() + 1];
            for (int i = 0; i < right.size(); i++) {
                row[i + 1] = frame.equals(right.get(i)) ? above[i] + 1 : Math.max(row[i], above[i + 1]);
            }
            above = row;
        }
        return above[right.size()];
    }
}
