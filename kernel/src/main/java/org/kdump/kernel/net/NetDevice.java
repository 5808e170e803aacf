package org.kdump.kernel.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// A network device.
///
/// @param address of its `struct net_device`
/// @param name its name
/// @param mtu bytes of the largest packet
/// @param up whether it was up (`IFF_UP`)
/// @param addresses its IPv4 addresses, then those of IPv6
public record NetDevice(long address, String name, long mtu, boolean up, List<String> addresses) {
    /// Copies the list.
    public NetDevice {
        addresses = List.copyOf(addresses);
    }

    /// Those of the first network namespace.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<NetDevice> all(TypedMemory kernel) throws IOException {
        return in(kernel.variable("init_net", "net"));
    }

    /// Those of a network namespace.
    ///
    /// @param namespace a `struct net`
    /// @throws IOException as [#all]
    public static Partial<NetDevice> in(Struct namespace) throws IOException {
        TypedMemory kernel = namespace.type().memory();
        Partial<Struct> devices =
                Lists.entries(kernel.struct("net_device"), "dev_list", namespace.addressOf("dev_base_head"));
        List<NetDevice> all = new ArrayList<>();
        for (Struct device : devices.items()) {
            all.add(new NetDevice(
                    device.address(),
                    LogText.printable(device.text("name")),
                    device.number("mtu"),
                    (device.number("flags") & 1) != 0,
                    addresses(device)));
        }
        return new Partial<>(all, devices.problem());
    }

    private static List<String> addresses(Struct device) throws IOException {
        List<String> all = new ArrayList<>();
        Optional<Struct> internet = device.follow("ip_ptr");
        if (internet.isPresent()) {
            TypedMemory kernel = device.type().memory();
            for (Struct each : Lists.chained(
                            kernel.struct("in_ifaddr"),
                            "ifa_next",
                            internet.get().number("ifa_list"))
                    .items()) {
                all.add(IpAddress.version4(each.number("ifa_local")));
            }
        }
        addVersion6(device, all);
        return all;
    }

    private static void addVersion6(Struct device, List<String> all) throws IOException {
        TypedMemory kernel = device.type().memory();
        // The protocol may be a module, and then its types are in no kernel's BTF.
        Optional<StructType> address = kernel.findStruct("inet6_ifaddr");
        Optional<Struct> internet =
                address.isEmpty() || !device.type().has("ip6_ptr") ? Optional.empty() : device.follow("ip6_ptr");
        if (internet.isPresent()) {
            long list = internet.get().addressOf("addr_list");
            for (Struct each : Lists.entries(address.get(), "if_list", list).items()) {
                all.add(IpAddress.version6(kernel.memory(), each.addressOf("addr")));
            }
        }
    }
}
