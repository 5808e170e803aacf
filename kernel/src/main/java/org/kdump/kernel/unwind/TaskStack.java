package org.kdump.kernel.unwind;

import org.kdump.kernel.object.Struct;

/// A task with its stack.
///
/// @param task its `struct task_struct`
/// @param pid its number, 0 for an idle task
/// @param comm its name
/// @param cpu the CPU that it ran on, or ran on last
/// @param running whether it ran when the machine crashed
/// @param backtrace its frames
public record TaskStack(Struct task, int pid, String comm, int cpu, boolean running, Backtrace backtrace) {}
