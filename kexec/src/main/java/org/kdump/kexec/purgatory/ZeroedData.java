package org.kdump.kexec.purgatory;

/// What purgatory works with: memory that is zero when it is loaded.
final class ZeroedData {
    static final String SHA256_STATE = "sha256_state";
    static final String SHA256_BUFFER = "sha256_buffer";
    static final String SHA256_COMPUTED = "sha256_computed";
    static final String STACK = "stack";

    /// The deepest calls push some 250 bytes.
    static final int STACK_SIZE = 4096;

    private ZeroedData() {}

    static ObjectSection section() {
        return ObjectSection.zeroed()
                .room(SHA256_STATE, 16, PurgatoryParameters.DIGEST_SIZE)
                .room(SHA256_BUFFER, 16, Sha256Blocks.BLOCK_SIZE)
                .room(SHA256_COMPUTED, 16, PurgatoryParameters.DIGEST_SIZE)
                .room(STACK, 16, STACK_SIZE);
    }
}
