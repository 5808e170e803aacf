package org.kdump.kernel.object;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.elf.MalformedInputException;

/// A struct or union of the crashed kernel, whose members are looked up once. Safe for use by several threads.
public final class StructType {
    private final TypedMemory memory;
    private final int id;
    private final String name;
    private final long size;
    private final Map<String, Optional<Member>> members = new ConcurrentHashMap<>();

    /// @param id a struct's or union's
    StructType(TypedMemory memory, int id) {
        Btf types = memory.types();
        this.memory = memory;
        this.id = id;
        this.name = types.name(id);
        this.size = types.size(id).orElseThrow();
    }

    /// The memory that it is of.
    public TypedMemory memory() {
        return memory;
    }

    /// Its id in the BTF.
    public int id() {
        return id;
    }

    /// Its name without `struct`; empty if it has none.
    public String name() {
        return name;
    }

    /// Its size in bytes.
    public long size() {
        return size;
    }

    /// A member; empty if this kernel's struct has none.
    ///
    /// @param path names and indices, `se.avg.load_avg`, `pid_links[1].next`; anonymous structs are looked through
    public Optional<Member> find(String path) {
        return members.computeIfAbsent(
                path, key -> memory.types().member(id, key).map(place -> new Member(this, key, place)));
    }

    /// A member.
    ///
    /// @throws MalformedInputException if this kernel's struct has none
    public Member member(String path) {
        return find(path).orElseThrow(() -> memory.lacks(toString(), "this kernel's has no member " + path));
    }

    /// The first of some members that is there, for what has been given another name in the course of time.
    ///
    /// @throws MalformedInputException if this kernel's struct has none of them
    public Member firstOf(String... paths) {
        for (String path : paths) {
            Optional<Member> member = find(path);
            if (member.isPresent()) {
                return member.get();
            }
        }
        throw memory.lacks(toString(), "this kernel's has no member " + String.join(" or ", paths));
    }

    /// Whether this kernel's struct has that member.
    public boolean has(String path) {
        return find(path).isPresent();
    }

    /// One at an address.
    public Struct at(long address) {
        return new Struct(this, address);
    }

    /// The one that has its member at an address: the kernel's `container_of`.
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member
    public Struct containing(String path, long memberAddress) {
        return at(memberAddress - member(path).offset());
    }

    @Override
    public String toString() {
        return (memory.types().is(id, BtfKind.UNION) ? "union " : "struct ") + name;
    }
}
