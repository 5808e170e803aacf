package org.kdump.kexec;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.elf.ElfClass;

/// How a kernel is laid out and started, where that is to differ from the usual.
///
/// @param passMemmap whether to tell its memory on the command line too (`memmap=exactmap …`)
/// @param serialPort the I/O port of a 16550 that purgatory writes to, 0 for silence; if empty, that of the last
///     `console=ttyS…`
/// @param serialBaud bits a second that it is set to, 0 to use it as the running kernel left it
/// @param verbose whether purgatory speaks also when all is well
/// @param within the physical memory that may be loaded to
/// @param entry the physical address at which the kernel is entered; if empty, where its image says
/// @param coreClass the class of the elfcorehdr, for a load on panic
/// @param efi whether the new kernel is told of UEFI's tables and services
/// @param checked whether purgatory compares the image's digest before it is entered
/// @param in32BitMode whether a kernel that could be entered in 64-bit mode is entered in 32-bit mode
/// @param modules files that a multiboot kernel is given, each with what else is on its command line
public record LoadOptions(
        boolean passMemmap,
        OptionalInt serialPort,
        int serialBaud,
        boolean verbose,
        AddressRange within,
        OptionalLong entry,
        ElfClass coreClass,
        boolean efi,
        boolean checked,
        boolean in32BitMode,
        List<String> modules) {
    /// What fits nearly always.
    public static final LoadOptions USUAL = builder().build();

    /// Copies the list.
    public LoadOptions {
        modules = List.copyOf(modules);
    }

    /// One that makes what fits nearly always, unless told otherwise.
    public static Builder builder() {
        return new Builder();
    }

    /// Makes options from those that are told; see [LoadOptions] for what each means.
    public static final class Builder {
        private boolean passMemmap;
        private OptionalInt serialPort = OptionalInt.empty();
        private int serialBaud;
        private boolean verbose;
        private AddressRange within = new AddressRange(0, Long.MAX_VALUE);
        private OptionalLong entry = OptionalLong.empty();
        private ElfClass coreClass = ElfClass.ELF64;
        private boolean efi = true;
        private boolean checked = true;
        private boolean in32BitMode;
        private List<String> modules = List.of();

        private Builder() {}

        public Builder passMemmap(boolean told) {
            passMemmap = told;
            return this;
        }

        public Builder serialPort(OptionalInt port) {
            serialPort = port;
            return this;
        }

        public Builder serialBaud(int rate) {
            serialBaud = rate;
            return this;
        }

        public Builder verbose(boolean speaks) {
            verbose = speaks;
            return this;
        }

        public Builder within(AddressRange bounds) {
            within = bounds;
            return this;
        }

        public Builder entry(OptionalLong address) {
            entry = address;
            return this;
        }

        public Builder coreClass(ElfClass elfClass) {
            coreClass = elfClass;
            return this;
        }

        public Builder efi(boolean told) {
            efi = told;
            return this;
        }

        public Builder checked(boolean compares) {
            checked = compares;
            return this;
        }

        public Builder in32BitMode(boolean chosen) {
            in32BitMode = chosen;
            return this;
        }

        public Builder modules(List<String> files) {
            modules = files;
            return this;
        }

        /// The options.
        public LoadOptions build() {
            return new LoadOptions(
                    passMemmap,
                    serialPort,
                    serialBaud,
                    verbose,
                    within,
                    entry,
                    coreClass,
                    efi,
                    checked,
                    in32BitMode,
                    modules);
        }
    }
}
