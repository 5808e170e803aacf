package org.kdump.vmcore.repair;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.Note;
import org.kdump.vmcore.ForwardingVmcore;
import org.kdump.vmcore.MemoryScan;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.Paging;

/// Finds in a dump's memory what its VMCOREINFO note should tell, where that is damaged or not there.
///
/// The kernel's own copy of the note is in its memory; where that is lost too, the page tables are found by what they
/// map.
public final class Repair {
    private Repair() {}

    /// The dump with a VMCOREINFO that fits its memory; the dump itself if its own does, or if nothing better is found.
    ///
    /// What was done is one of the [Vmcore#problems].
    ///
    /// @throws IOException if the dump cannot be read
    public static Vmcore of(Vmcore vmcore) throws IOException {
        if (fits(vmcore)) {
            return vmcore;
        }
        for (VmcoreInfoSearch.Found found : new VmcoreInfoSearch(MemoryScan.of(vmcore)).all()) {
            VmcoreInfo info = new VmcoreInfo(vmcore.name(), found.note().text());
            String place = "0x" + Long.toHexString(found.note().offset());
            Vmcore repaired =
                    new Repaired(vmcore, info, why(vmcore) + "; the kernel's own copy at " + place + " is used");
            if (fits(repaired)) {
                return repaired;
            }
        }
        return solved(vmcore);
    }

    /// The dump with another VMCOREINFO.
    ///
    /// @param problem why, a sentence for [Vmcore#problems]
    public static Vmcore with(Vmcore vmcore, VmcoreInfo info, String problem) {
        return new Repaired(vmcore, info, problem);
    }

    private static Vmcore solved(Vmcore vmcore) throws IOException {
        if (Paging.fits(vmcore)) {
            return vmcore;
        }
        Optional<String> lines = Paging.solve(vmcore);
        return lines.isEmpty()
                ? vmcore
                : new Repaired(
                        vmcore,
                        vmcore.info().corrected(lines.get()),
                        why(vmcore) + "; the kernel's page tables were found in memory");
    }

    /// Of a note that was cut off the page tables may fit and all else be missing.
    private static boolean fits(Vmcore vmcore) throws IOException {
        return Paging.fits(vmcore) && vmcore.info().symbol("init_uts_ns").isPresent();
    }

    private static String why(Vmcore vmcore) {
        return vmcore.info().isEmpty() ? "the dump has no VMCOREINFO" : "VMCOREINFO does not fit the dump's memory";
    }

    private record Repaired(Vmcore source, VmcoreInfo info, String problem) implements ForwardingVmcore {
        @Override
        public long read(long physicalAddress, MemorySegment target) throws IOException {
            return source.read(physicalAddress, target);
        }

        @Override
        public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
            return source.map(physicalAddress, length, arena);
        }

        /// With what was found in place of the note, so that a copy of the dump is sound.
        @Override
        public List<Note> notes() {
            List<Note> all = new ArrayList<>(source.notes());
            all.removeIf(note -> note.name().equals(VmcoreInfo.NOTE_NAME));
            byte[] text = info.text().getBytes(ISO_8859_1);
            all.add(new Note(VmcoreInfo.NOTE_NAME, 0, MemorySegment.ofArray(text), -1));
            return List.copyOf(all);
        }

        @Override
        public List<String> problems() {
            List<String> all = new ArrayList<>(source.problems());
            all.add(problem);
            return List.copyOf(all);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
