package org.kdump.kernel.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.debuginfo.orc.OrcRegister;
import org.kdump.kernel.crash.X86Register;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.Types;

/// The tasks of a little kernel with two CPUs, and their stacks.
class TaskStacksTest {
    private static final String TYPES = """
            list_head 16: next list_head* 0, prev list_head* 8
            cpumask 8: bits long[1] 0
            thread_struct 16: sp long 0
            thread_info 8: cpu u32 4
            signal_struct 16: thread_head list_head 0
            task_struct 256: thread_info thread_info 0, stack ptr 16, pid int 24, comm char[16] 32, tasks list_head 48, \
            thread_node list_head 64, signal signal_struct* 80, mm ptr 88, __state u32 120, exit_state int 124, thread thread_struct 96
            inactive_task_frame 56: r15 long 0, bp long 40, ret_addr long 48
            rq 16: idle task_struct* 8
            irq_stack 16384: stack char[16384] 0
            cea_exception_stacks 24576: DF_stack char[4096] 4096, NMI_stack char[8192] 8192, DB_stack char[4096] 20480
            """;
    private static final String HOT = """
            pcpu_hot 64: current_task task_struct* 0, hardirq_stack_ptr ptr 32
            """;
    private static final int TASKS = 0x100000;
    private static final int PER_CPU = 0x180000;
    private static final int PER_CPU_SIZE = 0x10000;
    private static final int VARIABLES = 0x1000;
    private static final int INIT = 0;
    private static final int IDLE = 1;
    private static final int SLEEPER = 2;
    private static final int CRASHED = 3;

    private final StackBuilder machine = new StackBuilder();
    private final Map<String, Long> symbols = new HashMap<>();
    private long outer;

    private long task(int number) {
        return machine.at(TASKS + number * 0x10000);
    }

    private long stack(int number) {
        return task(number) + 0x8000;
    }

    private long signal(int number) {
        return task(number) + 0x1000;
    }

    private void variable(int physical, String name, long value) {
        symbols.put(name, machine.at(physical));
        machine.word(machine.at(physical), value);
    }

    private void perCpu(int offset, String name, long first, long second) {
        symbols.put(name, (long) offset);
        machine.word(machine.at(PER_CPU + offset), first);
        machine.word(machine.at(PER_CPU + PER_CPU_SIZE + offset), second);
    }

    private void put(int number, int pid, String comm) {
        machine.word(task(number), 0);
        machine.word(task(number) + 120, number == SLEEPER ? 0x402 : 0);
        machine.word(task(number) + 16, stack(number));
        machine.word(task(number) + 24, pid);
        for (int i = 0; i < comm.length(); i++) {
            machine.vmcore.memory.put(TASKS + number * 0x10000 + 32 + i, (byte) comm.charAt(i));
        }
        machine.word(task(number) + 80, signal(number));
        machine.word(signal(number), task(number) + 64);
        machine.word(task(number) + 64, signal(number));
        // Where it was switched away: in `outer`.
        long pointer = stack(number) + 0x3000;
        machine.word(task(number) + 96, pointer);
        machine.word(pointer + 48, outer);
    }

    @BeforeEach
    void boot() {
        outer = machine.function("outer", StackBuilder.of(OrcEntry.Kind.END_OF_STACK));
        put(INIT, 0, "swapper/0");
        put(IDLE, 0, "swapper/1");
        put(SLEEPER, 17, "sleeper");
        put(CRASHED, 18, "crashed");
        int[] list = {INIT, SLEEPER, CRASHED, INIT};
        for (int i = 0; i + 1 < list.length; i++) {
            machine.word(task(list[i]) + 48, task(list[i + 1]) + 48);
        }
        symbols.put("init_task", task(INIT));
        variable(VARIABLES, "__cpu_possible_mask", 0b11);
        variable(VARIABLES + 8, "__cpu_online_mask", 0b11);
        variable(VARIABLES + 16, "crashing_cpu", 1);
        variable(VARIABLES + 24, "__per_cpu_offset", machine.at(PER_CPU));
        machine.word(machine.at(VARIABLES + 32), machine.at(PER_CPU + PER_CPU_SIZE));
        perCpu(0x100, "runqueues", 0, 0);
        perCpu(0x108, "idle", task(INIT), task(IDLE));
        perCpu(0x200, "cea_exception_stacks", machine.at(StackBuilder.NMI_STACK) - 0x2000, 0);
        perCpu(0x300, "current_task", task(INIT), task(CRASHED));
        perCpu(0x308, "hardirq_stack_ptr", 0, machine.at(StackBuilder.IRQ_STACK + StackBuilder.STACK_SIZE) - 8);
    }

