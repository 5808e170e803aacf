package org.kdump.kernel.repair;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.VirtualMemory;
import org.kdump.vmcore.repair.Repair;

/// Opens dumps whose VMCOREINFO may be damaged or missing: what it should tell is found in the dump itself.
///
/// First the kernel's own copy of the note is looked for, then its page tables ([Repair]); where these alone are
/// found, its symbols by a search of its image, and by them its types, answer for the note.
public final class SoundDump {
    private SoundDump() {}

    /// Opens a dump of any format, or /proc/vmcore.
    ///
    /// @param files one, or the parts of a dump that was split
    /// @param problems takes a sentence if something had to be found
    /// @param given what a file knows of the kernel, for a dump that has no symbols or types of its own
    /// @throws MalformedInputException if it is no dump, or damaged so that nothing can be read
    /// @throws IOException if it cannot be read
    public static Vmcore open(List<Path> files, Consumer<String> problems, Optional<Namelist> given)
            throws IOException {
        Vmcore vmcore = VmcoreFile.open(files);
        try {
            Vmcore repaired = Repair.of(vmcore);
            if (repaired != vmcore) {
                problems.accept(repaired.problems().getLast());
            }
            return repaired.info().symbol("init_uts_ns").isPresent() ? repaired : completed(repaired, problems, given);
        } catch (IOException | RuntimeException | Error failure) {
            vmcore.close();
            throw failure;
        }
    }

    private static Vmcore completed(Vmcore vmcore, Consumer<String> problems, Optional<Namelist> given)
            throws IOException {
        try {
            VirtualMemory memory = VirtualMemory.kernel(vmcore);
            TypedMemory kernel = TypedMemory.of(memory, KernelSymbols.of(memory, given)::address, given);
            VmcoreInfo info = vmcore.info().corrected(release(kernel)).completedBy(new OwnFacts(kernel));
            return Repair.with(vmcore, info, "the kernel's own symbols and types answer for VMCOREINFO");
        } catch (IOException | MalformedInputException notThere) {
            problems.accept("nothing answers for VMCOREINFO: " + notThere.getMessage());
            return vmcore;
        }
    }

    private static String release(TypedMemory kernel) throws IOException {
        Optional<StructType> names = kernel.findStruct("uts_namespace");
        return names.isEmpty()
                ? ""
                : "OSRELEASE="
                        + names.get()
                                .at(kernel.symbol("init_uts_ns"))
                                .text("name.release")
                                .replaceAll("\\s", "")
                        + "\n";
    }
}
