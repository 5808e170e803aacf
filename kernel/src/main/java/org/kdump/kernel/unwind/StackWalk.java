package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolPlace;

/// One way through a task's stacks. It ends: on each stack it goes up only, and to none does it come back.
final class StackWalk {
    private final StackMemory stack;
    private final OrcStep certain;
    private final GuessStep guesses;
    private final Places symbols;
    private final Set<StackArea> left = new HashSet<>();
    private final List<StackFrame> frames = new ArrayList<>();
    private Optional<String> problem = Optional.empty();

    StackWalk(StackMemory stack, OrcStep certain, GuessStep guesses, Places symbols) {
        this.stack = stack;
        this.certain = certain;
        this.guesses = guesses;
        this.symbols = symbols;
    }

    /// @param start the innermost frame
    /// @throws IOException if the dump cannot be read
    Backtrace from(X86State start) throws IOException {
        X86State state = start;
        StackFrame.Origin origin = StackFrame.Origin.CERTAIN;
        while (true) {
            Step step = checked(state, certain.from(state));
            if (step instanceof Step.Caller caller) {
                add(state, origin, caller.saved());
                if (caller.state().isUser()) {
                    break;
                }
                state = caller.state();
                origin = StackFrame.Origin.CERTAIN;
            } else {
                add(state, origin, Optional.empty());
                if (!(step instanceof Step.Lost lost)) {
                    break;
                }
                Optional<GuessStep.Guess> guess = guesses.from(state, function(), certain.knows(state));
                if (guess.isEmpty() || guess.get().origin() != StackFrame.Origin.CALL) {
                    problem = problem.or(() -> Optional.of(lost.reason()));
                }
                if (guess.isEmpty()) {
                    break;
                }
                state = guess.get().state();
                origin = guess.get().origin();
            }
        }
        return new Backtrace(frames, start.registers(), problem);
    }

    /// A step that leads down a stack, back to one, out of all, or to what is no code, leads nowhere.
    private Step checked(X86State from, Step step) throws IOException {
        if (!(step instanceof Step.Caller(X86State to, Optional<X86Registers> saved)) || to.isUser()) {
            return step;
        }
        if (!to.interrupted() && !ReturnAddresses.mayBeCode(to.instruction())) {
            return new Step.Lost(
                    "the return address " + hex(to.instruction()) + " at " + hex(to.slot()) + " is no code");
        }
        Optional<StackArea> here = stack.area(from.stackPointer());
        Optional<StackArea> there = stack.area(to.stackPointer());
        if (there.isEmpty()) {
            // The last frame may leave the stack empty: its stack pointer is just behind it.
            boolean atEnd = here.isPresent() && here.get().high() == to.stackPointer();
            return atEnd
                    ? step
                    : new Step.Lost("the stack pointer " + hex(to.stackPointer()) + " is in none of its stacks");
        }
        if (here.equals(there)) {
            return to.stackPointer() > from.stackPointer() ? step : new Step.Lost("the stack runs in a circle");
        }
        here.ifPresent(left::add);
        return left.contains(there.get()) ? new Step.Lost("the stacks run in a circle") : step;
    }

    private void add(X86State state, StackFrame.Origin origin, Optional<X86Registers> saved) throws IOException {
        frames.add(new StackFrame(
                state.instruction(),
                state.slot(),
                place(state),
                origin,
                state.interrupted(),
                saved,
                stack.area(state.slot()).map(StackArea::name).orElse("")));
    }

    /// Where the function begins that the last frame is in.
    private OptionalLong function() {
        Optional<SymbolPlace> place = frames.getLast().place();
        return place.isPresent() ? OptionalLong.of(place.get().symbol().address()) : OptionalLong.empty();
    }

    /// The function, told by the call itself: behind one that never returns another function may begin.
    private Optional<SymbolPlace> place(X86State state) throws IOException {
        long before = state.instruction() - state.place();
        Optional<SymbolPlace> found = symbols.nearest(state.place());
        return found.map(place -> forward(place, before));
    }

    private static SymbolPlace forward(SymbolPlace place, long bytes) {
        KernelSymbol symbol = place.symbol();
        return bytes == 0 ? place : new SymbolPlace(symbol, place.offset() + bytes, place.size(), place.module());
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
