package org.kdump.kernel.why;

import java.util.Optional;
import org.kdump.kernel.object.Struct;

/// A lock that tasks wait for.
///
/// @param kind its type's name: `mutex`, `rw_semaphore`
/// @param address of it
/// @param owner the task that has it, a `struct task_struct`; empty if none is known to
/// @param reader whether the owner has it to read: it may be one of many, and the last that came
public record HeldLock(String kind, long address, Optional<Struct> owner, boolean reader) {}
