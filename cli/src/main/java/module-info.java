/// The command line: one class a verb.
module org.kdump.cli {
    requires info.picocli;
    requires org.kdump.capture;
    requires org.kdump.kernel;
    requires org.kdump.kexec;
    requires org.kdump.qemu;
    requires org.kdump.syscall;

    uses org.kdump.capture.DumpFilter;
}
