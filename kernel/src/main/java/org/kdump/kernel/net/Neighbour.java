package org.kdump.kernel.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A machine on the same link, as the kernel remembers it (`struct neighbour`, include/net/neighbour.h): for
/// IPv4 an entry of the ARP cache.
///
/// @param address of its `struct neighbour`
/// @param protocolAddress its address of the internet
/// @param hardware its address on the link, `00:16:3e:4b:a5:4a`
/// @param device the name of the network device
/// @param state `REACHABLE`, `STALE`, `NOARP`, and others; several with `|` between them
public record Neighbour(long address, String protocolAddress, String hardware, String device, String state) {
    /// `NEIGH_NR_TABLES`, should the types not tell: that for DECnet, the third, is gone since Linux 6.1.
    private static final int TABLES = 2;

    private static final int MOST_TABLES = 8;

    private static final int LARGEST_SHIFT = 20;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int LONGEST_HARDWARE = 32;

    /// `NUD_…` (include/uapi/linux/neighbour.h), by their bits.
    private static final List<String> STATES =
            List.of("INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT");

    /// Those of all tables.
    ///
    /// @return in part where a list is broken
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Neighbour> all(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("neigh_table");
        int word = kernel.types().pointerSize();
        List<Neighbour> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        long tables = kernel.types().enumerator("NEIGH_NR_TABLES").orElse(TABLES);
        for (long i = 0; i < Math.min(tables, MOST_TABLES); i++) {
            long address = kernel.memory().word(kernel.symbol("neigh_tables") + i * word);
            Optional<Struct> hash =
                    address == 0 ? Optional.empty() : type.at(address).follow("nht");
            if (hash.isPresent()) {
                int family = (int) type.at(address).number("family");
                try {
                    Optional<String> missing = add(hash.get(), family, all);
                    problem = problem.or(() -> missing);
                } catch (MemoryFault e) {
                    problem = problem.or(() -> Optional.of("a table of neighbours cannot be read: " + e.getMessage()));
                }
            }
        }
        return new Partial<>(all, problem);
    }

    /// Chains of `next` until Linux 6.13 (commit f7f52738637f, "neighbour: Create netdev->neighbour
    /// association"), then hlists.
    private static Optional<String> add(Struct hash, int family, List<Neighbour> all) throws IOException {
        TypedMemory kernel = hash.type().memory();
        StructType type = kernel.struct("neighbour");
        boolean lists = hash.type().has("hash_heads");
        long buckets = hash.number(lists ? "hash_heads" : "hash_buckets");
        long count = 1L << Math.clamp(hash.number("hash_shift"), 0, LARGEST_SHIFT);
        Optional<String> problem = Optional.empty();
        for (long i = 0; i < count; i++) {
            long place = buckets + i * kernel.types().pointerSize();
            Partial<Struct> entries = lists
                    ? Lists.bucket(type, "hash", place)
                    : Lists.chained(type, "next", kernel.memory().word(place));
            problem = problem.or(entries::problem);
            for (Struct each : entries.items()) {
                all.add(of(each, family));
            }
        }
        return problem;
    }

    private static Neighbour of(Struct entry, int family) throws IOException {
        TypedMemory kernel = entry.type().memory();
        long key = entry.addressOf("primary_key");
        String address = switch (family) {
            case INET -> IpAddress.version4(kernel.memory().u32(key));
            case INET6 -> IpAddress.version6(kernel.memory(), key);
            default -> "";
        };
        Optional<Struct> device = entry.follow("dev");
        int length = device.isPresent() ? Math.clamp(device.get().number("addr_len"), 0, LONGEST_HARDWARE) : 0;
        String hardware = HexFormat.ofDelimiter(":").formatHex(kernel.memory().bytes(entry.addressOf("ha"), length));
        String name = device.isPresent() ? LogText.printable(device.get().text("name")) : "";
        return new Neighbour(entry.address(), address, hardware, name, state((int) entry.number("nud_state")));
    }

    private static String state(int bits) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < STATES.size(); i++) {
            if ((bits >> i & 1) != 0) {
                names.add(STATES.get(i));
            }
        }
        return names.isEmpty() ? "NONE" : String.join("|", names);
    }
}
