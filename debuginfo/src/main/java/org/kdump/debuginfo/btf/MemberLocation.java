package org.kdump.debuginfo.btf;

/// Where a member is in a struct, however deep.
///
/// @param type the member's type, as it is declared
/// @param bitOffset from the start of the struct that the path began at
/// @param bitFieldSize bits, or 0 if it is no bit-field
public record MemberLocation(int type, long bitOffset, int bitFieldSize) {
    /// The offset in bytes, rounded down for a bit-field.
    public long offset() {
        return bitOffset / Byte.SIZE;
    }

    /// Whether it is a bit-field.
    public boolean isBitField() {
        return bitFieldSize != 0;
    }
}
