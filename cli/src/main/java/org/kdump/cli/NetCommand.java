package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.net.Neighbour;
import org.kdump.kernel.net.NetDevice;
import org.kdump.kernel.net.Socket;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;
import org.kdump.kernel.task.Task;
import org.kdump.vmcore.paging.MemoryFault;

/// `kdump net`: network devices and sockets.
final class NetCommand extends TableVerb {
    private final Supplier<List<String>> words =
            optionalArguments(String.class, "PID|TASK", "With -s and -S: whose sockets. Default: those of all tasks.");

    private final Supplier<Boolean> sockets = flag("-s", "The sockets that tasks had open.");

    private final Supplier<Boolean> structures = flag("-S", "As -s, with each struct socket and struct sock.");

    private final Supplier<String> reference =
            option(String.class, "-R", "REFERENCE", "With -s: only the socket, sock or descriptor that is this.");

    private final Supplier<Boolean> neighbours = flag("-a", "The neighbours on each link: the ARP cache, and IPv6's.");

    private final Supplier<String> namespace =
            option(String.class, "-n", "PID|TASK", "The devices that this task sees.");

    private final Supplier<String> address =
            option(String.class, "-N", "ADDRESS", "Write this IPv4 address, a number as it is in memory, with dots.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "With -S: integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "With -S: integers in decimal; so unless told.");

    private final Foreach foreach = new Foreach(this);

    NetCommand() {
        super("net", "List network devices and their addresses, or the sockets of tasks.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        if (address.get() != null) {
            return List.of(Table.row("given", address.get(), "address", dotted(address.get())));
        } else if (neighbours.get()) {
            return neighbours(kernel);
        }
        return sockets.get() || structures.get() || foreach.isAsked() ? sockets(kernel) : devices(kernel);
    }

    /// `given`, `address`.
    private String dotted(String word) {
        try {
            long number = Long.decode(word);
            return "%d.%d.%d.%d".formatted(number & 0xff, number >> 8 & 0xff, number >> 16 & 0xff, number >> 24 & 0xff);
        } catch (NumberFormatException notANumber) {
            throw misuse("-N " + word + ": an address is a number, as 0x0100007f");
        }
    }

    /// `net_device`, `name`, `up`, `mtu`, `addresses`.
    private List<Map<String, Object>> devices(Kernel kernel) throws IOException {
        return kernel.told(seen(kernel)).stream()
                .map(device -> Table.row(
                        "net_device", Json.address(device.address()),
                        "name", device.name(),
                        "up", device.up(),
                        "mtu", device.mtu(),
                        "addresses", device.addresses()))
                .toList();
    }

    private Partial<NetDevice> seen(Kernel kernel) throws IOException {
        if (namespace.get() == null) {
            return NetDevice.all(kernel.types());
        }
        for (Task task : new NamedTasks(kernel).find(List.of(namespace.get()), new ArrayList<>())) {
            var proxy = task.structure().follow("nsproxy");
            var seen = proxy.isPresent() ? proxy.get().follow("net_ns") : proxy;
            if (seen.isPresent()) {
                return NetDevice.in(seen.get());
            }
        }
        throw new IOException(namespace.get() + ": there is no such task, or it sees no network");
    }

    /// `neighbour`, `address`, `hardware` (its address on the link), `device`, `state`.
    private static List<Map<String, Object>> neighbours(Kernel kernel) throws IOException {
        return kernel.told(Neighbour.all(kernel.types())).stream()
                .map(each -> Table.row(
                        "neighbour", Json.address(each.address()),
                        "address", each.protocolAddress(),
                        "hardware", each.hardware(),
                        "device", each.device(),
                        "state", each.state()))
                .toList();
    }

    private List<Map<String, Object>> sockets(Kernel kernel) throws IOException {
        List<String> unknown = new ArrayList<>();
        List<Task> tasks = foreach.isAsked()
                ? foreach.tasks(kernel)
                : words.get().isEmpty() ? kernel.tasks() : new NamedTasks(kernel).find(words.get(), unknown);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Task task : tasks) {
            try {
                for (Socket socket : kernel.told(Socket.of(task.structure()))) {
                    if (reference.get() == null || isMeant(socket, reference.get())) {
                        rows.add(row(kernel, task, socket));
                    }
                }
            } catch (MemoryFault e) {
                kernel.problems().accept("a task's sockets are left out: " + e.getMessage());
            }
        }
        unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
        return rows;
    }

    private static boolean isMeant(Socket socket, String word) {
        String plain = word.replaceFirst("^0x", "");
        return plain.equals(Long.toHexString(socket.socket()))
                || plain.equals(Long.toHexString(socket.sock()))
                || word.equals(Integer.toString(socket.descriptor()));
    }

    /// `pid`, `comm`, `fd`, `socket`, `sock`, `family`, `type`, `source`, `destination`; with -S
    /// `socket_value` and `sock_value` (the structs' members).
    private Map<String, Object> row(Kernel kernel, Task task, Socket socket) throws IOException {
        Map<String, Object> row = Table.row(
                "pid", task.pid(),
                "comm", task.name(),
                "fd", socket.descriptor(),
                "socket", Json.address(socket.socket()),
                "sock", Json.address(socket.sock()),
                "family", socket.family(),
                "type", socket.type(),
                "source", socket.source(),
                "destination", socket.destination());
        if (structures.get()) {
            row.put("socket_value", value(kernel, "socket", socket.socket()));
            row.put("sock_value", socket.sock() == 0 ? null : value(kernel, "sock", socket.sock()));
        }
        return row;
    }

    private static Object value(Kernel kernel, String type, long address) throws IOException {
        Struct structure = kernel.types().struct(type, address);
        return ValueJson.of(ValueReader.read(kernel.types(), structure.type().id(), address));
    }

    @Override
    void print(Kernel kernel, List<Map<String, Object>> rows) throws IOException {
        if (!structures.get()) {
            super.print(kernel, rows);
            return;
        }
        SymbolText symbols = SymbolText.of(kernel);
        for (Map<String, Object> row : rows) {
            row.remove("socket_value");
            row.remove("sock_value");
            Table.print(List.of(row), out());
            for (String type : List.of("socket", "sock")) {
                long at = kernel.address(row.get(type).toString());
                if (at != 0) {
                    Struct structure = kernel.types().struct(type, at);
                    var value =
                            ValueReader.read(kernel.types(), structure.type().id(), at);
                    boolean hex = hexadecimal.get() && !decimal.get();
                    out().println("struct " + type + " " + ValueText.of(value, hex, 0, symbols));
                }
            }
        }
    }
}
