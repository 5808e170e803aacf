/// Virtual machines: built from a kernel package, run, watched and crashed.
module org.kdump.qemu {
    requires com.github.luben.zstd_jni;
}
