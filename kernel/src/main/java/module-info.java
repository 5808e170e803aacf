/// The crashed kernel as typed objects.
module org.kdump.kernel {
    requires transitive org.kdump.debuginfo;
    requires transitive org.kdump.vmcore;

    exports org.kdump.kernel;
    exports org.kdump.kernel.object;
    exports org.kdump.kernel.symbol;
    exports org.kdump.kernel.unwind;
    exports org.kdump.kernel.why;
}
