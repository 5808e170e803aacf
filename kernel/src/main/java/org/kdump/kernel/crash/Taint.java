package org.kdump.kernel.crash;

import java.util.ArrayList;
import java.util.List;

/// Why a kernel calls itself tainted (kernel/panic.c, `taint_flags`;
/// Documentation/admin-guide/tainted-kernels.rst).
public enum Taint {
    /// A module under a proprietary license.
    PROPRIETARY_MODULE('P', "proprietary module"),
    /// A module loaded by force.
    FORCED_MODULE('F', "module loaded by force"),
    /// A processor outside its specification.
    CPU_OUT_OF_SPEC('S', "CPU out of specification"),
    /// A module removed by force.
    FORCED_RMMOD('R', "module removed by force"),
    /// A machine check.
    MACHINE_CHECK('M', "machine check"),
    /// A page in an unexpected state.
    BAD_PAGE('B', "bad page"),
    /// User space asked for it.
    USER('U', "set by user space"),
    /// An oops.
    DIE('D', "has oopsed"),
    /// An ACPI table overridden.
    OVERRIDDEN_ACPI_TABLE('A', "ACPI table overridden"),
    /// A warning.
    WARN('W', "has warned"),
    /// A driver of the staging tree.
    CRAP('C', "staging driver"),
    /// A severe bug of the firmware worked around.
    FIRMWARE_WORKAROUND('I', "firmware bug worked around"),
    /// A module built outside the kernel's tree.
    OOT_MODULE('O', "out-of-tree module"),
    /// A module without a signature.
    UNSIGNED_MODULE('E', "unsigned module"),
    /// A soft lockup.
    SOFTLOCKUP('L', "soft lockup"),
    /// A live patch.
    LIVEPATCH('K', "live patch"),
    /// Defined by the distribution.
    AUX('X', "set by the distribution"),
    /// Structures laid out by the randomizing plugin.
    RANDSTRUCT('T', "randomized structures"),
    /// A test run in the kernel.
    TEST('N', "in-kernel test"),
    /// A firmware changed through fwctl.
    FWCTL('J', "fwctl used");

    private final char letter;
    private final String words;

    Taint(char letter, String words) {
        this.letter = letter;
        this.words = words;
    }

    /// Its letter in the kernel's reports.
    public char letter() {
        return letter;
    }

    /// What it means, in a few words.
    public String words() {
        return words;
    }

    /// The taints of a `tainted_mask`, a bit each; bits that are not known are passed over.
    public static List<Taint> of(long mask) {
        List<Taint> taints = new ArrayList<>();
        for (Taint taint : values()) {
            if ((mask >>> taint.ordinal() & 1) != 0) {
                taints.add(taint);
            }
        }
        return List.copyOf(taints);
    }

    /// The taints of `Tainted: G        W  O`; letters that are not known are passed over, as is `G`, "not
    /// proprietary".
    static List<Taint> of(String printed) {
        String letters = printed.substring(printed.indexOf(':') + 1);
        List<Taint> taints = new ArrayList<>();
        for (Taint taint : values()) {
            if (printed.startsWith("Tainted:") && letters.indexOf(taint.letter) >= 0) {
                taints.add(taint);
            }
        }
        return List.copyOf(taints);
    }
}
