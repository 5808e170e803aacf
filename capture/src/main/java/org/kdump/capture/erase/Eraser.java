package org.kdump.capture.erase;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.kdump.capture.FilterDecisions;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.ModuleTypes;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.LoadedModule;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds what rules name, by the symbols and types in the dump.
final class Eraser {
    /// Of what a `char *` points to, as makedumpfile has it.
    private static final int LONGEST_STRING = 1024;

    private static final long LARGEST = 1L << 30;
    private static final int MOST_ELEMENTS = 1 << 16;

    private final Vmcore source;
    private final FilterDecisions decisions;
    private final TypedMemory kernel;
    private final List<LoadedModule> modules;
    private final SymbolTables symbols;
    private TypedMemory types;
    private String module = "";
    private final Set<String> told = new HashSet<>();

    /// A piece of memory that an expression means.
    ///
    /// @param type its id; -1 if it is not known
    /// @param size of its symbol; 0 if it is not known
    private record Place(long address, int type, long size) {}

    /// @throws MalformedInputException if the dump has no symbols or no types
    Eraser(Vmcore source, FilterDecisions decisions) throws IOException {
        this.source = source;
        this.decisions = decisions;
        VirtualMemory memory = VirtualMemory.kernel(source);
        KernelSymbols kernelSymbols = KernelSymbols.of(memory);
        kernel = TypedMemory.of(memory, kernelSymbols::address);
        Partial<LoadedModule> loaded = LoadedModule.all(kernel);
        loaded.problem().ifPresent(decisions::problem);
        modules = loaded.items();
        symbols = new SymbolTables(memory, kernelSymbols, ModuleList.of(modules));
        types = kernel;
    }

    /// Decides on all that the rules name. A rule that cannot be followed is told, and the others are.
    void erase(EraseRules rules) throws IOException {
        for (EraseRules.Section section : rules.sections()) {
            if (enter(section)) {
                for (EraseRules.Rule rule : section.rules()) {
                    attempt(rule);
                }
            }
        }
    }

    private boolean enter(EraseRules.Section section) throws IOException {
        module = section.module();
        types = kernel;
        boolean loaded = module.isEmpty()
                || modules.stream().anyMatch(each -> each.name().equals(module));
        if (!loaded && !section.rules().isEmpty()) {
            decisions.report("# [" + module + "]: the module is not loaded");
        }
        if (loaded && !module.isEmpty()) {
            for (ModuleTypes each : ModuleTypes.of(kernel).items()) {
                types = each.module().equals(module) ? kernel.with(each.read()) : types;
            }
        }
        return loaded;
    }

    private void attempt(EraseRules.Rule rule) throws IOException {
        try {
            switch (rule) {
                case EraseRules.Erase erase -> attempt(erase, this::symbol, "");
                case EraseRules.Loop loop -> loop(loop);
            }
        } catch (MalformedInputException | IOException problem) {
            notErased(rule, problem);
        }
    }

    private void notErased(EraseRules.Rule rule, Exception problem) {
        String sentence = "NOT ERASED: " + rule + ": " + problem.getMessage();
        if (told.add(sentence)) {
            decisions.problem(sentence);
        }
    }

    /// One that cannot be followed must not keep those behind it from being.
    private void attempt(EraseRules.Erase rule, Function<String, Optional<Place>> bases, String suffix) {
        try {
            erase(rule, bases, suffix);
        } catch (MalformedInputException | IOException problem) {
            notErased(rule, problem);
        }
    }

    private void loop(EraseRules.Loop loop) throws IOException {
        List<Place> elements = elements(loop);
        for (int i = 0; i < elements.size(); i++) {
            Place element = elements.get(i);
            for (EraseRules.Erase erase : loop.body()) {
                attempt(erase, name -> name.equals(loop.id()) ? Optional.of(element) : symbol(name), "[" + i + "]");
            }
        }
    }

    private List<Place> elements(EraseRules.Loop loop) throws IOException {
        Place list = place(loop.list(), this::symbol);
        if (!loop.within().isEmpty()) {
            int colon = loop.within().indexOf(':');
            StructType type = types.struct(loop.within().substring(0, colon));
            return places(Lists.entries(type, loop.within().substring(colon + 1), list.address()));
        }
        if (!loop.via().isEmpty()) {
            Place first = dereferenced(list);
            StructType type = structure(first.type(), loop.list());
            return places(Lists.chained(type, loop.via(), first.address()));
        }
        if (list.type() >= 0 && types.types().type(types.types().resolve(list.type())) instanceof BtfType.Array array) {
            long size = types.types().size(array.element()).orElse(0);
            List<Place> places = new ArrayList<>();
            for (long i = 0; i < Math.min(array.count(), MOST_ELEMENTS); i++) {
                places.add(new Place(list.address() + i * size, array.element(), 0));
            }
            return places;
        }
        throw new IOException(loop.list() + " is no array; say how to go on with via or within");
    }

    private List<Place> places(Partial<Struct> structs) {
        structs.problem().ifPresent(decisions::problem);
        return structs.items().stream()
                .map(struct -> new Place(struct.address(), struct.type().id(), 0))
                .toList();
    }

