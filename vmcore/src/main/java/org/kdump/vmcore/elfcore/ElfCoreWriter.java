package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;

/// Writes an ELF core; see [ElfCoreVmcore] for the file's map.
///
/// Memory that is left out stands, as makedumpfile has it, behind the memory that is kept: a `PT_LOAD` whose `p_memsz`
/// is
/// larger than its `p_filesz`. For one thread.
public final class ElfCoreWriter {
    private static final int PAGE = 4096;

    private final FileChannel out;
    private long end;

    /// A mapping of physical memory that the core is to tell: the direct map, the kernel's text.
    ///
    /// @param physical the memory
    /// @param virtualAddress where its first byte is mapped
    public record View(PhysicalRange physical, long virtualAddress) {}

    /// Writes the headers and notes.
    ///
    /// @param out an empty file, open for writing; stays the caller's to close
    /// @param source whose notes and machine the core is of
    /// @param views how memory is mapped
    /// @param kept what memory follows, sorted, without overlaps
    /// @throws IOException if it cannot be written
    public ElfCoreWriter(FileChannel out, Vmcore source, List<View> views, List<PhysicalRange> kept)
            throws IOException {
        this.out = out;
        ByteSink notes = new ByteSink(source.byteOrder());
        source.notes().forEach(note -> Note.write(notes, note.name(), note.type(), note.bytes()));
        int count = 1;
        for (View view : views) {
            count += segments(view, kept, 0).size();
        }
        long noteStart = ElfCoreHeaders.size(source.elfClass(), count);
        long data = noteStart + notes.size() + PAGE - 1 & -PAGE;
        List<ProgramHeader> headers = new ArrayList<>(count);
        headers.add(new ProgramHeader(ProgramHeader.PT_NOTE, 0, noteStart, 0, 0, notes.size(), notes.size(), 4));
        for (View view : views) {
            headers.addAll(segments(view, kept, data));
        }
        ByteSink sink = new ByteSink(source.byteOrder());
        sink.bytes(ElfCoreHeaders.encode(
                source.elfClass(), source.byteOrder(), source.architecture().elfMachine(), headers));
        sink.bytes(notes.toByteArray()).zeros(Math.toIntExact(data - noteStart - notes.size()));
        append(ByteBuffer.wrap(sink.toByteArray()));
    }

    /// The segments of one view: one for each piece of it that is kept, and one more where its start is left out.
    private static List<ProgramHeader> segments(View view, List<PhysicalRange> kept, long data) {
        List<ProgramHeader> segments = new ArrayList<>();
        long at = view.physical().start();
        long offset = data;
        for (PhysicalRange piece : kept) {
            long from = Math.max(piece.start(), view.physical().start());
            long to = Math.min(piece.end(), view.physical().end());
            if (from < to) {
                if (segments.isEmpty() && at < from) {
                    segments.add(segment(view, at, at, from, 0));
                } else if (!segments.isEmpty()) {
                    segments.add(stretched(segments.removeLast(), from));
                }
                segments.add(segment(view, from, to, to, offset + (from - piece.start())));
                at = to;
            }
            offset += piece.length();
        }
        if (segments.isEmpty()) {
            return List.of(segment(view, at, at, view.physical().end(), 0));
        }
        segments.add(stretched(segments.removeLast(), view.physical().end()));
        return segments;
    }

    private static ProgramHeader segment(View view, long from, long dataEnd, long end, long offset) {
        return new ProgramHeader(
                ProgramHeader.PT_LOAD,
                ProgramHeader.PF_R | ProgramHeader.PF_W | ProgramHeader.PF_X,
                offset,
                view.virtualAddress() + (from - view.physical().start()),
                from,
                dataEnd - from,
                end - from,
                0);
    }

    private static ProgramHeader stretched(ProgramHeader header, long end) {
        return new ProgramHeader(
                header.type(),
                header.flags(),
                header.offset(),
                header.virtualAddress(),
                header.physicalAddress(),
                header.fileSize(),
                end - header.physicalAddress(),
                header.alignment());
    }

    /// Appends memory; in all exactly what was said to be kept, in its order.
    ///
    /// @throws IOException if it cannot be written
    public void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            end += out.write(bytes, end);
        }
    }

    /// Bytes of the file so far.
    public long size() {
        return end;
    }
}
