/// Virtual machines: a guest built from a kernel package, run, watched and crashed.
module org.kdump.qemu {
    requires com.github.luben.zstd_jni;
    requires org.kdump.elf;

    exports org.kdump.qemu;
}
