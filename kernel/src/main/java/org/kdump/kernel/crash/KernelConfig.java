package org.kdump.kernel.crash;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import org.kdump.kernel.object.TypedMemory;

/// How the kernel was configured, where it has that with it (`CONFIG_IKCONFIG`; kernel/configs.c).
public final class KernelConfig {
    private static final int MOST = 1 << 20;
    private static final int LONGEST_TEXT = 1 << 24;

    private KernelConfig() {}

    /// Its `.config`; empty if the kernel does not have it with it.
    ///
    /// @throws IOException if it cannot be read, or is no gzip
    public static Optional<String> text(TypedMemory kernel) throws IOException {
        OptionalLong start = kernel.findSymbol("kernel_config_data");
        OptionalLong end = kernel.findSymbol("kernel_config_data_end");
        long length = start.isPresent() && end.isPresent() ? end.getAsLong() - start.getAsLong() : 0;
        if (length <= 0 || length > MOST) {
            return Optional.empty();
        }
        byte[] packed = kernel.memory().bytes(start.getAsLong(), (int) length);
        try (InputStream text = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return Optional.of(new String(text.readNBytes(LONGEST_TEXT), StandardCharsets.UTF_8));
        }
    }
}
