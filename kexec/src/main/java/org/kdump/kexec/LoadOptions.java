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
    /// All physical memory.
    public static final AddressRange ANYWHERE = new AddressRange(0, Long.MAX_VALUE);

    /// What fits nearly always.
    public static final LoadOptions USUAL = new LoadOptions(
            false,
            OptionalInt.empty(),
            0,
            false,
            ANYWHERE,
            OptionalLong.empty(),
            ElfClass.ELF64,
            true,
            true,
            false,
            List.of());

    /// Copies the list.
    public LoadOptions {
        modules = List.copyOf(modules);
    }

    /// The same with memory told on the command line or not.
    public LoadOptions passMemmap(boolean told) {
        return new LoadOptions(
                told, serialPort, serialBaud, verbose, within, entry, coreClass, efi, checked, in32BitMode, modules);
    }

    /// The same within other bounds.
    public LoadOptions within(AddressRange bounds) {
        return new LoadOptions(
                passMemmap,
                serialPort,
                serialBaud,
                verbose,
                bounds,
                entry,
                coreClass,
                efi,
                checked,
                in32BitMode,
                modules);
    }

    /// The same with that elfcorehdr.
    public LoadOptions coreClass(ElfClass elfClass) {
        return new LoadOptions(
                passMemmap,
                serialPort,
                serialBaud,
                verbose,
                within,
                entry,
                elfClass,
                efi,
                checked,
                in32BitMode,
                modules);
    }

    /// The same, entered there.
    public LoadOptions entry(long address) {
        return new LoadOptions(
                passMemmap,
                serialPort,
                serialBaud,
                verbose,
                within,
                OptionalLong.of(address),
                coreClass,
                efi,
                checked,
                in32BitMode,
                modules);
    }

    /// The same, entered in 32-bit mode.
    public LoadOptions enteredIn32BitMode() {
        return new LoadOptions(
                passMemmap, serialPort, serialBaud, verbose, within, entry, coreClass, efi, checked, true, modules);
    }

    /// The same with those modules.
    public LoadOptions modules(List<String> files) {
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
                files);
    }

    /// The same with UEFI told or not.
    public LoadOptions efi(boolean told) {
        return new LoadOptions(
                passMemmap,
                serialPort,
                serialBaud,
                verbose,
                within,
                entry,
                coreClass,
                told,
                checked,
                in32BitMode,
                modules);
    }

    /// The same without the digest.
    public LoadOptions unchecked() {
        return new LoadOptions(
                passMemmap,
                serialPort,
                serialBaud,
                verbose,
                within,
                entry,
                coreClass,
                efi,
                false,
                in32BitMode,
                modules);
    }
}
