package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.debuginfo.orc.OrcRegister;
import org.kdump.kernel.crash.MemoryVmcore;
import org.kdump.kernel.crash.X86Register;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.Types;

/// A little kernel: functions, each with one entry in the unwind table, and stacks filled word by word.
final class StackBuilder {
    static final int CODE = 0x10000;
    static final int STACK = 0x40000;
    static final int STACK_SIZE = 0x4000;
    static final int IRQ_STACK = 0x60000;
    static final int NMI_STACK = 0x80000;
    private static final int FUNCTION_SIZE = 0x100;

    final MemoryVmcore vmcore = MemoryVmcore.x86();
    final NavigableMap<Long, String> functions = new TreeMap<>(Long::compareUnsigned);
    final NavigableMap<Long, OrcEntry> entries = new TreeMap<>(Long::compareUnsigned);
    final List<StackArea> areas = new ArrayList<>(List.of(
            new StackArea("", at(STACK), at(STACK + STACK_SIZE)),
            new StackArea("IRQ", at(IRQ_STACK), at(IRQ_STACK + STACK_SIZE)),
            new StackArea("NMI exception", at(NMI_STACK), at(NMI_STACK + 0x2000))));
    final TypedMemory kernel =
            new TypedMemory(vmcore.flat(), Types.of("list_head 16: next ptr 0"), name -> OptionalLong.empty());

    long at(int physical) {
        return vmcore.virtual(physical);
    }

    /// A function whose frame is found by an entry.
    ///
    /// @return the address behind a call in it
    long function(String name, OrcEntry entry) {
        long start = start(name);
        entries.put(start, entry);
        return start + 0x40;
    }

    /// A function that the unwind table does not know.
    long function(String name) {
        return start(name) + 0x40;
    }

    private long start(String name) {
        long start = at(CODE + FUNCTION_SIZE * functions.size());
        functions.put(start, name);
        // Any call, so that what is behind it may be a return address.
        putCall(start + 0x40, at(0x1000));
        return start;
    }

    void putCall(long returnAddress, long target) {
        int place = (int) (returnAddress - at(0));
        vmcore.memory.put(place - 5, (byte) 0xe8).putInt(place - 4, (int) (target - returnAddress));
    }

    void word(long address, long value) {
        vmcore.memory.putLong((int) (address - at(0)), value);
    }

    /// A `struct pt_regs`; registers not given are 0.
    void registers(long address, Map<X86Register, Long> values) {
        values.forEach((register, value) -> word(address + register.offset(), value));
    }

    static OrcEntry call(OrcRegister register, int offset) {
        return new OrcEntry(OrcEntry.Kind.CALL, register, offset, OrcRegister.UNDEFINED, 0, false);
    }

    static OrcEntry of(OrcEntry.Kind kind) {
        return new OrcEntry(kind, OrcRegister.SP, 0, OrcRegister.UNDEFINED, 0, kind != OrcEntry.Kind.CALL);
    }

    /// The name of an address, in functions of their size.
    Optional<SymbolPlace> nearest(long address) {
        Map.Entry<Long, String> function = functions.floorEntry(address);
        if (function == null || address - function.getKey() >= FUNCTION_SIZE) {
            return Optional.empty();
        }
        KernelSymbol symbol = new KernelSymbol(function.getValue(), function.getKey(), 't');
        return Optional.of(new SymbolPlace(symbol, address - function.getKey(), FUNCTION_SIZE, ""));
    }

    Optional<OrcEntry> entry(long instruction) {
        return nearest(instruction).map(place -> entries.get(place.symbol().address()));
    }

    private StackMemory stacks() {
        return new StackMemory(
                vmcore.flat(),
                address -> areas.stream().filter(area -> area.contains(address)).findFirst());
    }

    /// What is on the first stack.
    StackContents contents() {
        return new StackContents(stacks(), areas.getFirst(), this::nearest, new ReturnAddresses(kernel, this::nearest));
    }

    Backtrace walk(X86State start) throws IOException {
        StackMemory stack = stacks();
        ReturnAddresses code = new ReturnAddresses(kernel, this::nearest);
        return new StackWalk(stack, new OrcStep(this::entry, stack), new GuessStep(stack, code), this::nearest)
                .from(start);
    }
}
