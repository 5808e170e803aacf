package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CpuRegisters;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.vmcore.Architecture;

/// Reads the stacks of a crashed kernel's tasks, by the unwind tables in the dump. Safe for use by several
/// threads.
///
/// Where the tables do not lead on, a stack is gone on with by frame pointer or search, and such frames say so.
public final class Unwinder {
    private static final int USUAL_STACK = 1 << 14;
    /// Kept so that none is looked up twice; no kernel's stacks have so many places in them.
    private static final int MOST_ENTRIES = 1 << 16;

    private final TypedMemory kernel;
    private final Places symbols;
    private final OrcStep.Tables tables;
    private final CpuStacks cpuStacks;
    private final ReturnAddresses code;
    private final long stackSize;
    private final Map<Long, Optional<OrcEntry>> entries = new ConcurrentHashMap<>();

    Unwinder(TypedMemory kernel, Places symbols, OrcStep.Tables tables, long stackSize) {
        this.kernel = kernel;
        this.symbols = symbols;
        this.tables = tables;
        this.stackSize = stackSize;
        this.cpuStacks = new CpuStacks(kernel);
        this.code = new ReturnAddresses(kernel, symbols);
    }

    /// @param kernel its memory, with its symbols
    /// @param symbols what names the frames
    /// @param tables what leads from frame to frame
    /// @throws MalformedInputException if that architecture is not handled yet
    public static Unwinder of(TypedMemory kernel, SymbolTables symbols, UnwindTables tables) {
        Architecture architecture = kernel.memory().vmcore().architecture();
        if (architecture != Architecture.X86_64) {
            throw new MalformedInputException(
                    kernel.memory().vmcore().name(),
                    -1,
                    "stack",
                    "",
                    "stacks of " + architecture.kernelName() + " are not handled yet, only those of x86_64");
        }
        return new Unwinder(kernel, symbols::nearest, tables::find, stackSize(kernel));
    }

    /// That of the first task, whose stack is in the image (`INIT_TASK_DATA`,
    /// include/asm-generic/vmlinux.lds.h): `__start_init_task` in 6.1, `__start_init_stack` in 6.12.
    private static long stackSize(TypedMemory kernel) {
        for (String name : new String[] {"stack", "task"}) {
            OptionalLong start = kernel.findSymbol("__start_init_" + name);
            OptionalLong end = kernel.findSymbol("__end_init_" + name);
            if (start.isPresent() && end.isPresent()) {
                return end.getAsLong() - start.getAsLong();
            }
        }
        return USUAL_STACK;
    }

    /// The stack of a task that does not run: from where it was switched away.
    ///
    /// @param task a `struct task_struct`
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public Backtrace sleeping(Struct task) throws IOException {
        StackArea own = own(task);
        if (own.low() == 0) {
            return new Backtrace(List.of(), Optional.empty(), Optional.of("it has exited, and has no stack any more"));
        }
        StackMemory stack = stack(own);
        long pointer = task.number("thread.sp");
        // What __switch_to_asm pushed (arch/x86/include/asm/switch_to.h).
        Struct frame = kernel.struct("inactive_task_frame", pointer);
        OptionalLong instruction = stack.word(frame.addressOf("ret_addr"));
        OptionalLong framePointer = stack.word(frame.addressOf("bp"));
        if (instruction.isEmpty() || framePointer.isEmpty()) {
            return new Backtrace(
                    List.of(), Optional.empty(), Optional.of("its stack cannot be read: " + stack.fault(pointer)));
        }
        X86State state =
                X86State.called(instruction.getAsLong(), pointer + frame.type().size(), framePointer.getAsLong());
        return walk(stack).from(state.with(state.framePointer(), isNew(state.instruction())));
    }

    /// Whether a task never ran: it would begin with the first instruction of `ret_from_fork`.
    private boolean isNew(long instruction) throws IOException {
        return symbols.nearest(instruction).map(SymbolPlace::offset).equals(Optional.of(0L));
    }

    /// The stack of a task that ran when the machine crashed.
    ///
    /// @param task a `struct task_struct`
    /// @param cpu the registers of the CPU that it ran on; empty if it left none
    /// @return without frames if it was in user mode
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public Backtrace running(Struct task, Optional<CpuRegisters> cpu) throws IOException {
        Optional<X86Registers> registers = cpu.flatMap(X86Registers::of);
        if (registers.isEmpty()) {
            return new Backtrace(List.of(), registers, Optional.of("its CPU left no registers"));
        }
        if (registers.get().isUser()) {
            return new Backtrace(List.of(), registers, Optional.empty());
        }
        return walk(stack(own(task))).from(X86State.interrupted(registers.get(), 0));
    }

    private StackWalk walk(StackMemory stack) {
        return new StackWalk(stack, new OrcStep(this::entry, stack), new GuessStep(stack, code), symbols);
    }

    /// What is on the stacks of a task.
    ///
    /// @param task a `struct task_struct`
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public StackContents contents(Struct task) throws IOException {
        StackArea own = own(task);
        return new StackContents(stack(own), own, symbols, code);
    }

    /// The stacks that the CPUs have of their own.
    ///
    /// @throws IOException if the dump cannot be read
    public List<CpuStack> cpuStacks() throws IOException {
        return cpuStacks.byCpu();
    }

    /// What is on one of them.
    public StackContents contents(CpuStack stack) {
        StackArea area = new StackArea(stack.name(), stack.low(), stack.high());
        StackMemory own = new StackMemory(
                kernel.memory(), address -> area.contains(address) ? Optional.of(area) : Optional.empty());
        return new StackContents(own, area, symbols, code);
    }

    /// The size of a task's stack in bytes.
    public long stackSize() {
        return stackSize;
    }

    /// The stack of a task from a place on it that is told.
    ///
    /// @param task a `struct task_struct`
    /// @param instruction where it was; empty for the return address that `stackPointer` points to
    /// @param stackPointer what `rsp` was; empty for where the task was switched away
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public Backtrace from(Struct task, OptionalLong instruction, OptionalLong stackPointer) throws IOException {
        StackMemory stack = stack(own(task));
        long pointer = stackPointer.isPresent() ? stackPointer.getAsLong() : task.number("thread.sp");
        OptionalLong start = instruction.isPresent() ? instruction : stack.word(pointer);
        if (start.isEmpty()) {
            return new Backtrace(
                    List.of(), Optional.empty(), Optional.of("its stack cannot be read: " + stack.fault(pointer)));
        }
        long next = instruction.isPresent() ? pointer : pointer + Long.BYTES;
        return walk(stack).from(X86State.called(start.getAsLong(), next, 0));
    }

    private StackArea own(Struct task) throws IOException {
        long low = task.number("stack");
        return new StackArea("", low, low + stackSize);
    }

    /// The task's own stack, with the page below it: who overflows a stack is caught in that one, which is
    /// not mapped.
    private StackMemory stack(StackArea own) {
        long guard = own.low() - kernel.memory().vmcore().pageSize();
        StackArea guarded = new StackArea(own.name(), guard, own.high());
        return new StackMemory(
                kernel.memory(),
                address -> guarded.contains(address) ? Optional.of(guarded) : cpuStacks.around(address));
    }

    private Optional<OrcEntry> entry(long instruction) throws IOException {
        Optional<OrcEntry> known = entries.get(instruction);
        if (known == null) {
            known = tables.find(instruction);
            if (entries.size() < MOST_ENTRIES) {
                entries.put(instruction, known);
            }
        }
        return known;
    }
}
