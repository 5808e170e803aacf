/// What the jar of aircompressor lacks to be linked into a run-time image: a description of the part that we use.
module aircompressor.v3 {
    requires jdk.unsupported;

    exports io.airlift.compress.v3;
    exports io.airlift.compress.v3.lz4;
    exports io.airlift.compress.v3.lzo;
    exports io.airlift.compress.v3.snappy;
}
