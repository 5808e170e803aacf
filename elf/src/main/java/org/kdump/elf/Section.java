package org.kdump.elf;

import java.lang.foreign.MemorySegment;

/// A section with its name and, where it has any in the file, its bytes.
///
/// @param index its place in the section header table
/// @param name its name, empty for none
/// @param header its header
/// @param bytes its contents, empty for `SHT_NOBITS` and `SHT_NULL`
public record Section(int index, String name, SectionHeader header, MemorySegment bytes) {}
