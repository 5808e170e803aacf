/// A kernel image to segments in memory, and the calls that load them.
module org.kdump.kexec {
    requires transitive org.kdump.elf;
    requires aircompressor.v3;
    requires com.github.luben.zstd_jni;
    requires org.kdump.syscall;
    requires org.tukaani.xz;

    exports org.kdump.kexec;
    exports org.kdump.kexec.purgatory;
}
