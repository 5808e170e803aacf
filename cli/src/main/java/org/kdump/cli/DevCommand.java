package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.device.Disk;
import org.kdump.kernel.device.Driver;
import org.kdump.kernel.device.IoResource;
import org.kdump.kernel.device.PciDevice;
import org.kdump.kernel.json.Json;

/// `kdump dev`: devices.
final class DevCommand extends TableVerb {
    private final Supplier<Boolean> resources = flag("-i", "Who has which I/O ports and physical addresses.");

    private final Supplier<Boolean> pci = flag("-p", "The devices on PCI buses.");

    private final Supplier<Boolean> disks = flag("-d", "Disks, and the requests that they were working on.");

    private final Supplier<Boolean> busyDisks = flag("-D", "As -d, but only disks that had such requests.");

    DevCommand() {
        super(
                "dev",
                "List the character and block devices' numbers, and who has them; or other devices.",
                "",
                "crash's -V and -v, for what a few network drivers add to a dump as it is taken, are not there.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        if (resources.get()) {
            return resources(kernel);
        } else if (pci.get()) {
            return pci(kernel);
        } else if (disks.get() || busyDisks.get()) {
            return disks(kernel);
        }
        return numbers(kernel);
    }

    /// `kind` (`chr` or `blk`), `major`, `name`, `structure` (of the driver), `operations` (a symbol).
    private static List<Map<String, Object>> numbers(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        List<Map<String, Object>> rows = new ArrayList<>();
        Driver.ofCharacters(kernel.types()).forEach(each -> rows.add(number("chr", each, symbols)));
        Driver.ofBlocks(kernel.types()).forEach(each -> rows.add(number("blk", each, symbols)));
        return rows;
    }

    private static Map<String, Object> number(String kind, Driver driver, SymbolText symbols) {
        return Table.row(
                "kind", kind,
                "major", driver.major(),
                "name", driver.name(),
                "structure", driver.structure() == 0 ? null : Json.address(driver.structure()),
                "operations", symbols.orAddress(driver.operations()));
    }

    /// `kind` (`ports` or `memory`), `resource`, `depth` (how many ranges it is within), `start`, `end` (the
    /// last), `name`.
    private static List<Map<String, Object>> resources(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        kernel.told(IoResource.ports(kernel.types())).forEach(each -> rows.add(resource("ports", each)));
        kernel.told(IoResource.memory(kernel.types())).forEach(each -> rows.add(resource("memory", each)));
        return rows;
    }

    private static Map<String, Object> resource(String kind, IoResource resource) {
        return Table.row(
                "kind", kind,
                "resource", Json.address(resource.address()),
                "depth", resource.depth(),
                "start", Json.address(resource.start()),
                "end", Json.address(resource.end()),
                "name", resource.name());
    }

    /// `pci_dev`, `slot` (domain, bus, slot and function), `class`, `id` (vendor and device), `driver` (null
    /// if none).
    private static List<Map<String, Object>> pci(Kernel kernel) throws IOException {
        return kernel.told(PciDevice.all(kernel.types())).stream()
                .map(each -> Table.row(
                        "pci_dev", Json.address(each.address()),
                        "slot", each.place(),
                        "class", "%04x".formatted(each.kind()),
                        "id", "%04x:%04x".formatted(each.vendor(), each.device()),
                        "driver", each.driver().isEmpty() ? null : each.driver()))
                .toList();
    }

    /// `major`, `gendisk`, `name`, `request_queue`, `total`, `read`, `write` (requests).
    private List<Map<String, Object>> disks(Kernel kernel) throws IOException {
        return kernel.told(Disk.all(kernel.types())).stream()
                .filter(each -> !busyDisks.get() || each.reads() + each.writes() > 0)
                .map(each -> Table.row(
                        "major", each.major(),
                        "gendisk", Json.address(each.structure().address()),
                        "name", each.name(),
                        "request_queue", Json.address(each.queue()),
                        "total", each.reads() + each.writes(),
                        "read", each.reads(),
                        "write", each.writes()))
                .toList();
    }
}
