package org.kdump.kernel.object;

import java.io.IOException;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.VirtualMemory;

/// The kernel's lists (include/linux/list.h, list_nulls.h, llist.h), read whole.
///
/// A list that leads out of the dump's memory or runs in a circle is answered in part, and the answer says
/// so.
public final class Lists {
    private Lists() {}

    /// The entries of a `list_head`, as `list_for_each_entry` has them.
    ///
    /// @param type what the entries are
    /// @param member the `list_head` in them
    /// @param head the address of the list's head, which is in no entry
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> entries(StructType type, String member, long head) throws IOException {
        Member next = type.memory().struct("list_head").member("next");
        return walk(type, member, head, next, address -> address == head);
    }

    /// The entries of one bucket of a hash, an `hlist_head`.
    ///
    /// @param type what the entries are
    /// @param member the `hlist_node` in them
    /// @param head the address of the `hlist_head`
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> bucket(StructType type, String member, long head) throws IOException {
        Member next = type.memory().struct("hlist_node").member("next");
        return walk(type, member, head, next, address -> address == 0);
    }

    /// The entries of one bucket of a hash whose chains end in an odd number, an `hlist_nulls_head`.
    ///
    /// @param type what the entries are
    /// @param member the `hlist_nulls_node` in them
    /// @param head the address of the `hlist_nulls_head`
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> nullsBucket(StructType type, String member, long head) throws IOException {
        Member next = type.memory().struct("hlist_nulls_node").member("next");
        return walk(type, member, head, next, address -> (address & 1) != 0 || address == 0);
    }

    /// The entries of a lockless list, an `llist_head`.
    ///
    /// @param type what the entries are
    /// @param member the `llist_node` in them
    /// @param head the address of the `llist_head`
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> lockless(StructType type, String member, long head) throws IOException {
        Member next = type.memory().struct("llist_node").member("next");
        return walk(type, member, head, next, address -> address == 0);
    }

    /// The structs of which each points to the next, until a null pointer.
    ///
    /// @param next the pointer in them
    /// @param first the first's address, 0 for none
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> chained(StructType type, String next, long first) throws IOException {
        Member member = type.member(next);
        return Chain.walk(first, member::read, address -> address == 0).structs(type, 0);
    }

    /// The addresses that a chain of pointers goes by, whatever it is of.
    ///
    /// @param first the first one's address
    /// @param offset where in each the pointer to the next one is, in bytes
    /// @param head an address at which it ends, beside 0, `first` and one that points to itself; 0 for none
    /// @param end another one
    /// @throws IOException if the dump cannot be read
    public static Partial<Long> addresses(VirtualMemory memory, long first, long offset, long head, long end)
            throws IOException {
        boolean[] begun = {false};
        long[] before = {0};
        Chain chain = Chain.walk(first, address -> memory.word(address + offset), address -> {
            boolean isStart = begun[0] && address == first;
            boolean isItself = address == before[0];
            begun[0] = true;
            before[0] = address;
            return address == 0 || address == head || address == end || isStart || isItself;
        });
        return chain.found();
    }

    /// A head begins with the pointer that its nodes have too.
    private static Partial<Struct> walk(StructType type, String member, long head, Member next, Chain.End end)
            throws IOException {
        long offset = type.member(member).offset();
        long first = type.memory().memory().word(head);
        return Chain.walk(first, next::read, end).structs(type, offset);
    }
}
