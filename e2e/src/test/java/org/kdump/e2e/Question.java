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
            same(
                    "ps -s 1",
                    "ps -s DUMP 1",
                    "(>?) *(\\d+) +(\\d+) +(\\d+) +" + ADDRESS + " +(\\w\\w) +[0-9.]+ +(\\d+) +(\\d+) +(\\S+)"),
            same("ps -y FIFO", "ps -y FIFO DUMP", "(\\d+) +(\\d+) +(\\d+) +" + ADDRESS + " .*"),
            same("ps -m -C 1", "ps -m -C 1 DUMP", "\\[(.*)\\] \\[(\\w+)\\] +PID: (\\d+) .*"),
            same("bt -e 1", "bt -e DUMP 1", "(RIP|RAX|RDX|RBP|R10|R13|ORIG_RAX): (.*)"),
            same("bt -v", "bt -v DUMP", "(No stack overflows detected)"),
            same("bt -FF 1", "bt -FF DUMP 1", ADDRESS + ": (.*\\[.*\\].*)"),
            same("foreach kthreadd task -R pid,prio", "foreach kthreadd task -R pid,prio DUMP", "(\\w+) = (\\w+),"),
            same("foreach files -R console", "foreach files -R console DUMP", "PID: (\\d+) .*"),
            same("log -t", "log -t DUMP", "(.+)"),
            same("log -m", "log -m DUMP", "(.+)"),
            same("log -a", "log -a DUMP", "type=(\\d+) (.+)"),
            same("mount", "mount DUMP", ADDRESS + " " + ADDRESS + " +(\\w+) +(\\S+) +(/\\S*)"),
            // crash calls sockets by their protocol, we as /proc does by their inode.
            same(
                    "files 1",
                    "files DUMP 1",
                    "(\\d+) " + ADDRESS + " " + ADDRESS + " " + ADDRESS + " (?:(SOCK) .*|(\\w+) +(\\S*))"),
            same(
                    "files -c 1",
                    "files -c DUMP 1",
                    "(\\d+) " + ADDRESS + " +" + ADDRESS + " +(\\d+) +(?:(SOCK) .*|(\\w+) +(\\S*))"),
            same("vm -f 100073", "vm -f 100073 DUMP", "(\\w+: .*)"),
            same("vm 1", "vm DUMP 1", ADDRESS + " +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) *(\\S*)"),
            same("sys", "sys DUMP --utc", "((?:DATE|LOAD AVERAGE|TASKS|RELEASE|VERSION|NODENAME|PANIC): .*)"),
            same("sys -t", "sys -t DUMP", "TAINTED_MASK: (\\w+) *(\\w*)"),
            same("sys -i", "sys -i DUMP", "(DMI_\\w+): (.*)"),
            new Question("sys -c", "(\\d+) +(__\\w+).*", "sys -c DUMP", "(\\d+) +(__\\w+)"),
            new Question("mach", "HZ: (\\d+)", "mach DUMP", "HZ +(\\d+)"),
            new Question(
                    "mach -m",
                    "0*([0-9a-f]+) - 0*([0-9a-f]+) +E820_(\\w+)",
                    "mach -m DUMP",
                    "([0-9a-f]+) +([0-9a-f]+) +E820_TYPE_(\\w+)"),
            same("mod", "mod DUMP", ADDRESS + " +(\\w+) +" + ADDRESS + " +(\\d+) .*"),
            same("list -r -H modules -o module.list", "list DUMP -r -H modules -o module.list", ADDRESS),
            same("list -h init_task -o task_struct.tasks", "list -h DUMP init_task -o task_struct.tasks", ADDRESS),
            same(
                    "tree -p -o vmap_area.rb_node vmap_area_root",
                    "tree -p -o vmap_area.rb_node DUMP vmap_area_root",
                    "(?:position: )?(\\S+)"),
            same("list -H modules", "list DUMP -H modules", ADDRESS),
            same(
                    "kmem -v",
                    "kmem -v DUMP",
                    ADDRESS + " +(?:" + ADDRESS + " +)?" + ADDRESS + " (?:-)? *" + ADDRESS + " +(\\d+)"),
            new Question(
                    "kmem -n",
                    "(\\d+) +" + ADDRESS + " +" + ADDRESS + " +" + ADDRESS + " +(\\w+) +(\\d+)",
                    "kmem -n DUMP",
                    "(\\d+) +" + ADDRESS + " +" + ADDRESS + " +" + ADDRESS + " +(\\w+) +(\\d+)"),
            new Question(
                    "kmem -h",
                    ADDRESS + " +\\S+ +(\\d+) +(\\d+) +(\\S+)",
                    "kmem -h DUMP",
                    ADDRESS + " +\\d+ +(\\d+) +(\\d+) +\\d+ +(\\S+)"),
            new Question("kmem -o", "CPU (\\d+): (\\w+)", "kmem -o DUMP", "(\\d+) +(\\w+)"),
            new Question(
                    "kmem -i",
                    "(TOTAL MEM|FREE|USED|BUFFERS|CACHED|SLAB|TOTAL SWAP|COMMIT LIMIT) +(\\d+) .*",
                    "kmem -i DUMP",
                    "(TOTAL MEM|FREE|USED|BUFFERS|CACHED|SLAB|TOTAL SWAP|COMMIT LIMIT) +(\\d+) .*"),
            // crash has other names for the same bits too.
            same("kmem -g 36c", "kmem -g DUMP 36c", "(PG_(?:uptodate|dirty|active|workingset|error|slab)) +(\\d+) .*"),
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
                    // Crash knows of no full slabs.
                    ".* (?:partial|cpu \\d+) +" + ADDRESS + " +allocated"),
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
            same("irq -a", "irq -a DUMP", "(\\d+) (?: *)(\\S+) +(\\S+)"),
            new Question(
                    "irq -b",
                    "\\[(\\d+)\\] +" + ADDRESS + " +<(\\w+)>",
                    "irq -b DUMP",
                    "(\\d+) +\\w+ +" + ADDRESS + " +(\\w+)"),
            new Question(
                    "irq -s",
                    "(\\d+): +(\\d+) +(\\d+) +(\\S+) +(\\S+)",
                    "irq -s DUMP",
                    "(\\d+) +(\\d+) +(\\d+) +(\\S+) +(\\S+)"),
            new Question("irq -d", "\\[(\\d+)\\] (\\S+)", "irq -d DUMP", "(\\d+) +(\\S+)"),
            new Question(
                    "dev -p",
                    ADDRESS + " +(\\S+) +(\\w{4}) +(\\w{4}:\\w{4}) .*",
                    "dev -p DUMP",
                    ADDRESS + " +(\\S+) +(\\w{4}) +(\\w{4}:\\w{4}) *.*"),
            new Question(
                    "dev -d",
                    "(\\d+) +" + ADDRESS + " +(\\w+) +" + ADDRESS + " +(\\d+) +(\\d+) +(\\d+)",
                    "dev -d DUMP",
                    "(\\d+) +" + ADDRESS + " +(\\w+) +" + ADDRESS + " +(\\d+) +(\\d+) +(\\d+)"),
            new Question(
                    "timer -r",
                    "(\\d+) +(\\d+) +-?\\d+ +" + ADDRESS + " +\\w+ +<(\\w+)>",
                    "timer -r DUMP",
                    "\\d+ +\\w+ +(\\d+) +(\\d+) +-?\\d+ +" + ADDRESS + " +(\\w+)"),
            new Question(
                    "runq -t", "([1-9]\\d{5,}) +PID: (\\d+) .*", "runq -t DUMP", "\\d+ +\\d+ +(\\d{6,}) +(\\d+) .*"),
            new Question(
                    "runq -m",
                    "CPU (\\d+): \\[(.*)\\] +PID: (\\d+) .*",
                    "runq -m DUMP",
                    "(\\d+) +(\\d+ \\d\\S+) +(\\d+) .*"),
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
            new Question(
                    "net",
                    ADDRESS + " +(\\w+) +([0-9.]+).*",
                    "net DUMP",
                    ADDRESS + " +(\\w+) +true +\\d+ +([0-9.]+).*"),
            new Question("net -n 1", ADDRESS + " +(\\w+) .*", "net -n 1 DUMP", ADDRESS + " +(\\w+) .*"),
            new Question("net -N 1041236234", "(10\\S+)", "net -N 1041236234 DUMP", "\\d+ +(10\\S+)"),
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
            same("rd -S init_task 64", "rd DUMP -S init_task 64", "([0-9a-f]+): +(.*\\[.*\\].*)"),
            same("rd -R init_task 4", "rd DUMP -R init_task 4", "([0-9a-f]+): +(.*)"),
            same(
                    "struct rq.nr_running,curr runqueues:a",
                    "struct DUMP rq.nr_running,curr runqueues:a",
                    "(\\w+) = ([^,]*),?"),
            same("struct -r list_head modules", "struct -r DUMP list_head modules", "([0-9a-f]+): +(.*)"),
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
