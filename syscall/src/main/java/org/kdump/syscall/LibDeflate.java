package org.kdump.syscall;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/// Makes zlib streams (RFC 1950) by the library libdeflate (`libdeflate.h`), which takes a third of zlib's time
/// and makes them smaller. The distribution has it beside the launcher, and `-Dkdump.libdeflate` says where;
/// without that, it is the system's own. Used by one thread at a time.
public final class LibDeflate implements AutoCloseable {
    private static final int FASTEST = 1;
    private static final List<String> NAMES = List.of("libdeflate.so.0", "libdeflate.dylib", "libdeflate.dll");

    private final long compressor;

    private LibDeflate(long compressor) {
        this.compressor = compressor;
    }

    /// A compressor of the fastest level; empty if there is no such library here.
    public static Optional<LibDeflate> open() {
        return Library.LOADED.map(library -> {
            long compressor = library.call(library.allocate, FASTEST, MemorySegment.NULL, 0, MemorySegment.NULL, 0);
            if (compressor == 0) {
                throw new OutOfMemoryError("libdeflate_alloc_compressor");
            }
            return new LibDeflate(compressor);
        });
    }

    /// Compresses the first `length` bytes of `source` into `target`.
    ///
    /// @return the size of the stream in bytes, or 0 if it does not fit: the library wants a few bytes more
    public int compress(byte[] source, int length, byte[] target) {
        Library library = Library.LOADED.orElseThrow();
        return (int) library.call(
                library.compress,
                compressor,
                MemorySegment.ofArray(source),
                length,
                MemorySegment.ofArray(target),
                target.length);
    }

    @Override
    public void close() {
        Library library = Library.LOADED.orElseThrow();
        library.call(library.free, compressor, MemorySegment.NULL, 0, MemorySegment.NULL, 0);
    }

    /// Its functions; looked for when the first is needed.
    ///
    /// None minds arguments that it does not take: one shape of a downcall does for all, since each costs time
    /// at its first use. It is critical, so that arrays need no copy; no call takes longer than a page does.
    private record Library(MethodHandle shape, MemorySegment allocate, MemorySegment compress, MemorySegment free) {
        static final Optional<Library> LOADED = load();

        private static Optional<Library> load() {
            String told = System.getProperty("kdump.libdeflate");
            for (String name : told == null ? NAMES : List.of(told)) {
                try {
                    return Optional.of(of(SymbolLookup.libraryLookup(name, Arena.global())));
                } catch (IllegalArgumentException notHere) {
                    continue;
                }
            }
            return Optional.empty();
        }

        private static Library of(SymbolLookup library) {
            MethodHandle shape = Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG),
                            Linker.Option.critical(true));
            return new Library(
                    shape,
                    library.findOrThrow("libdeflate_alloc_compressor"),
                    library.findOrThrow("libdeflate_zlib_compress"),
                    library.findOrThrow("libdeflate_free_compressor"));
        }

        long call(MemorySegment function, long word, MemorySegment in, long inSize, MemorySegment out, long outSize) {
            try {
                return (long) shape.invokeExact(function, word, in, inSize, out, outSize);
            } catch (RuntimeException | Error unexpected) {
                throw unexpected;
            } catch (Throwable impossible) {
                throw new AssertionError(impossible);
            }
        }
    }
}