    private TaskStacks stacks(String types) throws IOException {
        TypedMemory kernel = new TypedMemory(machine.vmcore.flat(), Types.of(types), name -> {
            Long address = symbols.get(name);
            return address == null ? OptionalLong.empty() : OptionalLong.of(address);
        });
        Unwinder unwinder = new Unwinder(kernel, machine::nearest, machine::entry, 0x4000);
        return new TaskStacks(kernel, RunningTasks.of(kernel), unwinder);
    }

    private void registers(int pid, long instruction, long stackPointer, long codeSegment) {
        machine.vmcore.cpu(
                pid,
                Map.of(
                        X86Register.RIP.ordinal(), instruction,
                        X86Register.RSP.ordinal(), stackPointer,
                        X86Register.CS.ordinal(), codeSegment));
    }

    private static List<String> names(TaskStack stack) {
        return stack.backtrace().frames().stream().map(StackFrame::function).toList();
    }

    @Test
    void listsIdleTasksFirstAndEachOnce() throws IOException {
        Partial<Struct> tasks = stacks(TYPES).tasks();
        assertTrue(tasks.isWhole());
        assertEquals(
                List.of(task(INIT), task(IDLE), task(SLEEPER), task(CRASHED)),
                tasks.items().stream().map(Struct::address).toList());
    }

    @Test
    void saysThatAListIsCorrupt() throws IOException {
        machine.word(task(CRASHED) + 48, task(SLEEPER) + 48);
        Partial<Struct> tasks = stacks(TYPES).tasks();
        assertTrue(tasks.problem().orElseThrow().contains("runs in a circle"));
        assertEquals(4, tasks.items().size());
    }

    @Test
    void startsWhereATaskWasSwitchedAway() throws IOException {
        TaskStacks stacks = stacks(TYPES);
        TaskStack stack = stacks.of(stacks.tasks().items().get(2));
        assertEquals(List.of("outer"), names(stack));
        assertEquals("sleeper", stack.comm());
        assertEquals(17, stack.pid());
        assertEquals("ID", stack.state());
        assertFalse(stack.running());
        assertEquals(
                stack(SLEEPER) + 0x3000 + 48,
                stack.backtrace().frames().getFirst().slot());
    }

    /// From an interrupt's stack to the task's, whichever way the kernel keeps them.
    @ParameterizedTest
    @ValueSource(strings = {"", HOT})
    void startsWithTheRegistersOfTheCpu(String more) throws IOException {
        if (!more.isEmpty()) {
            symbols.remove("current_task");
            symbols.remove("hardirq_stack_ptr");
            perCpu(0x400, "pcpu_hot", task(INIT), task(CRASHED));
            perCpu(0x420, "top", 0, machine.at(StackBuilder.IRQ_STACK + StackBuilder.STACK_SIZE) - 8);
        }
        long top = machine.at(StackBuilder.IRQ_STACK + StackBuilder.STACK_SIZE) - 8;
        long handler = machine.function("handler", StackBuilder.call(OrcRegister.SP_INDIRECT, 8));
        machine.word(top, stack(CRASHED) + 0x1000);
        machine.word(stack(CRASHED) + 0x1000, outer);
        registers(0, outer, stack(INIT) + 0x100, 0x10);
        registers(18, handler, top, 0x10);
        TaskStacks stacks = stacks(TYPES + more);
        assertEquals(OptionalInt.of(1), stacks.running().panic());
        TaskStack stack = stacks.of(stacks.running().panicTask().orElseThrow().task());
        assertEquals(List.of("handler", "outer"), names(stack));
        assertTrue(stack.backtrace().isWhole(), stack::toString);
        assertEquals("IRQ", stack.backtrace().frames().getFirst().stack());
        assertEquals(1, stack.cpu());
    }

    @Test
    void crossesFromTheStackOfAnNmi() throws IOException {
        long handler = machine.function("asm_exc_nmi", StackBuilder.of(OrcEntry.Kind.REGS));
        long pointer = machine.at(StackBuilder.NMI_STACK + 0x1000);
        machine.registers(
                pointer, Map.of(X86Register.RIP, outer, X86Register.RSP, stack(INIT) + 0x200, X86Register.CS, 0x10L));
        registers(0, handler, pointer, 0x10);
        TaskStacks stacks = stacks(TYPES);
        TaskStack stack = stacks.of(stacks.running().onCpu(0).orElseThrow().task());
        assertEquals(List.of("asm_exc_nmi", "outer"), names(stack));
        List<String> text = new BacktraceText(BacktraceText.Offsets.HEXADECIMAL)
                .lines(stack.backtrace(), (frame, caller) -> List.of());
        assertEquals(" #0 [%016x] asm_exc_nmi+0x40 at %016x".formatted(pointer, handler), text.get(8));
        assertEquals("    [exception RIP: outer+64]", text.get(9));
        assertEquals("--- <NMI exception stack> ---", text.get(17));
    }

