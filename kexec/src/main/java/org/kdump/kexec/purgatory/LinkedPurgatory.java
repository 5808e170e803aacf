package org.kdump.kexec.purgatory;

/// Purgatory as it is loaded: relocated for one address, its parameters filled in.
///
/// @param image the bytes from the load address on; what `memorySize` has more is zero
/// @param entry the physical address to enter in 64-bit, identity-mapped mode
/// @param memorySize bytes of memory it needs from its load address on, `.bss` included; no multiple of a page
public record LinkedPurgatory(byte[] image, long entry, long memorySize) {}
