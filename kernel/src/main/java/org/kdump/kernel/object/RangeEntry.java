package org.kdump.kernel.object;

/// What a maple tree or an xarray holds for a range of indices.
///
/// @param first the first index, unsigned
/// @param last the last index, unsigned
/// @param value the pointer, or the value as it stands in the slot
public record RangeEntry(long first, long last, long value) {}
