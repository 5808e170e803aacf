/// Classifies, compresses and writes the pages of a crashed machine.
module org.kdump.capture {
    requires org.kdump.kernel;
    requires transitive org.kdump.vmcore;

    exports org.kdump.capture;
}
