package org.kdump.kernel.crash;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.diskdump.DiskdumpSubHeader;
import org.kdump.vmcore.paging.VirtualMemory;

/// What a dump says of the crash at first sight: from VMCOREINFO, the CPUs' notes and the log, without debuginfo.
///
/// Whatever cannot be had is empty, and [#missing] says why.
///
/// @param dump the file's name
/// @param format the file's format
/// @param dumpLevel makedumpfile's dump level, where the file tells
/// @param utsname the machine and its kernel
/// @param release the kernel's release, from VMCOREINFO
/// @param buildId the kernel's build id
/// @param architecture the kind of machine
/// @param pageSize bytes of a page
/// @param memory bytes of the memory that the dump describes (without the reservation)
/// @param cpus the CPUs that left their registers
/// @param crashTime when it crashed, to the second, by the dead kernel's clock (`CRASHTIME`)
/// @param panic what the log says
/// @param kernelOffset how far KASLR moved the kernel, in bytes
/// @param physicalBase `phys_base`
/// @param missing what is missing from the dump or from this answer, a sentence each
/// @param remarks what the capture noted in the dump (`ERASEINFO`): what was erased, what was kept against its level
public record CrashSummary(
        String dump,
        String format,
        OptionalInt dumpLevel,
        Optional<Utsname> utsname,
        Optional<String> release,
        Optional<String> buildId,
        String architecture,
        int pageSize,
        long memory,
        List<CpuRegisters> cpus,
        Optional<Instant> crashTime,
        PanicReport panic,
        OptionalLong kernelOffset,
        OptionalLong physicalBase,
        List<String> missing,
        List<String> remarks) {
    private static final int MOST_REMARKS = 256;

    /// Reads what there is.
    ///
    /// @throws IOException if the file cannot be read at all
    public static CrashSummary of(Vmcore vmcore) throws IOException {
        List<String> missing = new ArrayList<>();
        Optional<Utsname> utsname = Optional.empty();
        PanicReport panic = PanicReport.of(List.of());
        try {
            VirtualMemory memory = VirtualMemory.kernel(vmcore);
            utsname = utsname(memory, missing);
            panic = panic(memory, missing);
        } catch (IOException | MalformedInputException e) {
            missing.add("the kernel's memory cannot be read: " + e.getMessage());
        }
        VmcoreInfo info = vmcore.info();
        List<CpuRegisters> cpus = CpuRegisters.of(vmcore);
        if (cpus.isEmpty()) {
            missing.add("there are no registers of any CPU");
        }
        missing.addAll(0, vmcore.problems());
        return new CrashSummary(
                vmcore.name(),
                vmcore.format(),
                vmcore.dumpLevel(),
                utsname,
                info.release(),
                info.buildId(),
                vmcore.architecture().kernelName(),
                vmcore.pageSize(),
                vmcore.memory().stream().mapToLong(PhysicalRange::length).sum(),
                cpus,
                instant(info.crashTime()),
                panic,
                info.kernelOffset(),
                info.number("phys_base"),
                List.copyOf(missing),
                remarks(vmcore));
    }

    private static List<String> remarks(Vmcore vmcore) {
        return vmcore.notes().stream()
                .filter(note -> note.name().equals(DiskdumpSubHeader.ERASEINFO))
                .flatMap(note -> note.text().lines())
                .map(line -> line.replaceFirst("^# ", ""))
                .limit(MOST_REMARKS)
                .toList();
    }

    private static Optional<Instant> instant(OptionalLong seconds) {
        return seconds.isPresent() ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong())) : Optional.empty();
    }

    private static Optional<Utsname> utsname(VirtualMemory memory, List<String> missing) {
        try {
            VmcoreInfo info = memory.vmcore().info();
            long address = Utsname.address(info).orElseGet(() -> info.requireSymbol("init_uts_ns"));
            MemorySegment bytes = MemorySegment.ofArray(memory.bytes(address, Utsname.SIZE));
            return Optional.of(Utsname.read(new ByteCursor(
                    memory.vmcore().name(),
                    -1,
                    "new_utsname",
                    bytes,
                    memory.vmcore().byteOrder())));
        } catch (IOException | MalformedInputException e) {
            missing.add("the machine's name cannot be read: " + e.getMessage());
            return Optional.empty();
        }
    }

    /// Reads the log once, record by record: a capture kernel has no memory for all of it.
    private static PanicReport panic(VirtualMemory memory, List<String> missing) {
        PanicSearch search = new PanicSearch();
        try {
            KernelLog log = KernelLog.of(memory);
            log.forEach(search);
            if (log.damaged() > 0) {
                missing.add(log.damaged() + " records of the log could not be read");
            }
            if (search.report().timestampNanos().isEmpty()) {
                missing.add("the log is empty");
            }
        } catch (IOException | MalformedInputException e) {
            missing.add("the log cannot be read: " + e.getMessage());
        }
        return search.report();
    }

    /// The registers of the CPU that panicked, where its note bears the pid that the log tells: two witnesses of the
    /// task.
    public Optional<CpuRegisters> panicRegisters() {
        return cpus.stream()
                .filter(cpu -> panic.cpu().equals(OptionalInt.of(cpu.cpu())))
                .filter(cpu -> panic.pid().equals(OptionalInt.of(cpu.pid())))
                .findFirst();
    }

    /// How long the machine had run: the panic's time stamp in the log.
    public Optional<Duration> uptime() {
        return panic.timestampNanos().isPresent()
                ? Optional.of(Duration.ofNanos(panic.timestampNanos().getAsLong()))
                : Optional.empty();
    }

    /// When the machine was started, to about a second: the crash's time less the uptime.
    public Optional<Instant> bootTime() {
        return crashTime.flatMap(time -> uptime().map(up -> time.minus(up)));
    }
}