    /// @param bases finds what an expression begins with
    /// @param suffix for the report
    private void erase(EraseRules.Erase rule, Function<String, Optional<Place>> bases, String suffix)
            throws IOException {
        Place place = place(rule.expression(), bases);
        String name = rule.expression() + suffix;
        int word = kernel.types().pointerSize();
        Optional<BtfType.Pointer> pointer = pointer(place);
        if (rule.nullify()) {
            scrub(place.address(), word, (byte) 0);
            decisions.report("erase " + name + " nullify");
            return;
        }
        Place target = pointer.isPresent() ? dereferenced(place) : place;
        if (target.address() == 0) {
            decisions.report("# " + name + ": a null pointer");
            return;
        }
        long size = size(rule, target, pointer, bases);
        if (size <= 0 || size > LARGEST) {
            throw new IOException("its size is not known; say it with size N, or nullify");
        }
        scrub(target.address(), size, FilterDecisions.MARKER);
        decisions.report("erase " + name + " size " + size);
    }

    private long size(
            EraseRules.Erase rule,
            Place target,
            Optional<BtfType.Pointer> pointer,
            Function<String, Optional<Place>> bases)
            throws IOException {
        if (!rule.size().isEmpty()) {
            return size(rule.size(), bases);
        }
        if (pointer.isPresent() && isCharacter(target.type())) {
            return kernel.memory().cstring(target.address(), LONGEST_STRING).length();
        }
        return target.type() >= 0 ? types.types().size(target.type()).orElse(0) : target.size();
    }

    private long size(String text, Function<String, Optional<Place>> bases) throws IOException {
        if (!text.matches("\\d{1,10}[kKmM]?")) {
            Place place = place(text, bases);
            long bytes = place.type() >= 0 ? types.types().size(place.type()).orElse(0) : place.size();
            return bytes == Long.BYTES
                    ? kernel.memory().u64(place.address())
                    : kernel.memory().u32(place.address());
        }
        char last = Character.toUpperCase(text.charAt(text.length() - 1));
        int shift = last == 'K' ? 10 : last == 'M' ? 20 : 0;
        return Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
    }

    private boolean isCharacter(int type) {
        return type > 0
                && types.types().type(types.types().resolve(type)) instanceof BtfType.Int integer
                && integer.size() == 1;
    }

    private Optional<BtfType.Pointer> pointer(Place place) {
        return place.type() > 0 && types.types().type(types.types().resolve(place.type())) instanceof BtfType.Pointer to
                ? Optional.of(to)
                : Optional.empty();
    }

    private Place dereferenced(Place place) throws IOException {
        Optional<BtfType.Pointer> pointer = pointer(place);
        return pointer.isPresent()
                ? new Place(kernel.memory().word(place.address()), pointer.get().target(), 0)
                : place;
    }

    /// What `SYMBOL.MEMBER.MEMBER` or `(STRUCT)SYMBOL.MEMBER` means.
    private Place place(String expression, Function<String, Optional<Place>> bases) throws IOException {
        int close = expression.startsWith("(") ? expression.indexOf(')') : -1;
        String[] path = expression.substring(close + 1).split("\\.");
        Place place = bases.apply(path[0])
                .orElseThrow(() -> new IOException(
                        "there is no symbol " + path[0] + (module.isEmpty() ? "" : " in module " + module)));
        if (close > 0) {
            place = new Place(place.address(), cast(expression.substring(1, close)), 0);
        }
        for (int i = 1; i < path.length; i++) {
            Place owner = dereferenced(place);
            Member member = structure(owner.type(), path[i - 1]).member(path[i]);
            if (member.place().isBitField()) {
                throw new IOException(member + " is a bit-field");
            }
            place = new Place(member.address(owner.address()), member.place().type(), 0);
        }
        return place;
    }

    /// The type that a cast names: `uts_namespace`, `char*`.
    private int cast(String type) throws IOException {
        Btf btf = types.types();
        boolean pointer = type.endsWith("*");
        String name = type.replace("*", "");
        OptionalInt found = types.findStruct(name)
                .map(struct -> OptionalInt.of(struct.id()))
                .orElseGet(() -> btf.find(name));
        int id = found.orElseThrow(() -> new IOException("there is no type " + name));
        for (int other = 1; pointer && other < btf.endId(); other++) {
            if (btf.is(other, BtfKind.PTR)
                    && btf.type(other) instanceof BtfType.Pointer to
                    && btf.resolve(to.target()) == id) {
                return other;
            }
        }
        if (pointer) {
            throw new IOException("there is no pointer to " + name);
        }
        return id;
    }

    private StructType structure(int type, String what) throws IOException {
        Optional<StructType> found = type < 0 ? Optional.empty() : types.structure(type);
        return found.orElseThrow(() -> new IOException("the type of " + what
                + " is not in the kernel's BTF, or is no struct; name it with a cast: (STRUCT)" + what));
    }

    private Optional<Place> symbol(String name) {
        try {
            return symbols.find(name).stream()
                    .filter(place -> place.module().equals(module))
                    .map(this::place)
                    .findFirst();
        } catch (IOException unreadable) {
            decisions.problem(name + ": " + unreadable.getMessage());
            return Optional.empty();
        }
    }

    private Place place(SymbolPlace symbol) {
        return new Place(symbol.symbol().address(), -1, symbol.size());
    }

    /// What is not mapped is not in the dump either.
    private void scrub(long address, long size, byte marker) throws IOException {
        int pageSize = source.pageSize();
        long at = address;
        while (at < address + size) {
            long end = Math.min(address + size, (at & -pageSize) + pageSize);
            OptionalLong physical = kernel.memory().space().translate(at) instanceof Translation.Mapped mapped
                    ? OptionalLong.of(mapped.physicalAddress())
                    : OptionalLong.empty();
            if (physical.isPresent()) {
                long start = physical.getAsLong();
                decisions.scrub(new PhysicalRange(start, start + (end - at)), marker);
            }
            at = end;
        }
    }
}
