package org.kdump.kernel.why;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The ways in which a kernel dies, each with what the log says of it and with the functions that are on the stack
/// then.
///
/// Sources: arch/x86/mm/fault.c, arch/x86/kernel/{traps,dumpstack,irq_64}.c, lib/{bug,list_debug}.c, kernel/{watchdog,
/// hung_task,panic,exit}.c, kernel/rcu/tree_stall.h, mm/oom_kill.c, arch/x86/kernel/cpu/mce/core.c,
/// drivers/tty/sysrq.c,
/// init/do_mounts.c.
public enum Failure {
    /// Someone asked for it.
    SYSRQ("crash on request", "someone asked for this crash, by sysrq", "Trigger a crash", "sysrq_handle_crash"),
    /// The stack was used up.
    STACK_OVERFLOW(
            "stack overflow",
            "the kernel's stack was used up",
            "stack guard page was hit|[Kk]ernel stack overflow|PANIC: double fault|Kernel stack is corrupted",
            "handle_stack_overflow",
            "exc_double_fault",
            "__stack_chk_fail"),
    /// A null pointer was used.
    NULL_POINTER("null pointer", "the kernel used a pointer that was null", "NULL pointer dereference"),
    /// A list did not hang together.
    LIST_CORRUPTION(
            "list corruption",
            "a list did not hang together: memory was overwritten, or used after it was freed",
            "list_(add|del) corruption|list_add double add|lib/list_debug\\.c",
            "__list_add_valid",
            "__list_add_valid_or_report",
            "__list_del_entry_valid",
            "__list_del_entry_valid_or_report"),
    /// An address was used that is not mapped.
    BAD_ADDRESS(
            "bad address",
            "the kernel used an address that is not mapped, or not allowed",
            "[Uu]nable to handle (page fault|kernel paging request|kernel)|kernel tried to execute",
            "page_fault_oops"),
    /// A pointer that is no address, most often.
    PROTECTION_FAULT(
            "general protection fault",
            "the kernel used what is no address, or did what the CPU forbids",
            "general protection fault",
            "exc_general_protection"),
    /// The kernel met what it holds impossible.
    BUG("kernel BUG", "the kernel met a state that its code holds impossible", "kernel BUG at", "handle_bug"),
    /// An instruction that the CPU does not have.
    INVALID_OPCODE(
            "invalid opcode", "the kernel came to an instruction that is none", "invalid opcode", "exc_invalid_op"),
    /// A CPU was kept busy in the kernel.
    SOFT_LOCKUP(
            "soft lockup", "a CPU did not leave the kernel's code for too long", "soft lockup", "watchdog_timer_fn"),
    /// A CPU was kept busy with interrupts off.
    HARD_LOCKUP(
            "hard lockup",
            "a CPU did not even take interrupts for too long",
            "hard LOCKUP|Hard LOCKUP",
            "watchdog_overflow_callback",
            "watchdog_hardlockup_check"),
    /// A task waited too long.
    HUNG_TASK(
            "hung task",
            "a task waited too long for something that it cannot give up",
            "blocked .*for more than|hung_task",
            "watchdog"),
    /// RCU could not go on.
    RCU_STALL("RCU stall", "a CPU or task held up RCU for too long", "RCU Stall|rcu\\S*.* stall", "panic_on_rcu_stall"),
    /// No memory was left.
    OUT_OF_MEMORY(
            "out of memory",
            "no memory was left, and a panic was asked for in that case",
            "oom-killer|[Oo]ut of memory",
            "out_of_memory"),
    /// The hardware told of an error.
    MACHINE_CHECK(
            "machine check",
            "the hardware told of an error that it could not correct",
            "[Mm]achine [Cc]heck|[Hh]ardware (memory )?[Ee]rror|broadcast exception|exception on other CPUs",
            "mce_panic",
            "do_machine_check"),
    /// An interrupt that cannot be masked, which nobody knew.
    NMI("NMI", "the hardware or an administrator sent an interrupt that cannot be masked", "NMI", "default_do_nmi"),
    /// The first process ended.
    INIT_DIED("init died", "the first process of the system ended", "Attempted to kill init", "do_exit"),
    /// There was nothing to boot from.
    NO_ROOT(
            "no root file system",
            "there was no root file system to boot from, or no init on it",
            "Unable to mount root fs|No working init found|Requested init",
            "mount_root_generic"),
    /// A warning, where a panic was asked for in that case.
    WARNING(
            "warning",
            "the kernel warned, and a panic was asked for in that case",
            "panic_on_warn",
            "check_panic_on_warn"),
    /// Another oops.
    OOPS(
            "oops",
            "the kernel met an error of its own",
            "BUG: |Oops|Internal error|divide error|stack segment",
            "oops_end"),
    /// A panic for another reason.
    PANIC("panic", "the kernel gave up", "Kernel panic", "panic", "vpanic"),
    /// None of these.
    NONE(
            "no crash",
            "there is no sign that the kernel failed: the dump was taken from outside, or its log is lost",
            "(?!)");

    private final String label;
    private final String sentence;
    private final Pattern message;
    private final List<String> functions;

    Failure(String label, String sentence, String message, String... functions) {
        this.label = label;
        this.sentence = sentence;
        this.message = Pattern.compile(message);
        this.functions = List.of(functions);
    }

    /// Its name for users: `null pointer`.
    public String label() {
        return label;
    }

    /// What it is, without a full stop.
    public String sentence() {
        return sentence;
    }

    /// Its name for programs, which stays as it is: `null_pointer`.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whether it is the code that was interrupted last that failed, and not the one that called `panic`.
    boolean interrupts() {
        return switch (this) {
            case SYSRQ, HUNG_TASK, OUT_OF_MEMORY, INIT_DIED, NO_ROOT, PANIC, NONE -> false;
            case STACK_OVERFLOW,
                    NULL_POINTER,
                    LIST_CORRUPTION,
                    BAD_ADDRESS,
                    PROTECTION_FAULT,
                    BUG,
                    INVALID_OPCODE,
                    SOFT_LOCKUP,
                    HARD_LOCKUP,
                    RCU_STALL,
                    MACHINE_CHECK,
                    NMI,
                    WARNING,
                    OOPS -> true;
        };
    }

    /// What the log tells of; empty if that is nothing.
    ///
    /// @param lines what it says, the most telling line first
    static Optional<Failure> toldBy(List<String> lines) {
        for (String line : lines) {
            for (Failure failure : values()) {
                if (failure.message.matcher(line).find()) {
                    return Optional.of(failure);
                }
            }
        }
        return Optional.empty();
    }

    /// What the stack of the task tells that crashed the machine; [#NONE] if that is nothing.
    ///
    /// @param functions the names of its functions, the innermost first
    static Failure shownBy(List<String> functions) {
        for (Failure failure : values()) {
            if (failure.functions.stream().anyMatch(functions::contains)) {
                return failure;
            }
        }
        return NONE;
    }
}
