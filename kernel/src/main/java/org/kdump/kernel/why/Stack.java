package org.kdump.kernel.why;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.kdump.kernel.unwind.StackFrame;

/// A stack without its noise: without what a dying kernel does on any stack, and without how a task falls asleep.
final class Stack {
    /// What compilers put behind a function's name, and change from build to build.
    private static final Pattern SUFFIX = Pattern.compile("(\\.(cold|isra|constprop|part|llvm)(\\.\\d+)*)+$");

    /// What is done to die, after it is known why.
    private static final Set<String> DYING = Set.of(
            "machine_kexec",
            "__crash_kexec",
            "crash_kexec",
            "panic",
            "vpanic",
            "nmi_panic",
            "nmi_panic_self_stop",
            "oops_end",
            "die",
            "__die",
            "die_addr",
            "no_context",
            "page_fault_oops",
            "bad_area_nosemaphore",
            "__bad_area_nosemaphore",
            "kernelmode_fixup_or_oops",
            "do_kern_addr_fault",
            "do_user_addr_fault",
            "do_trap",
            "do_error_trap",
            "report_bug",
            "handle_bug",
            "__warn",
            "check_panic_on_warn",
            "warn_slowpath_fmt",
            "check_panic_on_oom",
            "handle_stack_overflow",
            "mce_panic");

    private static final Set<String> SLEEPING = Set.of(
            "__schedule",
            "schedule",
            "schedule_timeout",
            "schedule_timeout_uninterruptible",
            "schedule_preempt_disabled",
            "preempt_schedule_common",
            "io_schedule",
            "io_schedule_timeout",
            "schedule_hrtimeout_range",
            "schedule_hrtimeout_range_clock");

    /// What looks at data for its callers, and is not to blame for what it finds (lib/list_debug.c,
    /// mm/usercopy.c, lib/refcount.c, lib/string_helpers.c).
    private static final Set<String> CHECKING = Set.of(
            "__list_add_valid",
            "__list_add_valid_or_report",
            "__list_del_entry_valid",
            "__list_del_entry_valid_or_report",
            "usercopy_abort",
            "__check_object_size",
            "refcount_warn_saturate",
            "fortify_panic",
            "__fortify_panic");

    private Stack() {}

    /// A function's name as it is in the source.
    static String name(StackFrame frame) {
        return SUFFIX.matcher(frame.function()).replaceFirst("");
    }

    /// The part of a stack that tells what was being done.
    ///
    /// @param interrupted whether the code that was interrupted failed, and not the one that called `panic`
    static List<StackFrame> telling(List<StackFrame> frames, boolean interrupted) {
        int first = 0;
        while (first < frames.size() && isNoise(frames.get(first))) {
            first++;
        }
        int dying = lastOf(frames, DYING);
        for (int i = dying + 1; interrupted && dying >= 0 && i < frames.size(); i++) {
            if (frames.get(i).interrupted()) {
                return blamed(frames.subList(i, frames.size()));
            }
        }
        List<StackFrame> rest = first == frames.size() ? frames : frames.subList(first, frames.size());
        return interrupted ? blamed(rest) : rest;
    }

    private static List<StackFrame> blamed(List<StackFrame> frames) {
        int first = 0;
        while (first < frames.size() && CHECKING.contains(name(frames.get(first)))) {
            first++;
        }
        return first == frames.size() ? frames : frames.subList(first, frames.size());
    }

    private static boolean isNoise(StackFrame frame) {
        String name = name(frame);
        return DYING.contains(name) || SLEEPING.contains(name);
    }

    private static int lastOf(List<StackFrame> frames, Set<String> names) {
        for (int i = frames.size() - 1; i >= 0; i--) {
            if (names.contains(name(frames.get(i)))) {
                return i;
            }
        }
        return -1;
    }
}
