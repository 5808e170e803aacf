package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.AddressOwner;
import org.kdump.kernel.memory.PageFrame;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;

/// `kdump kmem`: the kernel's memory.
final class KmemCommand extends TableVerb {
    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "ADDRESS|NAME",
            "With no option: what the address belongs to. With -s and -S: names of caches, or addresses in their slabs"
                    + " (-s list: names alone). With -f, -p, -m and -v: only what has the address. With -g: flags.");

    private final Supplier<Boolean> info = flag("-i", "How much memory there is, and what for.");

    private final Supplier<Boolean> slabs = flag("-s", "The slab caches.");

    private final Supplier<Boolean> objects = flag(
            "-S",
            "The objects of the caches that are named, or of all: in slabs that are on lists, then in full ones, which"
                    + " crash leaves out.");

    private final Supplier<String> ignored =
            option(String.class, "-I", "NAME,...", "With -s and -S: leave these caches out.");

    private final Supplier<Boolean> free = flag("-f", "The free lists of each zone.");

    private final Supplier<Boolean> freePages = flag("-F", "As -f, with the first page of each block.");

    private final Supplier<Boolean> pages =
            flag("-p", "All page frames, or that of each ADDRESS, which may also be of a struct page.");

    private final Supplier<String> members =
            option(String.class, "-m", "MEMBER,...", "As -p, but these members of struct page.");

    private final Supplier<Boolean> physical = flag("-P", "ADDRESS is physical.");

    private final Supplier<Boolean> flags =
            flag("-g", "What the bits of page.flags mean, or those of the flags given.");

    private final Supplier<Boolean> vmalloc = flag("-v", "What is mapped by vmalloc.");

    private final Supplier<Boolean> counters = flag("-V", "The counters of zones, nodes and events.");

    private final Supplier<Boolean> zones = flag("-z", "The zones of each node.");

    private final Supplier<Boolean> nodes = flag("-n", "The nodes, sections and blocks of memory.");

    private final Supplier<Boolean> perCpu = flag("-o", "Where each CPU's variables are.");

    private final Supplier<Boolean> huge = flag("-h --hugepages", "The pools of huge pages.");

    private final Supplier<Boolean> roots = flag("-r", "Not of these kernels: caches had children until Linux 5.9.");

    KmemCommand() {
        super(
                "kmem",
                "Say what the kernel's memory is used for, or what an address belongs to.",
                "",
                "crash's -c and -C are for kernels before 2.6. What is shared is always in -i, for a counter has it: -i=shared"
                        + " is not needed.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        KmemTables tables = new KmemTables(kernel);
        if (roots.get()) {
            throw new IOException("this kernel's slab caches have no children (slab_root_caches): see kmem -s");
        } else if (info.get()) {
            return tables.info();
        } else if (slabs.get()) {
            return tables.slabs(words.get(), ignored());
        } else if (free.get() || freePages.get()) {
            return tables.free(freePages.get(), frames(kernel));
        } else if (flags.get()) {
            return tables.flags(words.get());
        } else if (vmalloc.get()) {
            return tables.vmalloc(addresses(kernel));
        } else if (counters.get()) {
            return tables.counters();
        } else if (zones.get()) {
            return tables.zones();
        } else if (nodes.get()) {
            return tables.nodes();
        } else if (perCpu.get()) {
            return tables.perCpu();
        } else if (huge.get()) {
            return tables.huge();
        } else if (words.get().isEmpty()) {
            throw misuse("-i, -s, -S, -f, -F, -p, -m, -v, -V, -n, -z, -o, -h, -g, or which address?");
        }
        return owners(kernel);
    }

    private Set<String> ignored() {
        return ignored.get() == null ? Set.of() : Set.of(ignored.get().split(","));
    }

    /// The addresses that were given, physical ones as the kernel has them mapped.
    private List<Long> addresses(Kernel kernel) throws IOException {
        List<Long> all = new ArrayList<>();
        for (String word : words.get()) {
            long address = kernel.address(word);
            boolean isPhysical = physical.get() || address >= 0;
            all.add(isPhysical ? AddressCommand.mapped(kernel, address) : address);
        }
        return all;
    }

    private Set<Long> frames(Kernel kernel) throws IOException {
        Set<Long> frames = new HashSet<>();
        for (String word : words.get()) {
            frames.add(PageRows.of(kernel).frame(kernel.address(word), physical.get()));
        }
        return frames;
    }

    /// `address`, `kind` (`symbol`, `slab`, `vmalloc`, `stack`, `task`, `per-cpu`, `free`, `page`), `what`,
    /// `offset`.
    private List<Map<String, Object>> owners(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (long address : addresses(kernel)) {
            for (AddressOwner owner :
                    AddressOwner.of(kernel.types(), kernel.kernelSymbols(), kernel.perCpu(), kernel.tasks(), address)) {
                rows.add(Table.row(
                        "address", Json.address(address),
                        "kind", owner.kind(),
                        "what", owner.what(),
                        "offset", owner.offset()));
            }
        }
        return rows;
    }

    @Override
    boolean streams() {
        return pages.get() || members.get() != null || objects.get();
    }

    /// Page frames have the columns of [PageRows], with -m `page` and the members by their paths.
    @Override
    void stream(Kernel kernel, RowStream rows) throws IOException {
        if (objects.get()) {
            new KmemTables(kernel).objects(words.get(), ignored(), rows);
            return;
        }
        PageRows frames = PageRows.of(kernel);
        Set<Long> wanted = frames(kernel);
        List<Member> chosen = new ArrayList<>();
        for (String path : members.get() == null ? new String[0] : members.get().split(",")) {
            chosen.add(frames.map().page().member(path));
        }
        if (!wanted.isEmpty()) {
            for (long frame : wanted) {
                rows.add(row(
                        frames,
                        PageFrame.at(kernel.types(), frames.map(), frames.map().address(frame)),
                        chosen));
            }
            return;
        }
        PageFrame.forEach(kernel.types(), frames.map(), frame -> rows.add(row(frames, frame, chosen)));
    }

    private static Map<String, Object> row(PageRows frames, PageFrame frame, List<Member> chosen) throws IOException {
        if (chosen.isEmpty()) {
            return frames.row(frame);
        }
        Map<String, Object> row = Table.row("page", Json.address(frame.address()));
        for (Member member : chosen) {
            String text = ValueText.of(ValueReader.read(member, frame.address()), true, 0, word -> "");
            row.put(member.path(), text.replaceAll("\\s+", " "));
        }
        return row;
    }
}
