package org.kdump.kernel.unwind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tasks whose stacks have the same addresses in them.
///
/// @param stacks in the order in which they were given
public record StackGroup(List<TaskStack> stacks) {
    /// Copies the list.
    public StackGroup {
        stacks = List.copyOf(stacks);
    }

    /// Puts stacks together, the largest group first.
    public static List<StackGroup> of(List<TaskStack> stacks) {
        Map<List<Long>, List<TaskStack>> groups = new LinkedHashMap<>();
        for (TaskStack stack : stacks) {
            List<Long> key =
                    stack.backtrace().frames().stream().map(StackFrame::address).toList();
            groups.computeIfAbsent(key, empty -> new ArrayList<>()).add(stack);
        }
        return groups.values().stream()
                .map(StackGroup::new)
                .sorted(Comparator.comparing((StackGroup group) -> -group.stacks.size()))
                .toList();
    }

    /// The first's stack, in which all but the places on the stacks is the same for all.
    public Backtrace backtrace() {
        return stacks.getFirst().backtrace();
    }
}
