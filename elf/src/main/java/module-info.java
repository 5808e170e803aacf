/// ELF32 and ELF64 files in both byte orders, read and written.
module org.kdump.elf {
    exports org.kdump.elf;
}
