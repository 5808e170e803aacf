/// What symbols and types a kernel carries.
module org.kdump.debuginfo {
    requires transitive org.kdump.elf;

    exports org.kdump.debuginfo;
    exports org.kdump.debuginfo.btf;
    exports org.kdump.debuginfo.kallsyms;
    exports org.kdump.debuginfo.namelist;
    exports org.kdump.debuginfo.orc;
}
