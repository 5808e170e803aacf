package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.diskdump.SplitVmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The crashed kernel's `utsname`, for the header of a dump of it.
final class SourceName {
    private SourceName() {}

    /// That of the source's header or of the kernel's memory; what cannot be had is made up from VMCOREINFO.
    static Utsname of(Vmcore source) {
        if (source instanceof DiskdumpVmcore dump) {
            return dump.header().utsname();
        }
        if (source instanceof SplitVmcore parts) {
            return parts.utsname();
        }
        Utsname madeUp = new Utsname(
                "Linux",
                "",
                source.info().release().orElse(""),
                "",
                source.architecture().kernelName(),
                "");
        try {
            Utsname found = read(VirtualMemory.kernel(source));
            // Readers take the layout of the file from the machine's name, so a damaged one must not get there.
            return Architecture.ofUtsname(found.machine()) == source.architecture() ? found : madeUp;
        } catch (IOException | MalformedInputException unknown) {
            return madeUp;
        }
    }

    private static Utsname read(VirtualMemory memory) throws IOException {
        VmcoreInfo info = memory.vmcore().info();
        long address = Utsname.address(info).orElseGet(() -> info.requireSymbol("init_uts_ns"));
        byte[] bytes = memory.bytes(address, Utsname.SIZE);
        return Utsname.read(new ByteCursor(
                memory.vmcore().name(),
                address,
                "new_utsname",
                MemorySegment.ofArray(bytes),
                memory.vmcore().byteOrder()));
    }
}
