package org.kdump.elf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A note, `Elf32_Nhdr` or `Elf64_Nhdr` (System V gABI, chapter 5; the two are alike).
///
/// ```
/// n_namesz 4, n_descsz 4, n_type 4, the name with its NUL, padding to 4, the description, padding to 4
/// ```
///
/// @param name the owner: `CORE`, `VMCOREINFO`, `LINUX`
/// @param type the owner's type, `NT_PRSTATUS` for one
/// @param description the contents
/// @param offset where the description stands in the file, in bytes
public record Note(String name, int type, MemorySegment description, long offset) {
    /// `NT_PRSTATUS`: the registers of a CPU or thread, owner `CORE` (include/uapi/linux/elf.h).
    public static final int NT_PRSTATUS = 1;

    private static final int HEADER_SIZE = 12;

    /// The notes that stand in `bytes`, read for as long as they make sense: where one is damaged, the notes before it
    /// are still an answer, and a `/proc/vmcore` ends its notes in zeroes.
    ///
    /// @param base where `bytes` stand in the file, in bytes
    public static List<Note> readAll(long base, MemorySegment bytes, ByteOrder order) {
        List<Note> notes = new ArrayList<>();
        long at = 0;
        while (at + HEADER_SIZE <= bytes.byteSize()) {
            ByteCursor cursor = new ByteCursor("", base, "Elf_Nhdr", bytes, order).seek(at);
            long nameSize = cursor.u32("n_namesz");
            long size = cursor.u32("n_descsz");
            int type = cursor.s32("n_type");
            long description = at + HEADER_SIZE + align(nameSize);
            if (nameSize == 0 && size == 0 || description + size > bytes.byteSize()) {
                break;
            }
            String name = cursor.text("name", (int) nameSize);
            notes.add(new Note(name, type, bytes.asSlice(description, size), base + description));
            at = description + align(size);
        }
        return notes;
    }

    /// Writes one note with its padding.
    public static void write(ByteSink sink, String name, int type, byte[] description) {
        writeHeader(sink, name, type, description.length);
        sink.bytes(description).zeros((int) (align(description.length) - description.length));
    }

    /// Writes what stands before a description of `size` bytes; the caller owes the description, and zeroes up to a
    /// multiple of 4 bytes.
    public static void writeHeader(ByteSink sink, String name, int type, long size) {
        sink.u32(name.length() + 1).u32(size).u32(type);
        sink.text(name, (int) align(name.length() + 1L));
    }

    /// The description as text up to its first NUL.
    public String text() {
        return new ByteCursor(name, offset, "note", description, ByteOrder.nativeOrder())
                .text("description", Math.toIntExact(description.byteSize()));
    }

    /// A copy of the description.
    public byte[] bytes() {
        return description.toArray(ValueLayout.JAVA_BYTE);
    }

    private static long align(long size) {
        return (size + 3) & ~3L;
    }
}
