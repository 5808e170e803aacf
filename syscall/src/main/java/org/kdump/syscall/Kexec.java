package org.kdump.syscall;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// `kexec_load(2)`: hands a kernel image, cut into segments, to the running kernel (Linux `kernel/kexec.c`).
public final class Kexec {
    /// The image is for the moment of a panic and lies in the crash kernel reservation.
    public static final long KEXEC_ON_CRASH = 1;
    /// The kernel that runs is to be come back to (`CONFIG_KEXEC_JUMP`).
    public static final long KEXEC_PRESERVE_CONTEXT = 2;
    /// The kernel may rewrite the elfcorehdr when memory or CPUs come and go (since Linux commit a72bbec70da2, v6.6).
    public static final long KEXEC_UPDATE_ELFCOREHDR = 4;
    /// The same, and whatever else of the image it must, on any architecture (since Linux commit 79365026f869, v6.10).
    public static final long KEXEC_CRASH_HOTPLUG_SUPPORT = 8;
    /// The image is for x86_64: the machine's ELF number in the upper half of the flags.
    public static final long KEXEC_ARCH_X86_64 = 62L << 16;
    /// How many segments an image may have (`KEXEC_SEGMENT_MAX`).
    public static final int MAXIMAL_SEGMENTS = 16;

    private static final long KEXEC_FILE_UNLOAD = 1;
    private static final long KEXEC_FILE_ON_CRASH = 2;
    private static final long KEXEC_FILE_NO_INITRAMFS = 4;

    // struct kexec_segment: void *buf, size_t bufsz, void *mem, size_t memsz
    private static final MemoryLayout SEGMENT = MemoryLayout.sequenceLayout(4, JAVA_LONG);

    private Kexec() {}

    /// A part of an image.
    ///
    /// @param content the bytes; a heap segment is copied for the call, a native one is read in place
    /// @param address physical address at which it is to lie, a multiple of the page size
    /// @param memorySize bytes to occupy there, a multiple of the page size; what `content` leaves is zeroed
    public record Segment(MemorySegment content, long address, long memorySize) {}

    /// Loads an image, in the place of the one that was loaded for the same purpose.
    ///
    /// @param entry physical address at which the image is entered
    /// @param segments the parts, at most [#MAXIMAL_SEGMENTS]
    /// @param flags `KEXEC_*`, ored
    /// @throws SystemCallException whatever the kernel has against it
    public static void load(long entry, List<Segment> segments, long flags) throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            var table = arena.allocate(SEGMENT, Math.max(1, segments.size()));
            for (int i = 0; i < segments.size(); i++) {
                write(segments.get(i), table.asSlice(i * SEGMENT.byteSize(), SEGMENT), arena);
            }
            SystemCall.KEXEC_LOAD.call("", entry, segments.size(), table.address(), flags);
        }
    }

    /// Takes away what is loaded.
    ///
    /// @param flags as they were at the load
    /// @throws SystemCallException whatever the kernel has against it
    public static void unload(long flags) throws SystemCallException {
        load(0, List.of(), flags);
    }

    /// Has the kernel itself read, check and lay out a kernel and its initrd (`kexec_file_load(2)`).
    ///
    /// @param name what errors call the kernel
    /// @param initrd empty for none
    /// @param onCrash whether it is for the moment of a panic
    /// @throws SystemCallException whatever the kernel has against it
    public static void loadFiles(
            String name, Descriptor kernel, Optional<Descriptor> initrd, String commandLine, boolean onCrash)
            throws SystemCallException {
        long flags = (onCrash ? KEXEC_FILE_ON_CRASH : 0) | (initrd.isPresent() ? 0 : KEXEC_FILE_NO_INITRAMFS);
        try (var arena = Arena.ofConfined()) {
            var line = arena.allocateFrom(commandLine);
            long disk = initrd.map(Descriptor::number).orElse(-1L);
            SystemCall.KEXEC_FILE_LOAD.call(name, kernel.number(), disk, line.byteSize(), line.address(), flags);
        }
    }

    /// Takes away what is loaded, through `kexec_file_load(2)`, which a locked down kernel permits.
    ///
    /// @throws SystemCallException whatever the kernel has against it
    public static void unloadFiles(boolean onCrash) throws SystemCallException {
        SystemCall.KEXEC_FILE_LOAD.call("", -1, -1, 0, 0, KEXEC_FILE_UNLOAD | (onCrash ? KEXEC_FILE_ON_CRASH : 0));
    }

    private static void write(Segment segment, MemorySegment entry, Arena arena) {
        var content = inPlace(segment.content(), arena);
        entry.setAtIndex(JAVA_LONG, 0, content.address());
        entry.setAtIndex(JAVA_LONG, 1, content.byteSize());
        entry.setAtIndex(JAVA_LONG, 2, segment.address());
        entry.setAtIndex(JAVA_LONG, 3, segment.memorySize());
    }

    private static MemorySegment inPlace(MemorySegment content, Arena arena) {
        return content.isNative()
                ? content
                : arena.allocate(content.byteSize(), 8).copyFrom(content);
    }
}
