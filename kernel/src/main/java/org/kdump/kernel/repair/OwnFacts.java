package org.kdump.kernel.repair;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.VmcoreInfo;

/// What VMCOREINFO tells of a kernel, by the symbols and types that are in the dump itself.
record OwnFacts(TypedMemory kernel) implements VmcoreInfo.Facts {
    /// What VMCOREINFO calls the lengths of two texts in another struct (kernel/printk/printk.c,
    /// `log_buf_vmcoreinfo_setup`).
    private static final String DEVICE = "printk_info_";

    @Override
    public OptionalLong symbol(String name) {
        return kernel.findSymbol(name);
    }

    @Override
    public OptionalLong offset(String member) {
        Optional<Member> found = member(member);
        return found.isPresent() ? OptionalLong.of(found.get().offset()) : OptionalLong.empty();
    }

    /// @param path `STRUCT.MEMBER`
    private Optional<Member> member(String path) {
        int dot = path.indexOf('.');
        return dot < 0
                ? Optional.empty()
                : kernel.findStruct(path.substring(0, dot)).flatMap(type -> type.find(path.substring(dot + 1)));
    }

    @Override
    public OptionalLong size(String name) {
        Optional<StructType> type = kernel.findStruct(name);
        return type.isPresent() ? OptionalLong.of(type.get().size()) : OptionalLong.empty();
    }

    @Override
    public OptionalLong length(String name) {
        Optional<Member> array =
                name.startsWith(DEVICE) ? member("dev_printk_info." + name.substring(DEVICE.length())) : member(name);
        OptionalInt type =
                array.isPresent() ? OptionalInt.of(array.get().place().type()) : OptionalInt.empty();
        return type.isPresent()
                        && kernel.types().type(kernel.types().resolve(type.getAsInt())) instanceof BtfType.Array is
                ? OptionalLong.of(is.count())
                : OptionalLong.empty();
    }

    @Override
    public OptionalLong number(String name) {
        return kernel.types().enumerator(name);
    }
}
