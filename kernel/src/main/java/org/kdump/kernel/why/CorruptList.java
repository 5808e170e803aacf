package org.kdump.kernel.why;

/// A list or tree of the kernel that does not hang together.
///
/// @param what which one, for users: `the list of modules`
/// @param address of the node where that shows; of the list's head if it shows nowhere in
///     particular
/// @param problem what is wrong, a part of a sentence: `its prev is 0x…, not …`
public record CorruptList(String what, long address, String problem) {}
