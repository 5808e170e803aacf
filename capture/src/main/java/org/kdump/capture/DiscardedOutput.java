package org.kdump.capture;

import java.nio.ByteBuffer;
import org.kdump.vmcore.DumpOutput;

/// A dump that is not kept: only its size is of interest.
final class DiscardedOutput extends DumpOutput {
    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    protected void put(long offset, ByteBuffer bytes) {
        bytes.position(bytes.limit());
    }

    @Override
    public void read(long offset, ByteBuffer bytes) {
        throw new UnsupportedOperationException("a dump that is not kept cannot be read back");
    }

    @Override
    public void force() {
        // There is nothing to wait for.
    }

    @Override
    public void end() {
        // There is nothing to end.
    }
}
