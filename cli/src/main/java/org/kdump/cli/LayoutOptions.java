package org.kdump.cli;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.elf.ElfClass;
import org.kdump.kexec.AddressRange;
import org.kdump.kexec.LoadOptions;
import org.kdump.kexec.purgatory.SerialLine;

/// Where an image may lie and how it is entered: options that `load` and `boot` have in common, by kexec-tools' names.
final class LayoutOptions {
    private static final int FIRST_SERIAL_PORT = 0x3f8;

    private final Verb verb;
    private final Supplier<String> memoryMinimum;
    private final Supplier<String> memoryMaximum;
    private final Supplier<String> entry;
    private final Supplier<Boolean> core32;
    private final Supplier<Boolean> core64;
    private final Supplier<Boolean> passMemmap;
    private final Supplier<Boolean> noEfi;
    private final Supplier<String> serial;
    private final Supplier<Integer> serialBaud;
    private final Supplier<Boolean> consoleSerial;
    private final Supplier<Boolean> resetVga;
    private final Supplier<Boolean> noChecks;
    private final Supplier<Boolean> in32BitMode;
    private final Supplier<List<String>> modules;
    private final Supplier<Boolean> debug;

    /// Adds the options to a verb.
    LayoutOptions(Verb verb) {
        this.verb = verb;
        memoryMinimum = verb.option(
                String.class, "--mem-min", "ADDRESS", "Load nothing below this physical address (0x for hexadecimal).");
        memoryMaximum = verb.option(String.class, "--mem-max", "ADDRESS", "Load nothing above this physical address.");
        entry = verb.option(
                String.class, "--entry", "ADDRESS", "Enter the kernel at this physical address, not where it says.");
        core32 = verb.flag(
                "--elf32-core-headers",
                "Give the elfcorehdr ELF32 headers, for a 32-bit capture kernel; refused if memory lies too high.");
        core64 = verb.flag("--elf64-core-headers", "Give it ELF64 headers; this is the default.");
        passMemmap = verb.flag(
                "--pass-memmap-cmdline",
                "Tell its memory on the command line too (memmap=exactmap …), for kernels that want it there.");
        noEfi = verb.flag("--noefi", "Tell the kernel nothing of UEFI.");
        serial = verb.option(
                String.class,
                "--serial",
                "PORT",
                "The I/O port of the serial line that purgatory writes to: 0x3f8, or 0 for silence."
                        + " Default: that of the last console=ttyS in the command line.");
        serialBaud = verb.option(
                Integer.class,
                "--serial-baud",
                "RATE",
                "Have purgatory set the line to so many bits a second, up to 115200, with 8 bits and no parity."
                        + " Default: as the running kernel left it.");
        consoleSerial = verb.flag(
                "--console-serial", "Have purgatory say on the serial line that it runs, ttyS0 if none is named.");
        resetVga =
                verb.flag("--reset-vga --console-vga", "For scripts that say so: purgatory leaves the screen alone.");
        noChecks = verb.flag(
                "-i --no-checks", "Have purgatory start the kernel without comparing the image's SHA-256: faster.");
        in32BitMode = verb.flag(
                "--entry-32bit",
                "Enter a 64-bit kernel in 32-bit mode, as those of before Linux 3.8 are entered anyway.");
        // As is done anyway; the kernel's documentation says so for a vmlinux.
        verb.hiddenFlag("--args-linux", "Tell an ELF kernel what Linux wants to know.");
        modules = verb.options(
                "--module",
                "\"FILE ARGUMENTS\"",
                "A file for a multiboot kernel, with its command line; can be given several times.");
        debug = verb.flag("-d --debug --verbose", "Print what is loaded where, and have purgatory say that it runs.");
    }

    boolean debug() {
        return debug.get();
    }

    /// What was chosen; what has no effect here is told.
    LoadOptions chosen() {
        if (core32.get() && core64.get()) {
            throw verb.misuse("--elf32-core-headers and --elf64-core-headers exclude each other");
        }
        tellWithoutEffect("--reset-vga", resetVga.get());
        return LoadOptions.builder()
                .passMemmap(passMemmap.get())
                .serialPort(serialPort())
                .serialBaud(serialBaud())
                .verbose(debug.get() || consoleSerial.get())
                .within(bounds())
                .entry(entry.get() == null ? OptionalLong.empty() : OptionalLong.of(address("--entry", entry.get(), 0)))
                .coreClass(core32.get() ? ElfClass.ELF32 : ElfClass.ELF64)
                .efi(!noEfi.get())
                .checked(!noChecks.get())
                .in32BitMode(in32BitMode.get())
                .modules(modules.get())
                .build();
    }

    private void tellWithoutEffect(String option, boolean given) {
        if (given) {
            verb.err()
                    .println("kdump: " + option + " has no effect: purgatory uses what the running kernel has set up");
            verb.err().flush();
        }
    }

    private AddressRange bounds() {
        long from = address("--mem-min", memoryMinimum.get(), 0);
        // As with kexec-tools, the address itself may still be used.
        long last = address("--mem-max", memoryMaximum.get(), Long.MAX_VALUE - 1);
        if (last < from) {
            throw verb.misuse("--mem-max is below --mem-min");
        }
        return new AddressRange(from, last + 1);
    }

    private long address(String option, String text, long otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            long address = Long.decode(text);
            if (address >= 0 && address < Long.MAX_VALUE) {
                return address;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw verb.misuse(option + " " + text + ": an address is a number, as 0x1000000");
    }

    private int serialBaud() {
        int baud = serialBaud.get() == null ? 0 : serialBaud.get();
        if (serialBaud.get() != null && (baud <= 0 || baud > SerialLine.FASTEST)) {
            throw verb.misuse("--serial-baud " + baud + ": a speed is a number up to " + SerialLine.FASTEST);
        }
        return baud;
    }

    private OptionalInt serialPort() {
        if (serial.get() == null) {
            return consoleSerial.get() ? OptionalInt.of(FIRST_SERIAL_PORT) : OptionalInt.empty();
        }
        try {
            int port = Integer.decode(serial.get());
            if (port >= 0 && port <= 0xffff) {
                return OptionalInt.of(port);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw verb.misuse("--serial " + serial.get() + ": a port is a number up to 0xffff, as 0x3f8");
    }
}
