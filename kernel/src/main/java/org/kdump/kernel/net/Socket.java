package org.kdump.kernel.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.file.OpenFile;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;

/// A socket that a process had open.
///
/// @param descriptor its number
/// @param socket the address of its `struct socket`
/// @param sock that of its `struct sock`; 0 if it has none
/// @param family `UNIX`, `INET`, `INET6`, `NETLINK`, or a number
/// @param type `STREAM`, `DGRAM`, `RAW`, or a number
/// @param source its own address and port, of `INET` and `INET6` only
/// @param destination the other one's
public record Socket(
        int descriptor, long socket, long sock, String family, String type, String source, String destination) {
    private static final int INET = 2;
    private static final int INET6 = 10;

    /// Those of a task.
    ///
    /// @param task a `struct task_struct`
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Socket> of(Struct task) throws IOException {
        Partial<OpenFile> files = OpenFile.of(task);
        StructType allocated = task.type().memory().struct("socket_alloc");
        List<Socket> all = new ArrayList<>();
        for (OpenFile file : files.items()) {
            if (file.type().equals("SOCK")) {
                all.add(of(file, allocated.containing("vfs_inode", file.inode()).inner("socket")));
            }
        }
        return new Partial<>(all, files.problem());
    }

    private static Socket of(OpenFile file, Struct socket) throws IOException {
        Optional<Struct> sock = socket.follow("sk");
        if (sock.isEmpty()) {
            return new Socket(file.descriptor(), socket.address(), 0, "", "", "", "");
        }
        int family = (int) sock.get().number("__sk_common.skc_family");
        return new Socket(
                file.descriptor(),
                socket.address(),
                sock.get().address(),
                family(family),
                type((int) socket.number("type")),
                end(sock.get(), family, "rcv_saddr", sock.get().number("__sk_common.skc_num")),
                end(sock.get(), family, "daddr", port(sock.get())));
    }

    private static String end(Struct sock, int family, String member, long port) throws IOException {
        return switch (family) {
            case INET -> IpAddress.version4(sock.number("__sk_common.skc_" + member)) + ":" + port;
            case INET6 -> {
                long address = sock.addressOf("__sk_common.skc_v6_" + member);
                yield "[" + IpAddress.version6(sock.type().memory().memory(), address) + "]:" + port;
            }
            default -> "";
        };
    }

    private static long port(Struct sock) throws IOException {
        return Short.toUnsignedInt(Short.reverseBytes((short) sock.number("__sk_common.skc_dport")));
    }

    /// `AF_…` (include/linux/socket.h).
    private static String family(int number) {
        return switch (number) {
            case 1 -> "UNIX";
            case INET -> "INET";
            case INET6 -> "INET6";
            case 16 -> "NETLINK";
            case 17 -> "PACKET";
            default -> Integer.toString(number);
        };
    }

    /// `enum sock_type` (include/linux/net.h).
    private static String type(int number) {
        return switch (number) {
            case 1 -> "STREAM";
            case 2 -> "DGRAM";
            case 3 -> "RAW";
            case 5 -> "SEQPACKET";
            default -> Integer.toString(number);
        };
    }
}
