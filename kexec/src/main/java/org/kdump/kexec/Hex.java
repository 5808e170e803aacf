package org.kdump.kexec;

/// How addresses are written for people.
final class Hex {
    private Hex() {}

    static String of(long value) {
        return "0x" + Long.toHexString(value);
    }
}
