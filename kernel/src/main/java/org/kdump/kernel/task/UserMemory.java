package org.kdump.kernel.task;

import java.io.IOException;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.Paging;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// The virtual memory that a process sees.
public final class UserMemory {
    private UserMemory() {}

    /// That of the process that a `struct mm_struct` belongs to, by its page tables (`pgd`).
    ///
    /// @throws MemoryFault if these are not in the dump
    /// @throws MalformedInputException if the kernel's types lack `pgd`
    /// @throws IOException if the dump cannot be read
    public static VirtualMemory of(Struct memory) throws IOException {
        VirtualMemory kernel = memory.type().memory().memory();
        long tables = memory.number("pgd");
        return switch (kernel.space().translate(tables)) {
            case Translation.Mapped mapped ->
                new VirtualMemory(kernel.vmcore(), Paging.of(kernel.vmcore()).rootedAt(mapped.physicalAddress()));
            case Translation.Unmapped unmapped -> throw new MemoryFault(tables, unmapped.message());
        };
    }

    /// That of a task; empty if it has none.
    ///
    /// @throws IOException as [#of(Struct)]
    public static Optional<VirtualMemory> of(Task task) throws IOException {
        Optional<Struct> memory = task.memory();
        return memory.isPresent() ? Optional.of(of(memory.get())) : Optional.empty();
    }
}
