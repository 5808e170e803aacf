package org.kdump.kernel.crash;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// A crashed machine in the test's memory: 2 MiB from physical address 0, whose kernel's image is mapped at
/// [#KERNEL]. Any part can be taken away, as a dump may lack it.
public final class MemoryVmcore implements Vmcore {
    static final long KERNEL = 0xffffffff80000000L;
    public static final int SIZE = 2 << 20;
    private static final int PAGE_DIRECTORY = 0x1000;
    private static final int UPPER_DIRECTORY = 0x2000;

    public final List<String> info = new ArrayList<>();
    final List<Note> notes = new ArrayList<>();
    final List<String> problems = new ArrayList<>();
    public final ByteBuffer memory;
    private final Architecture architecture;
    private final ElfClass elfClass;
    private final List<PhysicalRange> holes = new ArrayList<>();

    private MemoryVmcore(Architecture architecture, ElfClass elfClass, ByteOrder order) {
        this.architecture = architecture;
        this.elfClass = elfClass;
        this.memory = ByteBuffer.allocate(SIZE).order(order);
    }

    /// With page tables: one page of 1 GiB.
    public static MemoryVmcore x86() {
        MemoryVmcore vmcore = new MemoryVmcore(Architecture.X86_64, ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN);
        vmcore.info.add("SYMBOL(swapper_pg_dir)=" + Long.toHexString(KERNEL + PAGE_DIRECTORY));
        vmcore.info.add("NUMBER(phys_base)=0");
        vmcore.memory.putLong(PAGE_DIRECTORY + 511 * 8, UPPER_DIRECTORY | 1);
        vmcore.memory.putLong(UPPER_DIRECTORY + 510 * 8, 0x81);
        return vmcore;
    }

    public static MemoryVmcore bigEndian32() {
        return new MemoryVmcore(Architecture.UNKNOWN, ElfClass.ELF32, ByteOrder.BIG_ENDIAN);
    }

    /// Memory whose addresses are physical ones: [#KERNEL] and the lower bits of 32-bit kernels'.
    public VirtualMemory flat() {
        return new VirtualMemory(this, address -> new Translation.Mapped(address & 0x3fffffff, 1 << 30));
    }

    /// The kernel's virtual address of a physical one.
    public long virtual(long physical) {
        return elfClass == ElfClass.ELF64 ? KERNEL + physical : 0xc0000000L + physical;
    }

    public void putWord(int physical, long value) {
        if (elfClass == ElfClass.ELF64) {
            memory.putLong(physical, value);
        } else {
            memory.putInt(physical, (int) value);
        }
    }

    void symbol(String name, int physical) {
        info.add("SYMBOL(" + name + ")=" + Long.toHexString(virtual(physical)));
    }

    public void without(int from, int to) {
        holes.add(new PhysicalRange(from, to));
    }

    /// Adds the registers of a CPU, as `struct elf_prstatus` of x86_64: each has its place for its value.
    void cpu(int pid, long rip) {
        cpu(pid, Map.of(16, rip));
    }

    /// Adds the registers of a CPU.
    ///
    /// @param values by their places; all others have their places for their values
    public void cpu(int pid, Map<Integer, Long> values) {
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.zeros(32).u32(pid).zeros(112 - 36);
        for (int register = 0; register < 27; register++) {
            sink.u64(values.getOrDefault(register, (long) register));
        }
        notes.add(new Note(
                "CORE", Note.NT_PRSTATUS, MemorySegment.ofArray(sink.zeros(8).toByteArray()), 0));
    }

    @Override
    public String name() {
        return "vmcore";
    }

    @Override
    public String format() {
        return "ELF core";
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public ElfClass elfClass() {
        return elfClass;
    }

    @Override
    public ByteOrder byteOrder() {
        return memory.order();
    }

    @Override
    public int pageSize() {
        return 4096;
    }

    @Override
    public VmcoreInfo info() {
        return new VmcoreInfo(name(), String.join("\n", info));
    }

    @Override
    public List<Note> notes() {
        return notes;
    }

    @Override
    public List<PhysicalRange> memory() {
        return List.of(new PhysicalRange(0, SIZE));
    }

    @Override
    public long maxPfn() {
        return SIZE / pageSize();
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) {
        if (physicalAddress < 0 || presence(physicalAddress) != Presence.PRESENT) {
            return 0;
        }
        long end = holes.stream()
                .mapToLong(PhysicalRange::start)
                .filter(start -> start > physicalAddress)
                .min()
                .orElse(SIZE);
        long length = Math.min(end - physicalAddress, target.byteSize());
        MemorySegment.copy(memory.array(), (int) physicalAddress, target, ValueLayout.JAVA_BYTE, 0, (int) length);
        return length;
    }

    @Override
    public Presence presence(long physicalAddress) {
        if (physicalAddress >= SIZE) {
            return Presence.ABSENT;
        }
        return holes.stream().anyMatch(hole -> hole.contains(physicalAddress)) ? Presence.EXCLUDED : Presence.PRESENT;
    }

    @Override
    public OptionalInt dumpLevel() {
        return OptionalInt.of(31);
    }

    @Override
    public List<String> problems() {
        return problems;
    }

    @Override
    public void close() {}
}
