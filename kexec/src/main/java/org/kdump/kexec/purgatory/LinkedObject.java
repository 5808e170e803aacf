package org.kdump.kexec.purgatory;

import java.nio.ByteBuffer;
import java.util.Map;

/// An object that has its address; its global symbols can be looked up and filled in.
final class LinkedObject {
    /// A global symbol.
    record Global(long address, long size) {}

    private final ByteBuffer image;
    private final long loadAddress;
    private final Map<String, Global> globals;

    /// @param image the object's bytes, without those zeroed at the end; little-endian
    LinkedObject(ByteBuffer image, long loadAddress, Map<String, Global> globals) {
        this.image = image;
        this.loadAddress = loadAddress;
        this.globals = globals;
    }

    /// A copy of the object's bytes.
    byte[] image() {
        return image.array().clone();
    }

    /// The address of a global symbol.
    ///
    /// @throws IllegalStateException if there is none of that name
    long address(String name) {
        return global(name).address();
    }

    void setInt(String name, int value) {
        image.putInt(place(name, Integer.BYTES), value);
    }

    void setLong(String name, long value) {
        image.putLong(place(name, Long.BYTES), value);
    }

    void setBytes(String name, byte[] value) {
        image.put(place(name, value.length), value);
    }

    /// Where in the image a symbol's bytes are.
    ///
    /// @throws IllegalStateException if they are not as many, or not in the image
    private int place(String name, int size) {
        Global global = global(name);
        long offset = global.address() - loadAddress;
        if (global.size() != size || offset < 0 || offset > image.capacity() - size) {
            throw new IllegalStateException("the symbol " + name + " has no " + size + " bytes to be filled in");
        }
        return (int) offset;
    }

    private Global global(String name) {
        Global global = globals.get(name);
        if (global == null) {
            throw new IllegalStateException("there is no global symbol " + name);
        }
        return global;
    }
}
