package org.kdump.kernel.object;

import java.io.IOException;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// A struct or union in the crashed kernel's memory: a type and an address. Nothing is read until a member is.
///
/// Members are named by their path. A path is looked up once for its type; who reads a member of very many structs may
/// hold the [Member] instead.
///
/// @param type its type
/// @param address its virtual address
public record Struct(StructType type, long address) {
    /// Whether it is the same one. This and [#hashCode] say what a record says anyway, whose own take 8 ms to be made.
    @Override
    public boolean equals(Object other) {
        return other instanceof Struct struct && address == struct.address && type.equals(struct.type);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(address);
    }

    /// The integer, enum or pointer that a member is; see [Member#read].
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member, or it is no number
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public long number(String path) throws IOException {
        return type.member(path).read(address);
    }

    /// The text that a member is or points to; see [Member#text].
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public String text(String path) throws IOException {
        return type.member(path).text(address);
    }

    /// The address of a member.
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member
    public long addressOf(String path) {
        return type.member(path).address(address);
    }

    /// The struct that a member is.
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member, or it is no struct
    public Struct inner(String path) {
        Member member = type.member(path);
        return structure(member).at(member.address(address));
    }

    /// The struct that a member points to; empty for a null pointer.
    ///
    /// @throws MalformedInputException if this kernel's struct has no such member, or it points to no struct
    /// @throws MemoryFault if the pointer is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public Optional<Struct> follow(String path) throws IOException {
        Member member = type.member(path);
        long target = member.read(address);
        return target == 0 ? Optional.empty() : Optional.of(structure(member).at(target));
    }

    private static StructType structure(Member member) {
        return member.structure()
                .orElseThrow(() -> member.owner().memory().lacks(member.toString(), "is no struct, nor points to one"));
    }

    @Override
    public String toString() {
        return type + " at 0x" + Long.toHexString(address);
    }
}
