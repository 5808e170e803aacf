/// The memory of a crashed machine as a random-access file.
module org.kdump.vmcore {
    requires transitive org.kdump.elf;
    requires aircompressor.v3;
    requires com.github.luben.zstd_jni;

    exports org.kdump.vmcore;
    exports org.kdump.vmcore.codec;
    exports org.kdump.vmcore.diskdump;
    exports org.kdump.vmcore.elfcore;
    exports org.kdump.vmcore.flattened;
    exports org.kdump.vmcore.format;
    exports org.kdump.vmcore.paging;
    exports org.kdump.vmcore.raw;
    exports org.kdump.vmcore.repair;
}
