package org.kdump.vmcore.elfcore;

import java.io.Closeable;
import java.io.IOException;
import org.kdump.elf.ByteSource;
import org.kdump.vmcore.Vmcore;

/// An ELF core.
public final class ElfCoreVmcore {
    private ElfCoreVmcore() {}

    /// Opens.
    public static Vmcore open(ByteSource source, Closeable file) throws IOException {
        throw new IOException("not built yet");
    }
}
