package org.kdump.kexec;

/// A module of a multiboot kernel, placed.
///
/// @param start physical address of its first byte
/// @param end physical address after its last byte
/// @param commandLine its name and what follows it
record MultibootModule(long start, long end, String commandLine) {}
