package org.kdump.cli;

import java.io.IOException;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;

/// `kdump list`: the entries of a linked list.
final class ListCommand extends EntriesVerb {
    private final Supplier<String> start =
            argument(String.class, "START", "The first entry's address (hexadecimal), or a symbol.");

    private final Supplier<String> offset = option(
            String.class, "-o", "OFFSET|STRUCT.MEMBER", "Where in an entry the pointer to the next one is.", "0");

    private final Supplier<Boolean> head =
            flag("-H", "START is a list_head that is in no entry, and entries are linked by a list_head.");

    private final Supplier<Boolean> entry =
            flag("--entry", "START is an entry, and the pointers go from link to link.");

    private final Supplier<String> end = option(String.class, "-e", "ADDRESS", "Where to end.");

    ListCommand() {
        super(
                "list",
                "Follow a linked list.",
                "",
                "It ends at 0, at START, at -e ADDRESS, or where it is corrupt: that is told.",
                "Examples: list DUMP -H modules -o module.list -s module.name",
                "list DUMP --entry init_task -o task_struct.tasks -s task_struct.pid,comm");
    }

    @Override
    Partial<Long> entries(Kernel kernel) throws IOException {
        long first = kernel.address(start.get());
        long link = offset(kernel, offset.get());
        long last = end.get() == null ? 0 : kernel.address(end.get());
        if (head.get()) {
            return Lists.addresses(kernel.memory(), kernel.memory().word(first), 0, first, last)
                    .map(address -> address - link);
        }
        if (entry.get()) {
            // From link to link: each points to the next one's link, and not to its start.
            return Lists.addresses(kernel.memory(), first + link, 0, 0, last).map(address -> address - link);
        }
        return Lists.addresses(kernel.memory(), first, link, 0, last);
    }
}
