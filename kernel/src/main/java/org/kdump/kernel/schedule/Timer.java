package org.kdump.kernel.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// What the kernel was to do later.
///
/// @param cpu on which CPU
/// @param base which of the CPU's wheels or clocks it is on, from 0
/// @param structure the address of its `struct timer_list` or `struct hrtimer`
/// @param softExpires from when on it may be: in jiffies, or in nanoseconds of its clock
/// @param expires when it must be
/// @param function the address of what is called
public record Timer(int cpu, int base, long structure, long softExpires, long expires, long function) {
    private static final int MOST_WHEELS = 16;

    /// Jiffies; a wheel is not moved on while it is empty.
    private static final long FARTHEST_APART = 1L << 31;

    /// Those that count jiffies (`timer_bases`, kernel/time/timer.c), by CPU, wheel and time.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Timer> ofWheels(TypedMemory kernel, PerCpu perCpu) throws IOException {
        StructType base = kernel.struct("timer_base");
        StructType type = kernel.struct("timer_list");
        List<Timer> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (int cpu : perCpu.cpus()) {
            long first = perCpu.address(kernel.symbol("timer_bases"), cpu);
            for (int i = 0; i < bases(kernel, base, first, cpu); i++) {
                Struct wheel = base.at(first + i * base.size());
                for (int slot = 0; base.has("vectors[" + slot + "]"); slot++) {
                    Partial<Struct> timers = Lists.bucket(type, "entry", wheel.addressOf("vectors[" + slot + "]"));
                    problem = problem.or(timers::problem);
                    for (Struct timer : timers.items()) {
                        long expires = timer.number("expires");
                        all.add(new Timer(cpu, i, timer.address(), expires, expires, timer.number("function")));
                    }
                }
            }
        }
        all.sort(Comparator.comparingInt(Timer::cpu)
                .thenComparingInt(Timer::base)
                .thenComparingLong(Timer::expires));
        return new Partial<>(all, problem);
    }

    /// How many wheels a CPU has: two, and three since Linux 6.9 (commit 83a665dc99a7, "timers: Keep the pinned
    /// timers separate from the others"). The BTF of kernels such as 5.10 may lack the variable; then those
    /// count that are set up: each knows its CPU, and the time to which it was moved on.
    private static long bases(TypedMemory kernel, StructType base, long first, int cpu) throws IOException {
        var variable = kernel.types().find(BtfKind.VAR, "timer_bases");
        if (variable.isPresent()
                && kernel.types().type(variable.getAsInt()) instanceof BtfType.Variable of
                && kernel.types().type(kernel.types().resolve(of.type())) instanceof BtfType.Array array) {
            return Math.min(array.count(), MOST_WHEELS);
        }
        int count = 1;
        while (count < MOST_WHEELS && isWheel(base.at(first + count * base.size()), base.at(first), cpu)) {
            count++;
        }
        return count;
    }

    private static boolean isWheel(Struct wheel, Struct first, int cpu) throws IOException {
        long apart = wheel.number("clk") - first.number("clk");
        return wheel.number("cpu") == cpu && Math.abs(apart) < FARTHEST_APART;
    }

    /// Those of high resolution (`hrtimer_bases`, kernel/time/hrtimer.c), by CPU, clock and time.
    ///
    /// @throws IOException as [#ofWheels]
    public static Partial<Timer> ofHighResolution(TypedMemory kernel, PerCpu perCpu) throws IOException {
        StructType type = kernel.struct("hrtimer");
        String function = type.has("function") ? "function" : "__function";
        List<Timer> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (int cpu : perCpu.cpus()) {
            Struct bases = perCpu.struct("hrtimer_bases", "hrtimer_cpu_base", cpu);
            for (int i = 0; bases.type().has("clock_base[" + i + "]"); i++) {
                Partial<Struct> timers =
                        RbTree.entries(type, "node.node", bases.addressOf("clock_base[" + i + "].active.rb_root"));
                problem = problem.or(timers::problem);
                for (Struct timer : timers.items()) {
                    all.add(new Timer(
                            cpu,
                            i,
                            timer.address(),
                            timer.number("_softexpires"),
                            timer.number("node.expires"),
                            timer.number(function)));
                }
            }
        }
        return new Partial<>(all, problem);
    }

    /// A clock that timers of high resolution go by.
    ///
    /// @param name the kernel's, `MONOTONIC` or `REALTIME_SOFT`
    /// @param now what it showed when the kernel last looked at the hardware's clock, in nanoseconds
    public record Clock(String name, OptionalLong now) {}

    /// The clocks of a CPU, by the numbers that timers have as their base.
    ///
    /// @throws IOException as [#ofWheels]
    public static List<Clock> clocks(TypedMemory kernel, PerCpu perCpu, int cpu) throws IOException {
        Struct bases = perCpu.struct("hrtimer_bases", "hrtimer_cpu_base", cpu);
        OptionalLong monotonic = Timekeeper.monotonic(kernel);
        OptionalInt names = kernel.types().find(BtfKind.ENUM, "hrtimer_base_type");
        List<Clock> all = new ArrayList<>();
        for (int i = 0; bases.type().has("clock_base[" + i + "]"); i++) {
            Struct base = bases.inner("clock_base[" + i + "]");
            OptionalLong now = monotonic.isPresent()
                    ? OptionalLong.of(monotonic.getAsLong() + base.number("offset"))
                    : OptionalLong.empty();
            String number = Integer.toString(i);
            String name = names.isEmpty()
                    ? number
                    : kernel.types().enumeratorName(names.getAsInt(), i).orElse(number);
            all.add(new Clock(name.replace("HRTIMER_BASE_", ""), now));
        }
        return all;
    }
}
