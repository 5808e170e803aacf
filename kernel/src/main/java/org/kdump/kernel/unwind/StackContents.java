package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.SymbolPlace;

/// What is on the stacks of a task, word by word. Not safe for use by several threads.
public final class StackContents {
    private final StackMemory memory;
    private final StackArea own;
    private final Places symbols;
    private final ReturnAddresses code;

    StackContents(StackMemory memory, StackArea own, Places symbols, ReturnAddresses code) {
        this.memory = memory;
        this.own = own;
        this.symbols = symbols;
        this.code = code;
    }

    /// The lowest address of the task's own stack.
    public long low() {
        return own.low();
    }

    /// The first address behind the task's own stack, where it begins.
    public long high() {
        return own.high();
    }

    /// Where the stack that an address is in begins; empty if it is in none.
    ///
    /// @throws IOException if the dump cannot be read
    public OptionalLong end(long address) throws IOException {
        Optional<StackArea> area = memory.area(address);
        return area.isPresent() ? OptionalLong.of(area.get().high()) : OptionalLong.empty();
    }

    /// The word at an address; empty if it is in no stack or not in the dump.
    ///
    /// @throws IOException if the dump cannot be read
    public OptionalLong word(long address) throws IOException {
        return memory.word(address);
    }

    /// The symbol of the kernel's image or a module that a word points to; empty if it does not.
    ///
    /// @throws IOException if the dump cannot be read
    public Optional<SymbolPlace> symbol(long word) throws IOException {
        return ReturnAddresses.mayBeCode(word) ? symbols.nearest(word) : Optional.empty();
    }

    /// The function that a word points to or into; empty if it does not.
    ///
    /// @throws IOException if the dump cannot be read
    public Optional<SymbolPlace> function(long word) throws IOException {
        return code.isCode(word) ? symbols.nearest(word) : Optional.empty();
    }
}
