package org.kdump.kernel.why;

import java.time.Duration;
import java.util.Optional;

/// A task that waits and cannot be interrupted (state D).
///
/// @param pid its number
/// @param comm its name
/// @param address of its `struct task_struct`
/// @param waited since it ran last; empty if this kernel does not note it
/// @param function where it waits; empty if its stack cannot be read
/// @param lock what it waits for; empty if that is no lock, or not found
public record WaitingTask(
        int pid, String comm, long address, Optional<Duration> waited, String function, Optional<HeldLock> lock) {}
