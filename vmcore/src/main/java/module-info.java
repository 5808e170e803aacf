/// The memory of a crashed machine as a random-access file.
module org.kdump.vmcore {
    requires transitive org.kdump.elf;
    requires com.github.luben.zstd_jni;
}
