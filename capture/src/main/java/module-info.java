/// Classifies, compresses and writes the pages of a crashed machine.
module org.kdump.capture {
    requires transitive org.kdump.vmcore;

    exports org.kdump.capture;
}
