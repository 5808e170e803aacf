package org.kdump.debuginfo.kallsyms;

import java.util.OptionalLong;

/// Where a kernel's symbol tables are in its memory: virtual addresses.
///
/// VMCOREINFO tells them since Linux 6.0 (commit 5fd8fea935a1, "vmcoreinfo: include kallsyms symbols"); else
/// [KallsymsSearch] finds them. Their order and alignment have changed more than once and are not relied on.
///
/// @param names `kallsyms_names`
/// @param count `kallsyms_num_syms`, an `unsigned int`
/// @param tokenTable `kallsyms_token_table`
/// @param tokenIndex `kallsyms_token_index`, 256 numbers of 16 bits
/// @param offsets `kallsyms_offsets`, a number of 32 bits for each symbol
/// @param relativeBase `kallsyms_relative_base`, an `unsigned long`; none since Linux 7.0
public record KallsymsLocation(
        long names, long count, long tokenTable, long tokenIndex, long offsets, OptionalLong relativeBase) {}
