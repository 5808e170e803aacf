/// Classifies, compresses and writes the pages of a crashed machine.
module org.kdump.capture {
    requires org.kdump.kernel;
    requires org.kdump.syscall;
    requires transitive org.kdump.vmcore;

    exports org.kdump.capture;

    uses org.kdump.capture.DumpFilter;

    provides org.kdump.capture.DumpFilter with
            org.kdump.capture.erase.EraseFilter;
}
