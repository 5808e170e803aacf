package org.kdump.capture;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// What the crashed kernel's own symbols and types tell, from its memory: some 10 MB here while they are in use.
///
/// @param kernel its memory, typed
record TypedFacts(TypedMemory kernel) implements KernelFacts {
    /// Those of the kernel in `vmcore`.
    ///
    /// @throws MalformedInputException if the dump holds none, or they make no sense
    /// @throws IOException if the dump cannot be read
    static TypedFacts of(Vmcore vmcore) throws IOException {
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        KernelSymbols symbols = KernelSymbols.of(memory);
        return new TypedFacts(TypedMemory.of(memory, symbols::address));
    }

    @Override
    public OptionalLong symbol(String name) {
        return kernel.findSymbol(name);
    }

    @Override
    public OptionalLong enumerator(String name) {
        return kernel.types().enumerator(name);
    }

    @Override
    public OptionalLong size(String struct) {
        return number(kernel.findStruct(struct).map(StructType::size));
    }

    @Override
    public OptionalLong offset(String member) {
        int dot = member.indexOf('.');
        return number(kernel.findStruct(member.substring(0, dot))
                .flatMap(struct -> struct.find(member.substring(dot + 1)))
                .map(Member::offset));
    }

    private static OptionalLong number(Optional<Long> found) {
        return found.map(OptionalLong::of).orElse(OptionalLong.empty());
    }
}
