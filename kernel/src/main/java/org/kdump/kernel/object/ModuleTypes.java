package org.kdump.kernel.object;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// The types that a module brings, as the kernel keeps them: split BTF over its own (struct btf_module,
/// kernel/bpf/btf.c;
/// since Linux 5.11, commit 36e68442d1af, "bpf: Load and verify kernel module BTFs"). Nothing is read before [#read].
///
/// @param module the module's name
/// @param memory the kernel's, with its own types
/// @param address where the split BTF is
/// @param size its bytes
public record ModuleTypes(String module, TypedMemory memory, long address, long size) {
    /// The loaded modules that bring types, the newest last; none if the kernel keeps none.
    ///
    /// @param kernel with the kernel's types
    /// @throws IOException if the dump cannot be read
    public static Partial<ModuleTypes> of(TypedMemory kernel) throws IOException {
        Optional<StructType> type = kernel.findStruct("btf_module");
        if (type.isEmpty() || kernel.findSymbol("btf_modules").isEmpty()) {
            return Partial.whole(List.of());
        }
        Partial<Struct> nodes = Lists.entries(type.get(), "list", kernel.symbol("btf_modules"));
        List<ModuleTypes> all = new ArrayList<>();
        Optional<String> problem = nodes.problem();
        for (Struct node : nodes.items()) {
            try {
                Optional<Struct> btf = node.follow("btf");
                if (btf.isPresent()) {
                    all.add(of(kernel, btf.get()));
                }
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a module's types cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    private static ModuleTypes of(TypedMemory kernel, Struct btf) throws IOException {
        return new ModuleTypes(btf.text("name"), kernel, btf.number("data"), btf.number("data_size"));
    }

    /// The module's types over the kernel's.
    ///
    /// @throws MalformedInputException if they make no sense
    /// @throws MemoryFault if they are not in the dump
    /// @throws IOException if the dump cannot be read
    public Btf read() throws IOException {
        String name = memory.memory().vmcore().name() + ": BTF of module " + module;
        return Btf.split(name, KernelBtf.bytes(memory.memory(), address, size), memory.types());
    }
}
