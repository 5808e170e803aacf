package org.kdump.kernel.unwind;

/// A stack of a CPU's own, which the tasks that run on it share.
///
/// @param cpu the CPU's number
/// @param name what it is for, as crash names it: `IRQ`, `NMI exception`, `ENTRY`
/// @param low its lowest address
/// @param high the first address behind it, where it begins
public record CpuStack(int cpu, String name, long low, long high) {}
