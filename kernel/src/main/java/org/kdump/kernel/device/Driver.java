package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// Who has device numbers.
///
/// @param major the number
/// @param name who has it
/// @param structure the address of its `struct cdev` or `struct blk_major_name`; 0 if it has none
/// @param operations the address of its `struct file_operations`; 0 if it has none
public record Driver(int major, String name, long structure, long operations) {
    /// `CHRDEV_MAJOR_HASH_SIZE` and `BLKDEV_MAJOR_HASH_SIZE` (fs/char_dev.c, block/genhd.c).
    private static final int HASH = 255;

    /// Those of character devices (`chrdevs`), by their number.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<Driver> ofCharacters(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("char_device_struct");
        List<Driver> all = new ArrayList<>();
        for (Struct each : hashed(type, kernel.symbol("chrdevs"))) {
            Optional<Struct> device = each.follow("cdev");
            all.add(new Driver(
                    (int) each.number("major"),
                    LogText.printable(each.text("name")),
                    each.number("cdev"),
                    device.isPresent() ? device.get().number("ops") : 0));
        }
        all.sort(Comparator.comparingInt(Driver::major));
        return all;
    }

    /// Those of block devices (`major_names`), by their number.
    ///
    /// @throws IOException as [#ofCharacters]
    public static List<Driver> ofBlocks(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("blk_major_name");
        List<Driver> all = new ArrayList<>();
        for (Struct each : hashed(type, kernel.symbol("major_names"))) {
            all.add(new Driver((int) each.number("major"), LogText.printable(each.text("name")), each.address(), 0));
        }
        all.sort(Comparator.comparingInt(Driver::major));
        return all;
    }

    private static List<Struct> hashed(StructType type, long table) throws IOException {
        List<Struct> all = new ArrayList<>();
        TypedMemory kernel = type.memory();
        for (long bucket = 0; bucket < HASH; bucket++) {
            long first = kernel.memory().word(table + bucket * kernel.types().pointerSize());
            all.addAll(Lists.chained(type, "next", first).items());
        }
        return all;
    }
}
