package org.kdump.kernel.why;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the hardware told of an error, as far as it has the same meaning on all processors of x86
/// (Intel's Software Developer's Manual, volume 3, chapter "Machine-check architecture";
/// arch/x86/include/asm/mce.h).
///
/// ```
/// MCi_STATUS: 63 valid | 62 others were lost | 61 not corrected | 59 MCi_MISC valid | 58 MCi_ADDR valid
///             | 57 the processor's context is corrupt | 31-16 of the model | 15-0 error code
/// ```
///
/// @param cpu that met it
/// @param bank of registers that told of it
/// @param status `MCi_STATUS`
/// @param address `MCi_ADDR`, most often a physical one; empty if the log has none
public record MachineCheck(int cpu, int bank, long status, OptionalLong address) {
    private static final Pattern LINE = Pattern.compile(
            "CPU (\\d{1,6}): Machine Check.*: .*Bank (\\d{1,6}): ([0-9a-f]{1,16})\\b(?:.* ADDR ([0-9a-f]{1,16}))?");

    private static final int OVERFLOW = 62;
    private static final int UNCORRECTED = 61;
    private static final int ADDRESS_VALID = 58;
    private static final int CONTEXT_CORRUPT = 57;
    /// Whether the error was filtered; it says nothing of the kind.
    private static final int FILTERED = 0x1000;

    /// Reads a line of the log (`print_mce`, arch/x86/kernel/cpu/mce/core.c).
    static Optional<MachineCheck> of(String line) {
        Matcher match = LINE.matcher(line);
        if (!match.find()) {
            return Optional.empty();
        }
        long status = Long.parseUnsignedLong(match.group(3), 16);
        boolean located = match.group(4) != null && bit(status, ADDRESS_VALID);
        return Optional.of(new MachineCheck(
                Integer.parseInt(match.group(1)),
                Integer.parseInt(match.group(2)),
                status,
                located ? OptionalLong.of(Long.parseUnsignedLong(match.group(4), 16)) : OptionalLong.empty()));
    }

    private static boolean bit(long word, int number) {
        return (word >>> number & 1) != 0;
    }

    /// The kind of error, `MCA_COD`.
    public int code() {
        return (int) status & 0xffff;
    }

    /// Whether the hardware could not correct it.
    public boolean isUncorrected() {
        return bit(status, UNCORRECTED);
    }

    /// What it says, as a sentence without a full stop.
    public String sentence() {
        StringBuilder text = new StringBuilder("CPU %d, bank %d: %s".formatted(cpu, bank, kind()));
        text.append(isUncorrected() ? ", not corrected" : ", corrected");
        text.append(bit(status, CONTEXT_CORRUPT) ? ", the processor's state is lost" : "");
        text.append(bit(status, OVERFLOW) ? ", and there were more" : "");
        address.ifPresent(place -> text.append(", at physical address 0x").append(Long.toHexString(place)));
        return text.append(" (status 0x%016x)".formatted(status)).toString();
    }

    /// By the highest bit of the code: the bits below it tell of the level, the kind of access and
    /// the channel.
    private String kind() {
        return switch (Integer.highestOneBit(code() & ~FILTERED)) {
            case 0x800 -> "an error of a bus or an interconnect";
            case 0x400 -> "an error within the processor or a timeout of it";
            case 0x100, 0x200 -> "an error of a cache";
            case 0x80 -> "an error of memory or its controller";
            case 0x10 -> "an error of a TLB";
            case 0x8, 0x4 -> "an error of a cache, of no kind that is told";
            default -> "an error of no kind that is told";
        };
    }
}
