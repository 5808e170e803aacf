/// A kernel image to segments in memory, and the calls that load them.
module org.kdump.kexec {
    requires transitive org.kdump.elf;
    requires org.kdump.syscall;

    exports org.kdump.kexec;
    exports org.kdump.kexec.purgatory;
}
