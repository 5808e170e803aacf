package org.kdump.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.MemorySearch;

/// `kdump search`: where a word is in memory.
final class SearchCommand extends TableVerb {
    private static final int MOST = 100_000;

    private final Supplier<String> value =
            argument(String.class, "VALUE|SYMBOL", "8 bytes (hexadecimal), or the address of a symbol.");

    private final Supplier<String> mask =
            option(String.class, "-m", "MASK", "Bits that do not matter (hexadecimal).", "0");

    private final Supplier<Boolean> text =
            flag("-c", "VALUE is text of 8 bytes or less, at an address that is a multiple of 8.");

    SearchCommand() {
        super(
                "search",
                "Look for a word of 8 bytes in all memory that is in the dump, at multiples of 8.",
                "",
                "Exit status: 0, or 1 if it is nowhere.");
    }

    /// `physical`, `virtual` (where the kernel has all memory mapped), `value`.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        long ignored = Long.parseUnsignedLong(mask.get().replaceFirst("^0x", ""), 16);
        MemorySearch search =
                new MemorySearch(text.get() ? textValue() : kernel.address(value.get()), ignored | unused());
        OptionalLong base = kernel.types().findSymbol("page_offset_base");
        long direct = base.isPresent() ? kernel.memory().u64(base.getAsLong()) : 0;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (MemorySearch.Hit hit : kernel.told(search.in(kernel.vmcore(), MOST))) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("physical", Json.address(hit.address()));
            row.put("virtual", direct == 0 ? null : Json.address(direct + hit.address()));
            row.put("value", Json.address(hit.value()));
            rows.add(row);
        }
        return rows;
    }

    private byte[] bytes() {
        byte[] bytes = value.get().getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > Long.BYTES) {
            throw misuse("-c looks for 1 to 8 bytes, and '" + value.get() + "' has " + bytes.length);
        }
        return bytes;
    }

    private long textValue() {
        return ByteBuffer.wrap(Arrays.copyOf(bytes(), Long.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
    }

    /// The bits behind a short text.
    private long unused() {
        int length = text.get() ? bytes().length : Long.BYTES;
        return length == Long.BYTES ? 0 : -1L << length * Byte.SIZE;
    }
}
