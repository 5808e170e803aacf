package org.kdump.capture;

import java.util.OptionalLong;
import org.kdump.vmcore.VmcoreInfo;

/// What is known of the crashed kernel's variables and types.
///
/// VMCOREINFO is the first source, and the only one so far: it has what tells pages apart, and the zones' counters, but
/// `vm_node_stat` and its items only a kernel's symbols and types have. Another source is one more implementation of
/// this, asked where VMCOREINFO is silent: [#or].
interface KernelFacts {
    /// The address of a variable.
    OptionalLong symbol(String name);

    /// The value of an enumerator.
    OptionalLong enumerator(String name);

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
        };
    }

    /// These, and others where these are silent.
    default KernelFacts or(KernelFacts others) {
        KernelFacts first = this;
        return new KernelFacts() {
            @Override
            public OptionalLong symbol(String name) {
                OptionalLong found = first.symbol(name);
                return found.isPresent() ? found : others.symbol(name);
            }

            @Override
            public OptionalLong enumerator(String name) {
                OptionalLong found = first.enumerator(name);
                return found.isPresent() ? found : others.enumerator(name);
            }
        };
    }
}