    /// The fault is on the page below the stack, and is told on a stack of its own.
    @Test
    void crossesFromADoubleFaultToTheStackThatOverflowed() throws IOException {
        long handler = machine.function("asm_exc_double_fault", StackBuilder.of(OrcEntry.Kind.REGS));
        long recursive = machine.function("recursive", StackBuilder.call(OrcRegister.SP, 0x108));
        machine.vmcore.without(TASKS + CRASHED * 0x10000 + 0x7000, TASKS + CRASHED * 0x10000 + 0x8000);
        long overflow = stack(CRASHED) - 0x80;
        machine.word(overflow + 0x100, recursive);
        machine.word(overflow + 0x208, outer);
        long pointer = machine.at(StackBuilder.NMI_STACK) - 0x1000 + 0x800;
        machine.registers(
                pointer, Map.of(X86Register.RIP, recursive, X86Register.RSP, overflow, X86Register.CS, 0x10L));
        perCpu(0x200, "cea_exception_stacks", 0, machine.at(StackBuilder.NMI_STACK) - 0x2000);
        registers(0, outer, stack(INIT), 0x10);
        registers(18, handler, pointer, 0x10);
        TaskStacks stacks = stacks(TYPES);
        TaskStack stack = stacks.of(stacks.running().panicTask().orElseThrow().task());
        assertEquals(List.of("asm_exc_double_fault", "recursive", "recursive", "outer"), names(stack));
        assertTrue(stack.backtrace().isWhole(), stack::toString);
        assertEquals(
                "DOUBLEFAULT exception", stack.backtrace().frames().getFirst().stack());
    }

    @Test
    void hasNoStackOfATaskThatExited() throws IOException {
        machine.word(task(SLEEPER) + 16, 0);
        TaskStacks stacks = stacks(TYPES);
        Backtrace backtrace = stacks.of(stacks.tasks().items().get(2)).backtrace();
        assertEquals(Optional.of("it has exited, and has no stack any more"), backtrace.problem());
    }

    @Test
    void hasRegistersAloneInUserMode() throws IOException {
        registers(0, outer, stack(INIT), 0x10);
        registers(18, 0x401000, 0x7ffc0000, 0x33);
        TaskStacks stacks = stacks(TYPES);
        Backtrace backtrace =
                stacks.of(stacks.running().panicTask().orElseThrow().task()).backtrace();
        assertTrue(backtrace.frames().isEmpty());
        assertTrue(backtrace.isWhole());
        assertTrue(backtrace.registers().orElseThrow().isUser());
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        TaskStacks stacks = stacks(TYPES);
        Struct running = stacks.running().panicTask().orElseThrow().task();
        assertEquals(
                Optional.of("its CPU left no registers"),
                stacks.of(running).backtrace().problem());
        Struct sleeper = stacks.tasks().items().get(2);
        int low = TASKS + SLEEPER * 0x10000;
        machine.vmcore.without(low + 0x8000, low + 0xc000);
        assertTrue(stacks.of(sleeper).backtrace().problem().orElseThrow().startsWith("its stack cannot be read: "));
        machine.vmcore.without(low, low + 0x1000);
        TaskStack missing = stacks.of(sleeper);
        assertEquals(-1, missing.pid());
        assertTrue(missing.backtrace().problem().orElseThrow().contains("left out of the dump"));
        assertTrue(stacks.tasks().problem().isPresent());
    }

    @Test
    void leavesOutACpuThatCannotBeRead() throws IOException {
        machine.word(machine.at(VARIABLES + 32), 0x30000000);
        RunningTasks running = stacks(TYPES).running();
        assertEquals(1, running.all().size());
        assertTrue(running.problem().orElseThrow().startsWith("what CPU 1 ran is not known: "));
    }

    @Test
    void putsEqualStacksTogether() throws IOException {
        TaskStacks stacks = stacks(TYPES);
        TaskStack sleeper = stacks.of(stacks.tasks().items().get(2));
        TaskStack idle = stacks.of(stacks.tasks().items().get(1));
        TaskStack running = stacks.of(stacks.running().panicTask().orElseThrow().task());
        List<StackGroup> groups = StackGroup.of(List.of(running, idle, sleeper));
        assertEquals(
                List.of(2, 1),
                groups.stream().map(group -> group.stacks().size()).toList());
        assertEquals(List.of(idle, sleeper), groups.getFirst().stacks());
    }

    @Test
    void printsWhatIsOnAStack() throws IOException {
        TaskStacks stacks = stacks(TYPES);
        Struct task = stacks.tasks().items().get(2);
        StackText text = new StackText(stacks.unwinder().contents(task), true);
        long slot = stack(SLEEPER) + 0x3000 + 48;
        assertEquals(List.of("  [%016x] outer at %016x".formatted(slot, outer)), text.functions(stack(SLEEPER)));
        List<String> all = text.all();
        assertEquals(0x4000 / 16, all.size());
        assertEquals("%016x:  outer+64         0000000000000000".formatted(slot), all.get(0x3030 / 16));
    }
}
