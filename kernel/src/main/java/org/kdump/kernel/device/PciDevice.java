package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A device on a PCI bus.
///
/// @param address of its `struct pci_dev` (include/linux/pci.h)
/// @param place `0000:00:01.1`: domain, bus, slot and function
/// @param kind its class, the upper two bytes of it: 0x0200 is an Ethernet controller
/// @param vendor its maker's number
/// @param device the maker's number for it
/// @param driver who drives it; empty if nobody does
public record PciDevice(long address, String place, int kind, int vendor, int device, String driver) {
    /// Those of all buses, each bus before those behind its bridges.
    ///
    /// @return in part where a list is broken
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed, as of one
    ///     without PCI
    /// @throws IOException if the dump cannot be read
    public static Partial<PciDevice> all(TypedMemory kernel) throws IOException {
        List<PciDevice> all = new ArrayList<>();
        Optional<String> problem = add(kernel.struct("pci_bus"), kernel.symbol("pci_root_buses"), new HashSet<>(), all);
        return new Partial<>(all, problem);
    }

    /// @param seen the buses that there were before
    private static Optional<String> add(StructType type, long list, Set<Struct> seen, List<PciDevice> all)
            throws IOException {
        Partial<Struct> buses = Lists.entries(type, "node", list);
        Optional<String> problem = buses.problem();
        for (Struct bus : buses.items()) {
            if (!seen.add(bus)) {
                problem = problem.or(() -> Optional.of("the buses are corrupt: they run in a circle"));
                continue;
            }
            try {
                Partial<Struct> devices =
                        Lists.entries(type.memory().struct("pci_dev"), "bus_list", bus.addressOf("devices"));
                for (Struct device : devices.items()) {
                    all.add(of(device, bus));
                }
                problem = problem.or(devices::problem);
                Optional<String> below = add(type, bus.addressOf("children"), seen, all);
                problem = problem.or(() -> below);
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a bus cannot be read: " + e.getMessage()));
            }
        }
        return problem;
    }

    private static PciDevice of(Struct device, Struct bus) throws IOException {
        int function = (int) device.number("devfn");
        String place =
                "%04x:%02x:%02x.%x".formatted(domain(bus), bus.number("number"), function >> 3 & 0x1f, function & 7);
        Optional<Struct> driver = device.follow("dev.driver");
        return new PciDevice(
                device.address(),
                place,
                (int) (device.number("class") >> 8 & 0xffff),
                (int) device.number("vendor"),
                (int) device.number("device"),
                driver.isPresent() ? LogText.printable(driver.get().text("name")) : "");
    }

    /// `pci_domain_nr` of x86 (arch/x86/include/asm/pci.h): what `sysdata` points to begins with it.
    private static long domain(Struct bus) throws IOException {
        Optional<StructType> type = bus.type().memory().findStruct("pci_sysdata");
        long data = bus.number("sysdata");
        return type.isPresent() && data != 0 ? type.get().at(data).number("domain") : 0;
    }
}
