package org.kdump.kexec;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;

/// The elfcorehdr: ELF headers that tell the capture kernel where the crashed one's memory is (read by
/// `fs/proc/vmcore.c`).
///
/// ```
/// Elf64_Ehdr, ET_CORE
/// PT_NOTE     one for each CPU's crash_notes, one for VMCOREINFO
/// PT_LOAD     the kernel's text mapping
/// PT_LOAD     one for each run of RAM, at its address in the mapping of all memory
/// ```
///
/// An offset is a physical address: that of the segment itself, or where its content was saved, for the backup
/// region.
final class ElfCoreHeader {
    private static final int ALL = ProgramHeader.PF_R | ProgramHeader.PF_W | ProgramHeader.PF_X;

    private static final long HALF = 0xffff_ffffL;

    private ElfCoreHeader() {}

    /// Bytes that it takes.
    static long size(ElfClass elfClass, List<AddressRange> notes, List<AddressRange> ram) {
        return ElfCoreHeaders.size(elfClass, notes.size() + 1 + ram.size());
    }

    /// @param elfClass of 32 bits has of virtual addresses the lower half, as kexec-tools writes it; what reads such a
    ///     dump goes by VMCOREINFO in any case
    /// @param for32BitKernel whether a 32-bit kernel reads it: of ELF32 headers it takes only those of its own
    ///     machine, of ELF64 ones those of x86_64 too (`vmcore_elf_check_arch_cross` in
    ///     `arch/x86/include/asm/kexec.h`)
    /// @param notes where the notes lie, each a run
    /// @param ram the runs to be dumped; the one that is backed up stands alone among them
    /// @param backup where low memory lies, and where it is saved
    static byte[] encode(
            ElfClass elfClass,
            boolean for32BitKernel,
            KernelMapping mapping,
            List<AddressRange> notes,
            List<AddressRange> ram,
            Backup backup)
            throws KexecException {
        long mask = elfClass == ElfClass.ELF32 ? HALF : -1;
        List<ProgramHeader> segments = new ArrayList<>();
        for (AddressRange note : notes) {
            segments.add(segment(ProgramHeader.PT_NOTE, 0, note.start(), 0, note));
        }
        var text = AddressRange.ofSize(mapping.textStart(), mapping.textSize());
        segments.add(segment(ProgramHeader.PT_LOAD, ALL, text.start(), mapping.textAddress() & mask, text));
        for (AddressRange run : ram) {
            long content = run.equals(backup.source()) ? backup.destination().start() : run.start();
            segments.add(segment(ProgramHeader.PT_LOAD, ALL, content, mapping.pageOffset() + run.start() & mask, run));
        }
        requireFitting(elfClass, segments);
        int machine = elfClass == ElfClass.ELF32 && for32BitKernel ? ElfHeader.EM_386 : ElfHeader.EM_X86_64;
        return ElfCoreHeaders.encode(elfClass, ByteOrder.LITTLE_ENDIAN, machine, segments);
    }

    private static void requireFitting(ElfClass elfClass, List<ProgramHeader> segments) throws KexecException {
        long highest = segments.stream()
                .mapToLong(segment -> Math.max(segment.offset(), segment.physicalAddress()) + segment.memorySize())
                .max()
                .orElse(0);
        if (elfClass == ElfClass.ELF32 && highest > HALF) {
            throw new KexecException("memory reaches up to " + Hex.of(highest)
                    + ", more than ELF32 headers can tell; leave out --elf32-core-headers");
        }
    }

    private static ProgramHeader segment(int type, int flags, long offset, long virtualAddress, AddressRange range) {
        return new ProgramHeader(type, flags, offset, virtualAddress, range.start(), range.size(), range.size(), 0);
    }
}
