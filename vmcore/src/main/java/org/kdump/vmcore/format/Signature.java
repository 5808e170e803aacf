package org.kdump.vmcore.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What a file begins with, and what it therefore is.
enum Signature {
    ELF("\u007fELF", ""),
    KDUMP_COMPRESSED("KDUMP   ", ""),
    FLATTENED("makedumpfile\0", "a dump in makedumpfile's flattened format within another of that kind"),
    DISKDUMP("DISKDUMP", "a dump of the diskdump facility of Linux 2.4, which is not handled"),
    LUKS("LUKS\u00ba\u00be", "an encrypted LUKS volume; open it with cryptsetup and give the dump inside"),
    GZIP("\u001f\u008b", "compressed with gzip; decompress it first with gunzip"),
    XZ("\u00fd7zXZ\0", "compressed with xz; decompress it first with unxz"),
    ZSTD("\u0028\u00b5\u002f\u00fd", "compressed as a whole with zstd; decompress it first with unzstd"),
    BZIP2("BZh", "compressed with bzip2; decompress it first with bunzip2"),
    LZ4("\u0004\"M\u0018", "compressed with lz4; decompress it first with unlz4"),
    LIME("EMiL", "a LiME memory image, which is not handled"),
    QEMU_STATE("QEVM", "a saved state of QEMU, not a dump; take a dump with dump-guest-memory"),
    WINDOWS("PAGEDU", "a dump of a Windows kernel"),
    QCOW("QFI\u00fb", "a disk image of QEMU, not a dump");

    /// As many bytes as the longest signature has.
    static final int LONGEST = 16;

    private final String start;
    private final String meaning;

    Signature(String start, String meaning) {
        this.start = start;
        this.meaning = meaning;
    }

    /// The signature at the start of a file.
    static Optional<Signature> of(MemorySegment bytes) {
        String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
        for (Signature signature : values()) {
            if (text.startsWith(signature.start)) {
                return Optional.of(signature);
            }
        }
        return Optional.empty();
    }

    /// What the file is and what to do, for one that cannot be opened.
    String meaning() {
        return meaning;
    }
}
