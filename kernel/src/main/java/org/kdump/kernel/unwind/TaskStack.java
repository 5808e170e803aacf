package org.kdump.kernel.unwind;

import org.kdump.kernel.object.Struct;

/// A task with its stack.
///
/// @param task its `struct task_struct`
/// @param pid its number, 0 for an idle task; -1 if the task cannot be read
/// @param comm its name
/// @param cpu the CPU that it ran on, or ran on last; -1 if the task cannot be read
/// @param state its state by crash's two letters (`RU`, `IN`, `UN`), empty if the task cannot be read
/// @param running whether it ran when the machine crashed
/// @param backtrace its frames
public record TaskStack(
        Struct task, int pid, String comm, int cpu, String state, boolean running, Backtrace backtrace) {}
