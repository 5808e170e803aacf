package org.kdump.kernel.object;

import java.io.IOException;
import java.util.Optional;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.MemberLocation;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// A member of a struct, its place known: reading it costs no more than the read. Safe for use by several threads.
public final class Member {
    /// A string longer than this is not believed.
    private static final int LONGEST_TEXT = 1 << 16;

    private final StructType owner;
    private final String path;
    private final MemberLocation place;
    private final long size;
    private final boolean signed;
    private final Optional<StructType> structure;

    Member(StructType owner, String path, MemberLocation place) {
        this.owner = owner;
        this.path = path;
        this.place = place;
        Btf types = owner.memory().types();
        BtfType type = types.type(types.resolve(place.type()));
        this.size = types.size(type.id()).orElse(0);
        // No switch over patterns, the first of which costs each start 8 ms.
        this.signed = type instanceof BtfType.Int integer && integer.signed()
                || type instanceof BtfType.Enumeration enumeration && enumeration.signed();
        int inner = type instanceof BtfType.Pointer pointer ? pointer.target() : type.id();
        this.structure = owner.memory().structure(type instanceof BtfType.Array array ? array.element() : inner);
    }

    /// The struct that it is in.
    public StructType owner() {
        return owner;
    }

    /// Its path from there.
    public String path() {
        return path;
    }

    /// Its place.
    public MemberLocation place() {
        return place;
    }

    /// Its offset in bytes; of a bit-field that of the byte with its first bit.
    public long offset() {
        return place.offset();
    }

    /// Its size in bytes, of a bit-field that of its type; 0 for a flexible array.
    public long size() {
        return size;
    }

    /// The struct that it is, points to, or is an array of; empty if none.
    public Optional<StructType> structure() {
        return structure;
    }

    /// Its address in the struct at `address`.
    public long address(long address) {
        return address + offset();
    }

    /// The integer, enum or pointer there, extended by its sign if its type has one; what does not fit a signed long
    /// comes out negative.
    ///
    /// @param address the struct's
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws MalformedInputException if it is no such thing
    /// @throws IOException if the dump cannot be read
    public long read(long address) throws IOException {
        if (!place.isBitField() && (size > Long.BYTES || Long.bitCount(size) != 1)) {
            throw owner.memory().lacks(toString(), "is no number, it has " + size + " bytes");
        }
        return owner.memory().number(place, address, size, signed);
    }

    /// The text there: of an array of `char` as many as there are, of a pointer to `char` up to its NUL, in
    /// ISO 8859-1. Empty for a null pointer.
    ///
    /// @param address the struct's
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public String text(long address) throws IOException {
        Btf types = owner.memory().types();
        VirtualMemory memory = owner.memory().memory();
        if (types.type(types.resolve(place.type())) instanceof BtfType.Array array) {
            long length = array.count() == 0 ? LONGEST_TEXT : array.count();
            return memory.cstring(address(address), (int) Math.min(length, LONGEST_TEXT));
        }
        long target = read(address);
        return target == 0 ? "" : memory.cstring(target, LONGEST_TEXT);
    }

    @Override
    public String toString() {
        return owner + "." + path;
    }
}
