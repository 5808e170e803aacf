package org.kdump.cli;

import java.util.List;
import java.util.Locale;

/// The kernel's scheduling policies, `SCHED_…` (include/uapi/linux/sched.h).
final class SchedulingPolicy {
    /// By their numbers; the fifth never came.
    private static final List<String> NAMES =
            List.of("NORMAL", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE", "EXT");

    private SchedulingPolicy() {}

    static String name(int policy) {
        return policy >= 0 && policy < NAMES.size() ? NAMES.get(policy) : "UNKNOWN";
    }

    /// Whether a list of numbers and names, as `ps -y` has it, names a policy.
    static boolean isIn(Verb verb, String list, int policy) {
        boolean found = false;
        for (String word : list.split(",")) {
            int named =
                    word.matches("\\d{1,2}") ? Integer.parseInt(word) : NAMES.indexOf(word.toUpperCase(Locale.ROOT));
            if (named < 0 || named >= NAMES.size()) {
                throw verb.misuse("-y " + word + ": there is no such policy, only " + NAMES);
            }
            found |= named == policy;
        }
        return found;
    }
}
