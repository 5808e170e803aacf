package org.kdump.kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueReader;

/// An expression over the crashed kernel's variables, in C's words:
///
/// ```
/// [(TYPE [*])] SYMBOL|ADDRESS [.MEMBER | ->MEMBER | [INDEX]]... [:CPUS|:a|:]
/// ```
///
/// A cast with a star says that there is a pointer to such a thing: at a symbol the pointer is read, an
/// address is the
/// pointer. A kernel's BTF tells the types of its per-CPU variables alone; of others the cast does, without
/// which a
/// word is read.
///
/// @param text what was asked
/// @param base the symbol or address
/// @param cast the type in the cast, without its star; empty for none
/// @param pointer whether the cast has a star
/// @param path of members, as [StructType#member] takes it; empty for the whole
/// @param cpus `0`, `1,3-5`, `a`, an empty text for that of the task that crashed the machine; empty for none
public record Expression(
        String text, String base, Optional<String> cast, boolean pointer, String path, Optional<String> cpus) {
    private static final Pattern FORM = Pattern.compile(
            "(?:\\(\\s*([\\w ]+?)\\s*(\\*?)\\s*\\))?\\s*(\\w+)((?:(?:\\.|->)\\w+|\\[\\d+])*)(:(?:[\\d,-]+|a|all)?)?");

    /// One answer.
    ///
    /// @param name what it is the value of
    /// @param value the value
    public record Answer(String name, Value value) {}

    /// @throws IOException if it is no expression; says what one is
    public static Expression of(String text) throws IOException {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw new IOException("'" + text
                    + "' is not understood; an expression is [(TYPE [*])] SYMBOL|ADDRESS [.MEMBER]... [:CPU]");
        }
        String path = parts.group(4).replace("->", ".");
        return new Expression(
                text,
                parts.group(3),
                Optional.ofNullable(parts.group(1)),
                "*".equals(parts.group(2)),
                path.startsWith(".") ? path.substring(1) : path,
                Optional.ofNullable(parts.group(5)).map(word -> word.substring(1)));
    }

    /// Its value in a kernel, or its values on CPUs.
    ///
    /// @throws MalformedInputException if the kernel's types lack what it names
    /// @throws IOException if there is no such symbol, or it cannot be read
    public List<Answer> in(Kernel kernel) throws IOException {
        TypedMemory types = kernel.types();
        OptionalInt perCpu =
                cast.isPresent() ? OptionalInt.empty() : types.types().find(BtfKind.VAR, base);
        List<Answer> answers = new ArrayList<>();
        if (perCpu.isEmpty() && cpus.isEmpty()) {
            long address = kernel.address(base);
            boolean isSymbol = types.findSymbol(base).isPresent();
            answers.add(new Answer(
                    text,
                    value(
                            types,
                            type(types),
                            pointer && isSymbol ? kernel.memory().word(address) : address)));
            return answers;
        }
        OptionalInt type =
                perCpu.isPresent() && types.types().type(perCpu.getAsInt()) instanceof BtfType.Variable variable
                        ? OptionalInt.of(variable.type())
                        : type(types);
        for (int cpu : cpus(kernel)) {
            long address = kernel.perCpu().address(types.symbol(base), cpu);
            answers.add(new Answer("per_cpu(" + base + ", " + cpu + ")", value(types, type, address)));
        }
        return answers;
    }

    /// Its value in a process's memory, in which its address is.
    ///
    /// @param user that memory, with the kernel's types
    /// @throws MalformedInputException if the kernel's types lack what it names
    /// @throws IOException if it names CPUs, or cannot be read
    public Answer in(Kernel kernel, TypedMemory user) throws IOException {
        if (cpus.isPresent()) {
            throw new IOException(text + ": a process has no variables of CPUs");
        }
        return new Answer(text, value(user, type(user), kernel.address(base)));
    }

    private List<Integer> cpus(Kernel kernel) throws IOException {
        return cpus(kernel, cpus.orElse("a"));
    }

    /// The CPUs that a word behind a colon names.
    ///
    /// @param word `0`, `1,3-5`, `a`; an empty text for that of the task that crashed the machine
    /// @throws IOException if there are no such CPUs, or the dump cannot be read
    public static List<Integer> cpus(Kernel kernel, String word) throws IOException {
        List<Integer> all = kernel.perCpu().cpus();
        if (word.isEmpty()) {
            return List.of(kernel.stacks()
                    .running()
                    .panic()
                    .orElseThrow(() -> new IOException("no CPU crashed the machine; name one behind the colon")));
        }
        CpuList named = CpuList.parse(word);
        List<Integer> chosen = all.stream().filter(named::has).toList();
        if (chosen.isEmpty()) {
            throw new IOException("the machine has the CPUs " + CpuList.text(all) + ", and not " + word);
        }
        return chosen;
    }

    private OptionalInt type(TypedMemory types) throws IOException {
        if (cast.isEmpty()) {
            return OptionalInt.empty();
        }
        OptionalInt id = types.types().find(cast.get());
        id = id.isPresent() ? id : types.types().find("struct " + cast.get());
        if (id.isEmpty()) {
            throw new IOException(text + ": the kernel's types have no '" + cast.get() + "'");
        }
        return id;
    }

    private Value value(TypedMemory types, OptionalInt type, long address) throws IOException {
        if (type.isEmpty() && path.isEmpty()) {
            return ValueReader.read(types, word(types), address);
        }
        Optional<StructType> structure = type.isEmpty() ? Optional.empty() : types.structure(type.getAsInt());
        if (path.isEmpty()) {
            return ValueReader.read(types, type.getAsInt(), address);
        }
        return follow(
                structure.orElseThrow(
                        () -> new IOException(text + ": of what type is it? Write (struct NAME) before it")),
                address);
    }

    /// Goes from member to member; where one is a pointer and there is more of the path, on to what it points
    /// to.
    private Value follow(StructType first, long firstAddress) throws IOException {
        StructType type = first;
        long address = firstAddress;
        String rest = path;
        while (!type.has(rest)) {
            int end = pointerEnd(type, rest);
            Member pointer = type.member(rest.substring(0, end));
            address = pointer.read(address);
            type = pointer.structure()
                    .orElseThrow(() -> new IOException(text + ": " + pointer.path() + " has no members"));
            rest = rest.substring(end + 1);
        }
        return ValueReader.read(type.member(rest), address);
    }

    /// The longest part of a path that is a member.
    private int pointerEnd(StructType type, String rest) throws IOException {
        int end = rest.lastIndexOf('.');
        while (end > 0 && !type.has(rest.substring(0, end))) {
            end = rest.lastIndexOf('.', end - 1);
        }
        if (end <= 0) {
            type.member(rest);
            throw new IOException(text + ": " + type + " has no " + rest);
        }
        return end;
    }

    private static int word(TypedMemory types) throws IOException {
        OptionalInt id = types.types().find("unsigned long");
        id = id.isPresent() ? id : types.types().find("long unsigned int");
        return id.orElseThrow(() -> new IOException("the kernel's types have no unsigned long"));
    }
}
