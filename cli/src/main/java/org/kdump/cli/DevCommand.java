package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.device.Driver;
import org.kdump.kernel.json.Json;

/// `kdump dev`: who has device numbers.
final class DevCommand extends TableVerb {
    DevCommand() {
        super("dev", "List the character and block devices' numbers, and who has them.");
    }

    /// `kind` (`chr` or `blk`), `major`, `name`, `structure` (of the driver), `operations` (a symbol).
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        List<Map<String, Object>> rows = new ArrayList<>();
        Driver.ofCharacters(kernel.types()).forEach(each -> rows.add(row("chr", each, symbols)));
        Driver.ofBlocks(kernel.types()).forEach(each -> rows.add(row("blk", each, symbols)));
        return rows;
    }

    private static Map<String, Object> row(String kind, Driver driver, SymbolText symbols) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", kind);
        row.put("major", driver.major());
        row.put("name", driver.name());
        row.put("structure", driver.structure() == 0 ? null : Json.address(driver.structure()));
        String name = driver.operations() == 0 ? "" : symbols.apply(driver.operations());
        row.put(
                "operations",
                driver.operations() == 0 ? null : name.isEmpty() ? Json.address(driver.operations()) : name);
        return row;
    }
}
