package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// The parts of one dump that was split into several kdump-compressed files, as one. Each part has the headers and the
/// bitmaps of all, and the pages from `start_pfn` to before `end_pfn`. Safe for use by several threads.
public final class SplitVmcore implements Vmcore {
    private final List<DiskdumpVmcore> parts;
    private final DiskdumpVmcore first;

    /// @param parts in any order; closed together with this
    /// @throws MalformedInputException if they are not parts of one dump
    public SplitVmcore(List<DiskdumpVmcore> parts) {
        this.parts = parts.stream()
                .sorted(Comparator.comparingLong(part -> part.subHeader().startPfn()))
                .toList();
        first = this.parts.getFirst();
        this.parts.forEach(this::check);
    }

    private void check(DiskdumpVmcore part) {
        boolean same = part.maxPfn() == first.maxPfn()
                && part.pageSize() == first.pageSize()
                && part.header().utsname().equals(first.header().utsname())
                && part.header().seconds() == first.header().seconds();
        if (part.subHeader().split() == 0) {
            throw new MalformedInputException(
                    part.name(),
                    part.pageSize(),
                    "kdump_sub_header",
                    "split",
                    "this is no part of a dump but all of it");
        }
        if (!same) {
            throw new MalformedInputException(
                    part.name(), -1, "", "", "this is a part of another dump than " + first.name());
        }
    }

    /// The part that should hold a page frame, or the first one where none does: it knows why.
    private DiskdumpVmcore part(long pfn) {
        for (DiskdumpVmcore part : parts) {
            if (pfn >= part.subHeader().startPfn() && pfn < part.subHeader().endPfn()) {
                return part;
            }
        }
        return first;
    }

    private DiskdumpVmcore partAt(long physicalAddress) {
        return part(Long.divideUnsigned(physicalAddress, pageSize()));
    }

    /// The parts, by page frame number.
    public List<DiskdumpVmcore> parts() {
        return parts;
    }

    @Override
    public String name() {
        return first.name();
    }

    @Override
    public String format() {
        return first.format() + " in " + parts.size() + " parts";
    }

    /// The kernel's names, as the parts' headers have them.
    public Utsname utsname() {
        return first.header().utsname();
    }

    @Override
    public Architecture architecture() {
        return first.architecture();
    }

    @Override
    public ElfClass elfClass() {
        return first.elfClass();
    }

    @Override
    public ByteOrder byteOrder() {
        return first.byteOrder();
    }

    @Override
    public int pageSize() {
        return first.pageSize();
    }

    @Override
    public VmcoreInfo info() {
        return first.info();
    }

    @Override
    public List<Note> notes() {
        return first.notes();
    }

    @Override
    public List<PhysicalRange> memory() {
        return first.memory();
    }

    @Override
    public long maxPfn() {
        return first.maxPfn();
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            long read = partAt(physicalAddress + done).read(physicalAddress + done, target.asSlice(done));
            if (read == 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    @Override
    public Presence presence(long physicalAddress) throws IOException {
        return partAt(physicalAddress).presence(physicalAddress);
    }

    @Override
    public OptionalInt dumpLevel() {
        return first.dumpLevel();
    }

    @Override
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        long next = 0;
        for (DiskdumpVmcore part : parts) {
            long start = part.subHeader().startPfn();
            if (start > next) {
                problems.add("the part with page frames " + next + " to " + start + " is not given");
            }
            next = Math.max(next, part.subHeader().endPfn());
            part.ownProblems().forEach(problem -> problems.add(part.name() + ": " + problem));
        }
        if (next < maxPfn()) {
            problems.add("the part with page frames " + next + " to " + maxPfn() + " is not given");
        }
        return problems;
    }

    @Override
    public void close() throws IOException {
        for (DiskdumpVmcore part : parts) {
            part.close();
        }
    }
}
