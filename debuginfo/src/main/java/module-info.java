/// What symbols and types a kernel carries.
module org.kdump.debuginfo {
    requires transitive org.kdump.elf;

    exports org.kdump.debuginfo.btf;
    exports org.kdump.debuginfo.kallsyms;
}
