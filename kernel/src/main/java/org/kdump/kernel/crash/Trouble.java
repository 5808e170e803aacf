package org.kdump.kernel.crash;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a kernel prints first when it goes wrong, and the words by which a later panic refers to it.
///
/// Sources: lib/bug.c, arch/x86/mm/fault.c, arch/x86/kernel/{dumpstack,traps,nmi}.c,
/// arch/arm64/mm/fault.c, arch/arm64/kernel/traps.c, kernel/watchdog.c, kernel/hung_task.c,
/// kernel/rcu/tree_stall.h, drivers/tty/sysrq.c, mm/oom_kill.c, arch/x86/kernel/cpu/mce/core.c,
/// drivers/acpi/apei/ghes.c, kernel/panic.c, lib/list_debug.c.
enum Trouble {
    /// Someone asked for a crash. Older kernels write `sysrq: SysRq : Trigger a crash`.
    SYSRQ("sysrq: (SysRq : )?Trigger a crash", "sysrq"),
    SOFT_LOCKUP("((NMI )?watchdog: )?BUG: soft lockup.*", "softlockup"),
    HARD_LOCKUP(" hard LOCKUP", ".*[Ww]atchdog.* hard LOCKUP.*", "Hard LOCKUP"),
    HUNG_TASK("INFO: task .* blocked .*for more than .*", "hung_task"),
    RCU_STALL("(rcu: )?INFO: rcu\\S* (self-)?detected.* stall.*", "RCU Stall"),
    /// Each error is several lines, of which this is the first.
    MACHINE_CHECK(
            "[Hardware Error]: ",
            "(mce: |\\{\\d+\\})?\\[Hardware Error\\]: "
                    + "(CPU \\d+: Machine Check.*|Machine check events logged.*|Hardware error from APEI .*)",
            "machine check|[Hh]ardware (memory )?error|broadcast exception|exception on other CPUs"),
    OUT_OF_MEMORY(" invoked oom-killer: ", ".* invoked oom-killer: .*", "memory"),
    NON_MASKABLE_INTERRUPT("Uhhuh\\. NMI received .*|NMI: (PCI system|IOCK) .*", "NMI"),
    WARNING("WARNING: .*|BUG: (KASAN|KCSAN|KMSAN|KFENCE): .*|UBSAN: .*", "panic_on_warn"),
    OOPS(
            "BUG: .*|list_(add|del) (corruption|double add).*|kernel BUG at .*|Oops\\b.*|Internal error: .*"
                    + "|[Uu]nable to handle kernel .*|general protection fault.*|kernel tried to execute .*|(traps: )?PANIC: .*|stack guard page was hit .*|double fault: .*"
                    + "|divide error: .*|invalid opcode: .*|stack segment: .*",
            "Fatal exception");

    /// Where a machine check's error is: `__print_mce`.
    private static final Pattern ADDRESS = Pattern.compile("(?:mce: )?\\[Hardware Error\\]: (TSC .*)");

    private final String mark;
    private final Pattern line;
    private final Pattern words;

    Trouble(String line, String words) {
        this("", line, words);
    }

    /// @param mark what such a line contains; it spares nearly all lines a search from each of their characters
    Trouble(String mark, String line, String words) {
        this.mark = mark;
        this.line = Pattern.compile(line);
        this.words = Pattern.compile(words);
    }

    /// What a line adds to the one before, which tells of this trouble; empty if it adds nothing.
    Optional<String> more(String line) {
        if (this != MACHINE_CHECK) {
            return Optional.empty();
        }
        Matcher more = ADDRESS.matcher(line);
        return more.matches() ? Optional.of(more.group(1).strip()) : Optional.empty();
    }

    /// The trouble that a line of the log begins to tell of.
    static Optional<Trouble> toldBy(String line) {
        for (Trouble trouble : values()) {
            if (line.contains(trouble.mark) && trouble.line.matcher(line).matches()) {
                return Optional.of(trouble);
            }
        }
        return Optional.empty();
    }

    /// The trouble that a panic's message names as its reason.
    static Optional<Trouble> namedBy(String panic) {
        for (Trouble trouble : values()) {
            if (trouble.words.matcher(panic).find()) {
                return Optional.of(trouble);
            }
        }
        return Optional.empty();
    }
}
