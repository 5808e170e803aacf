package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.Note;
import org.kdump.vmcore.ForwardingVmcore;
import org.kdump.vmcore.Vmcore;

/// A machine's memory as filters want it in the dump: some of it overwritten.
///
/// @param source the memory as it was
/// @param decisions what is overwritten
record ScrubbedVmcore(Vmcore source, FilterDecisions decisions) implements ForwardingVmcore {
    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long read = source.read(physicalAddress, target);
        decisions.overwrite(physicalAddress, target.asSlice(0, read));
        return read;
    }

    @Override
    public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        return decisions.touches(physicalAddress, length)
                ? Optional.empty()
                : source.map(physicalAddress, length, arena);
    }

    @Override
    public List<Note> notes() {
        return decisions.notes(source);
    }

    /// Does nothing: the source stays its owner's.
    @Override
    public void close() {}
}
