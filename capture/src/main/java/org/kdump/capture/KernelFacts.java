package org.kdump.capture;

import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.vmcore.VmcoreInfo;

/// What is known of the crashed kernel's variables and types.
///
/// VMCOREINFO is the first source: it has what tells pages apart, and the zones' counters. `vm_node_stat` and its items
/// only a kernel's symbols and types have ([TypedFacts]), which are asked where VMCOREINFO is silent: [#or].
interface KernelFacts {
    /// The address of a variable.
    OptionalLong symbol(String name);

    /// The value of an enumerator.
    OptionalLong enumerator(String name);

    /// The size of a struct, in bytes.
    OptionalLong size(String struct);

    /// The offset of a member in its struct, in bytes.
    ///
    /// @param member as VMCOREINFO has it, `hstate.order`
    OptionalLong offset(String member);

    /// What VMCOREINFO tells.
    static KernelFacts of(VmcoreInfo info) {
        return new KernelFacts() {
            @Override
            public OptionalLong symbol(String name) {
                return info.symbol(name);
            }

            @Override
            public OptionalLong enumerator(String name) {
                return info.number(name);
            }

            @Override
            public OptionalLong size(String struct) {
                return info.size(struct);
            }

            @Override
            public OptionalLong offset(String member) {
                return info.offset(member);
            }
        };
    }

    /// These, and others where these are silent.
    default KernelFacts or(KernelFacts others) {
        KernelFacts first = this;
        return new KernelFacts() {
            @Override
            public OptionalLong symbol(String name) {
                return either(first.symbol(name), () -> others.symbol(name));
            }

            @Override
            public OptionalLong enumerator(String name) {
                return either(first.enumerator(name), () -> others.enumerator(name));
            }

            @Override
            public OptionalLong size(String struct) {
                return either(first.size(struct), () -> others.size(struct));
            }

            @Override
            public OptionalLong offset(String member) {
                return either(first.offset(member), () -> others.offset(member));
            }
        };
    }

    private static OptionalLong either(OptionalLong found, Supplier<OptionalLong> other) {
        return found.isPresent() ? found : other.get();
    }
}
