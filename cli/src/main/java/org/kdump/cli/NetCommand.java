package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.net.NetDevice;
import org.kdump.kernel.net.Socket;
import org.kdump.kernel.task.Task;

/// `kdump net`: network devices and sockets.
final class NetCommand extends TableVerb {
    private final Supplier<List<String>> words =
            optionalArguments(String.class, "PID|TASK", "With -s: whose sockets. Default: those of all tasks.");

    private final Supplier<Boolean> sockets = flag("-s", "The sockets that tasks had open.");

    NetCommand() {
        super("net", "List network devices and their addresses, or the sockets of tasks.");
    }

    /// Devices: `net_device`, `name`, `up`, `mtu`, `addresses`. Sockets: `pid`, `comm`, `fd`, `socket`,
    /// `sock`, `family`,
    /// `type`, `source`, `destination`.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        if (sockets.get()) {
            List<String> unknown = new ArrayList<>();
            for (Task task :
                    words.get().isEmpty() ? kernel.tasks() : new NamedTasks(kernel).find(words.get(), unknown)) {
                add(rows, kernel, task);
            }
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
            return rows;
        }
        for (NetDevice device : kernel.told(NetDevice.all(kernel.types()))) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("net_device", Json.address(device.address()));
            row.put("name", device.name());
            row.put("up", device.up());
            row.put("mtu", device.mtu());
            row.put("addresses", device.addresses());
            rows.add(row);
        }
        return rows;
    }

    private static void add(List<Map<String, Object>> rows, Kernel kernel, Task task) throws IOException {
        for (Socket socket : kernel.told(Socket.of(task.structure()))) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("pid", task.pid());
            row.put("comm", task.name());
            row.put("fd", socket.descriptor());
            row.put("socket", Json.address(socket.socket()));
            row.put("sock", Json.address(socket.sock()));
            row.put("family", socket.family());
            row.put("type", socket.type());
            row.put("source", socket.source());
            row.put("destination", socket.destination());
            rows.add(row);
        }
    }
}
