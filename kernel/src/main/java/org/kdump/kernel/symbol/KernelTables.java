package org.kdump.kernel.symbol;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.Kallsyms;
import org.kdump.debuginfo.kallsyms.KallsymsLocation;
import org.kdump.debuginfo.kallsyms.KallsymsSearch;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds kallsyms in a dump: by VMCOREINFO, else by a search between the kernel's text and its data.
record KernelTables(VirtualMemory memory) {
    /// Symbols that VMCOREINFO gives with their own addresses (of `mem_section` it gives what is in it), and that
    /// kallsyms has under the same name.
    private static final String[] WITNESSES = {"_stext", "init_uts_ns", "prb", "init_top_pgt", "log_buf"};

    /// The name that VMCOREINFO has for x86_64's [#TOP_TABLE_IN_SOURCE].
    private static final String TOP_TABLE = "swapper_pg_dir";

    private static final String TOP_TABLE_IN_SOURCE = "init_top_pgt";

    /// The kernel's image with all its data has at most this size (arch/x86/include/asm/page_64_types.h,
    /// `KERNEL_IMAGE_SIZE`).
    private static final long LARGEST_IMAGE = 1L << 30;

    Kallsyms read() throws IOException {
        Vmcore vmcore = memory.vmcore();
        Optional<KallsymsLocation> told = told(vmcore.info());
        if (told.isPresent()) {
            return Kallsyms.read(
                    vmcore.name(), memory::read, told.get(), vmcore.elfClass(), vmcore.byteOrder(), known());
        }
        return search().orElseThrow(() -> new MalformedInputException(
                vmcore.name(),
                -1,
                "kallsyms",
                "",
                "the kernel's symbols are not in the dump: VMCOREINFO does not tell of them, and a search found none"));
    }

    private static Optional<KallsymsLocation> told(VmcoreInfo info) {
        OptionalLong names = info.symbol("kallsyms_names");
        OptionalLong offsets = info.symbol("kallsyms_offsets");
        if (names.isEmpty() || offsets.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new KallsymsLocation(
                names.getAsLong(),
                info.requireSymbol("kallsyms_num_syms"),
                info.requireSymbol("kallsyms_token_table"),
                info.requireSymbol("kallsyms_token_index"),
                offsets.getAsLong(),
                info.symbol("kallsyms_relative_base")));
    }

    /// Addresses of some symbols, by VMCOREINFO.
    Map<String, Long> known() {
        Map<String, Long> known = new LinkedHashMap<>();
        for (String witness : WITNESSES) {
            memory.vmcore().info().symbol(witness).ifPresent(address -> known.put(witness, address));
        }
        memory.vmcore().info().symbol(TOP_TABLE).ifPresent(address -> known.put(TOP_TABLE_IN_SOURCE, address));
        return known;
    }

    private Optional<Kallsyms> search() throws IOException {
        Vmcore vmcore = memory.vmcore();
        VmcoreInfo info = vmcore.info();
        // Without _stext the image begins where it may begin at most.
        long from = info.symbol("_stext").orElseGet(() -> info.requireSymbol(TOP_TABLE) & -LARGEST_IMAGE)
                & -vmcore.pageSize();
        KallsymsSearch search = new KallsymsSearch(vmcore.name(), memory::read, vmcore.elfClass(), vmcore.byteOrder());
        long[] others = known().values().stream()
                .mapToLong(address -> address)
                .filter(address -> address - from > vmcore.pageSize() && address - from < LARGEST_IMAGE)
                .sorted()
                .toArray();
        return others.length == 0 ? Optional.empty() : search.find(from, others[0], known());
    }
}
