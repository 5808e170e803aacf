package org.kdump.e2e;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// What crash and we are asked alike. Of each answer the lines count that a pattern matches, and of these its
/// groups.
///
/// @param crash its command
/// @param theirs a pattern of its lines, without the blanks around them
/// @param ours our words, `DUMP` for the dump's place
/// @param our a pattern of our lines
record Question(String crash, String theirs, String ours, String our) {
    private static final String ADDRESS = "([0-9a-f]{16})";

    /// Where instructions begin; they are not written alike.
    private static final String CODE = "0x([0-9a-f]{16}) <(\\S+)>:.*";

    /// Questions to all that both know of a kernel.
    static final List<Question> ALL = List.of(
            // crash takes the share of other memory: of all that the firmware told.
            same(
                    "ps",
                    "ps DUMP",
                    "(>?) *(\\d+) +(\\d+) +(\\d+) +" + ADDRESS + " +(\\w\\w) +[0-9.]+ +(\\d+) +(\\d+) +(\\S+)"),
            same("ps -r 1", "ps -r DUMP 1", "([A-Z]+) +(\\S+) +(\\S+)"),
            // RUN TIME is to jiffies in crash, to the run queue's clock here: they may be half a second
            // apart.
            same("ps -t 1", "ps -t DUMP 1", "((?:START |U|S)TIME): (.*)"),
            same("ps -l", "ps -l DUMP", "\\[ *(\\d+)\\] \\[(\\w+)\\] +PID: (\\d+) .*"),
            same("ps -c 1", "ps -c DUMP 1", "PID: (\\d+) +TASK: " + ADDRESS + " .*"),
            same("log -t", "log -t DUMP", "(.+)"),
            same("log -m", "log -m DUMP", "(.+)"),
            same("log -a", "log -a DUMP", "type=(\\d+) (.+)"),
            same("mount", "mount DUMP", ADDRESS + " " + ADDRESS + " +(\\w+) +(\\S+) +(/\\S*)"),
            // crash calls sockets by their protocol, we as /proc does by their inode.
            same(
                    "files 1",
                    "files DUMP 1",
                    "(\\d+) " + ADDRESS + " " + ADDRESS + " " + ADDRESS + " (?:(SOCK) .*|(\\w+) +(\\S*))"),
            same("vm 1", "vm DUMP 1", ADDRESS + " +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) *(\\S*)"),
            same("sys", "sys DUMP --utc", "((?:DATE|LOAD AVERAGE|TASKS|RELEASE|VERSION|NODENAME|PANIC): .*)"),
            same("mod", "mod DUMP", ADDRESS + " +(\\w+) +" + ADDRESS + " +(\\d+) .*"),
            same("list -H modules", "list DUMP -H modules", ADDRESS),
            same(
                    "kmem -v",
                    "kmem -v DUMP",
                    ADDRESS + " +(?:" + ADDRESS + " +)?" + ADDRESS + " (?:-)? *" + ADDRESS + " +(\\d+)"),
            // Of one cache in 155, which had just lost all its objects, crash counted 22 still in use.
            new Question(
                    "kmem -s",
                    ADDRESS + " +(\\d+) +\\d+ +(\\d+) +(\\d+) +(\\d+)k +(.+)",
                    "kmem -s DUMP",
                    ADDRESS + " +(\\d+) +\\d+ +(\\d+) +(\\d+) +(\\d+) +(.+)"),
            new Question(
                    "kmem -S task_struct",
                    "\\[" + ADDRESS + "\\]",
                    "kmem -S DUMP task_struct",
                    ".* " + ADDRESS + " +allocated"),
            new Question(
                    "kmem -f",
                    "(\\d+) +\\d+k +" + ADDRESS + " +(\\d+) +(\\d+)",
                    "kmem -f DUMP",
                    "\\d+ +\\w+ +(\\d+) +\\d+ +\\w+ +" + ADDRESS + " +(\\d+) +(\\d+)"),
            new Question(
                    "kmem -p",
                    ADDRESS + " +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +(-?\\d+) +([0-9a-f]+) *.*",
                    "kmem -p DUMP",
                    ADDRESS + " +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +(-?\\d+) +([0-9a-f]+) *.*"),
            new Question(
                    "irq",
                    "(\\d+) +" + ADDRESS + " +" + ADDRESS + " .*",
                    "irq DUMP",
                    "(\\d+) +" + ADDRESS + " +" + ADDRESS + " .*"),
            new Question(
                    "timer",
                    "(\\d+) +(-?\\d+) +" + ADDRESS + " +[0-9a-f]{16} .*",
                    "timer DUMP",
                    "\\d+ +\\d+ +(\\d+) +(-?\\d+) +" + ADDRESS + " .*"),
            new Question(
                    "runq",
                    "CURRENT: PID: (\\d+) +TASK: " + ADDRESS + " .*",
                    "runq DUMP",
                    ".*current +\\d+ +(\\d+) +" + ADDRESS + " .*"),
            new Question(
                    "dev",
                    "(\\d+) +(\\S.*?) +(?:[0-9a-f]{16}|\\(none\\)).*",
                    "dev DUMP",
                    "\\w+ +(\\d+) +(\\S.*?)(?: +[0-9a-f]{16}.*)?"),
            new Question("net", ADDRESS + " +(\\w+)", "net DUMP", ADDRESS + " +(\\w+) .*"),
            new Question(
                    "net -s 1",
                    "(\\d+) +" + ADDRESS + " +" + ADDRESS + " +(\\w+):(\\w+) .*",
                    "net -s DUMP 1",
                    "1 +\\S+ +(\\d+) +" + ADDRESS + " +" + ADDRESS + " +(\\w+) +(\\w+) .*"),
            new Question("p jiffies_64", ".*= (\\d+)", "p DUMP jiffies_64", ".*= (\\d+)"),
            same("ptov 1000000", "ptov DUMP 1000000", "([0-9a-f]+) +([0-9a-f]+)"),
            same("pte 8000000001234067", "pte DUMP 8000000001234067", "([0-9a-f]+) +([0-9a-f]+) +(.*)"),
            same("dis panic", "dis DUMP panic", CODE),
            same("dis copy_process", "dis DUMP copy_process", CODE),
            same("dis vsnprintf", "dis DUMP vsnprintf", CODE),
            same("dis -f schedule", "dis DUMP -f schedule", CODE),
            same("rd linux_banner 8", "rd DUMP linux_banner 8", "([0-9a-f]+): +(.*)"));

    private static Question same(String crash, String ours, String pattern) {
        return new Question(crash, pattern, ours, pattern);
    }

    /// Whether the answer is in what `-e` leaves out: the `struct page`s of pages that are left out.
    boolean asksForPages() {
        return crash.equals("kmem -f") || crash.equals("kmem -p");
    }

    /// What counts of an answer, sorted.
    static List<String> essence(String answer, String pattern) {
        Pattern line = Pattern.compile(pattern);
        return answer.lines()
                .map(String::strip)
                .map(line::matcher)
                .filter(Matcher::matches)
                .map(Question::groups)
                .distinct()
                .sorted()
                .toList();
    }

    private static String groups(Matcher line) {
        return String.join(
                " ",
                IntStream.rangeClosed(1, line.groupCount())
                        .mapToObj(line::group)
                        .map(group -> group == null ? "" : group)
                        .toList());
    }
}
