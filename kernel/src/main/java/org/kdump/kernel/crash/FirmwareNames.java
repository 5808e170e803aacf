package org.kdump.kernel.crash;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.TypedMemory;

/// What the firmware says of the machine (DMI; `dmi_ident`, drivers/firmware/dmi_scan.c).
public final class FirmwareNames {
    private static final int LONGEST = 256;

    private FirmwareNames() {}

    /// Its texts by the kernel's names for them, `DMI_SYS_VENDOR`; those that it did not tell are left out.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Map<String, String> all(TypedMemory kernel) throws IOException {
        long table = kernel.symbol("dmi_ident");
        OptionalInt names = kernel.types().find(BtfKind.ENUM, "dmi_field");
        Map<String, String> all = new LinkedHashMap<>();
        if (names.isPresent() && kernel.types().type(names.getAsInt()) instanceof BtfType.Enumeration fields) {
            long end = kernel.enumerator("DMI_STRING_MAX");
            for (BtfType.Enumerator field : fields.values()) {
                long text = field.value() >= end ? 0 : kernel.memory().word(table + field.value() * Long.BYTES);
                if (text != 0) {
                    all.put(field.name(), LogText.printable(kernel.memory().cstring(text, LONGEST)));
                }
            }
        }
        return all;
    }
}
