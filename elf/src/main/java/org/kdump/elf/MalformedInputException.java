package org.kdump.elf;

/// A file says something that cannot be true.
///
/// One unchecked family for every malformed input: it tells the file, the byte offset in it, the structure and the
/// field
/// found wrong, and what is wrong. The message is one line, fit for a user: `FILE: STRUCTURE.FIELD at offset 0x40:
/// REASON`.
public final class MalformedInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final String structure;
    private final String field;
    private final String reason;

    /// @param file the file's name, as the user gave it
    /// @param offset byte offset of the field in the file, or -1 where none can be told
    /// @param structure the structure's name, as its format spells it (`Elf64_Phdr[3]`); empty for the file
    /// @param field the field's name, or an empty string for the structure as a whole
    /// @param reason what is wrong with it, and what to do where there is something to do
    public MalformedInputException(String file, long offset, String structure, String field, String reason) {
        super(message(file, offset, structure, field, reason));
        this.file = file;
        this.offset = offset;
        this.structure = structure;
        this.field = field;
        this.reason = reason;
    }

    private static String message(String file, long offset, String structure, String field, String reason) {
        String place = field.isEmpty() ? structure : structure + "." + field;
        String where = offset < 0 ? "" : " at offset 0x" + Long.toHexString(offset);
        return file + (place.isEmpty() ? "" : ": " + place) + where + ": " + reason;
    }

    /// The file's name.
    public String file() {
        return file;
    }

    /// Byte offset in the file, or -1.
    public long offset() {
        return offset;
    }

    /// The structure's name.
    public String structure() {
        return structure;
    }

    /// The field's name, or an empty string.
    public String field() {
        return field;
    }

    /// What is wrong.
    public String reason() {
        return reason;
    }
}
