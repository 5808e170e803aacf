/// The crashed kernel as typed objects.
module org.kdump.kernel {
    requires transitive org.kdump.debuginfo;
    requires transitive org.kdump.vmcore;

    exports org.kdump.kernel;
    exports org.kdump.kernel.crash;
    exports org.kdump.kernel.device;
    exports org.kdump.kernel.file;
    exports org.kdump.kernel.json;
    exports org.kdump.kernel.memory;
    exports org.kdump.kernel.net;
    exports org.kdump.kernel.object;
    exports org.kdump.kernel.repair;
    exports org.kdump.kernel.schedule;
    exports org.kdump.kernel.symbol;
    exports org.kdump.kernel.task;
    exports org.kdump.kernel.unwind;
    exports org.kdump.kernel.why;
}
