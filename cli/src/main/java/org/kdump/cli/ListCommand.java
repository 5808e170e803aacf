package org.kdump.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;

/// `kdump list`: the entries of a linked list.
final class ListCommand extends EntriesVerb {
    private final Supplier<List<String>> words = arguments(
            String.class,
            "[OFFSET] START",
            "The first entry's address (hexadecimal), or a symbol; before it where in an entry the pointer is, as with"
                    + " -o.");

    private final Supplier<String> offset =
            option(String.class, "-o", "OFFSET|STRUCT.MEMBER", "Where in an entry the pointer to the next one is.");

    private final Supplier<Boolean> head =
            flag("-H", "START is a list_head that is in no entry, and entries are linked by a list_head.");

    private final Supplier<Boolean> entry =
            flag("-h --entry", "START is an entry, and the pointers go from link to link, of a list_head.");

    private final Supplier<String> headOffset = option(
            String.class,
            "-O",
            "OFFSET|STRUCT.MEMBER",
            "With -h: START has the list's head here, and is not itself such an entry.");

    private final Supplier<String> link = option(
            String.class,
            "-l",
            "OFFSET|STRUCT.MEMBER",
            "With -s: where in the struct the list_head is that START and the others are addresses of.");

    private final Supplier<Boolean> reverse = flag("-r", "Backwards, by the prev pointers of a list_head.");

    private final Supplier<Boolean> brent =
            flag("-B", "For scripts that say so: circles are found by Brent's way anyway.");

    private final Supplier<String> end = option(String.class, "-e", "ADDRESS", "Where to end.");

    ListCommand() {
        super(
                "list",
                "Follow a linked list.",
                "",
                "It ends at 0, at START, at -e ADDRESS, or where it is corrupt: that is told.",
                "Examples: list DUMP -H modules -o module.list -s module.name",
                "list DUMP -h init_task -o task_struct.tasks -s task_struct.pid,comm",
                "list DUMP task_struct.real_parent ffff8df8811fc180");
    }

    @Override
    Partial<Entry> entries(Kernel kernel) throws IOException {
        List<String> given = words.get();
        boolean both = given.size() == 2 && isOffset(given.getFirst()) && offset.get() == null;
        if (given.size() > 2 || given.size() == 2 && !both) {
            throw misuse("one START, and at most an OFFSET before it, are all that it takes");
        }
        long start = kernel.address(given.getLast());
        String where = both ? given.getFirst() : offset.get() == null ? "0" : offset.get();
        return addresses(kernel, start, offset(kernel, where)).map(Entry::at);
    }

    private Partial<Long> addresses(Kernel kernel, long start, long member) throws IOException {
        long last = end.get() == null ? 0 : kernel.address(end.get());
        // The other way's pointer is behind this one's in each list_head.
        long pointer = reverse.get() ? kernel.types().types().pointerSize() : 0;
        if (head.get() || headOffset.get() != null) {
            long first = headOffset.get() == null ? start : start + offset(kernel, headOffset.get());
            return Lists.addresses(kernel.memory(), kernel.memory().word(first + pointer), pointer, first, last)
                    .map(address -> address - member);
        }
        if (entry.get()) {
            // From link to link: each points to the next one's link, and not to its start.
            return Lists.addresses(kernel.memory(), start + member, pointer, 0, last)
                    .map(address -> address - member);
        }
        return Lists.addresses(kernel.memory(), start, member + pointer, 0, last);
    }

    @Override
    long inStruct(Kernel kernel) throws IOException {
        return link.get() == null ? 0 : offset(kernel, link.get());
    }
}
