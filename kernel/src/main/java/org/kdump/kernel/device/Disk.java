package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.XArray;
import org.kdump.vmcore.paging.MemoryFault;

/// A disk and the requests that it was working on.
///
/// @param structure its `struct gendisk` (include/linux/blkdev.h)
/// @param major its device number's first half
/// @param name `vda`
/// @param queue the address of its `struct request_queue`
/// @param reads requests to read that had been given to the driver and were not done
/// @param writes all other such requests
public record Disk(Struct structure, int major, String name, long queue, int reads, int writes) {
    private static final int MOST_QUEUES = 1 << 13;
    private static final int MOST_TAGS = 1 << 16;
    /// Of `cmd_flags` (`REQ_OP_MASK`, include/linux/blk_types.h).
    private static final int OPERATION = 0xff;

    /// All disks.
    ///
    /// @return in part where the list of devices is broken
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Disk> all(TypedMemory kernel) throws IOException {
        Optional<Struct> devices = blockDevices(kernel);
        if (devices.isEmpty()) {
            return new Partial<>(List.of(), Optional.of("the class of block devices is not to be found"));
        }
        Partial<Struct> nodes = Lists.entries(
                kernel.struct("klist_node"), "n_node", devices.get().addressOf("klist_devices.k_list"));
        StructType private_ = kernel.struct("device_private");
        List<Disk> all = new ArrayList<>();
        Optional<String> problem = nodes.problem();
        for (Struct node : nodes.items()) {
            try {
                Optional<Struct> device =
                        private_.containing("knode_class", node.address()).follow("device");
                if (device.isPresent() && device.get().number("type") == kernel.symbol("disk_type")) {
                    all.add(of(disk(device.get())));
                }
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a disk cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    /// The `struct subsys_private` of `block_class`: its own until Linux 6.4 (commit 2df418cf4b72, "driver
    /// core: class: remove subsystem private pointer from struct class"), then one of those in `class_kset`.
    private static Optional<Struct> blockDevices(TypedMemory kernel) throws IOException {
        Struct type = kernel.variable("block_class", "class");
        if (type.type().has("p")) {
            return type.follow("p");
        }
        StructType private_ = kernel.struct("subsys_private");
        Struct set = kernel.struct("kset", kernel.memory().word(kernel.symbol("class_kset")));
        for (Struct object : Lists.entries(kernel.struct("kobject"), "entry", set.addressOf("list"))
                .items()) {
            Struct each = private_.containing("subsys.kobj", object.address());
            if (each.number("class") == type.address()) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /// A disk's device is in its whole part, a `struct block_device` since Linux 5.11 (commit 0d02129e76ed,
    /// "block: merge struct block_device and struct hd_struct").
    private static Struct disk(Struct device) throws IOException {
        TypedMemory kernel = device.type().memory();
        StructType disk = kernel.struct("gendisk");
        if (disk.has("part0.__dev")) {
            return disk.containing("part0.__dev", device.address());
        }
        Struct whole = kernel.struct("block_device").containing("bd_device", device.address());
        return whole.follow("bd_disk").orElseThrow(() -> new MemoryFault(device.address(), "the device has no disk"));
    }

    private static Disk of(Struct disk) throws IOException {
        int[] counts = new int[2];
        Optional<Struct> queue = disk.follow("queue");
        if (queue.isPresent()) {
            for (Struct context : hardwareContexts(queue.get())) {
                count(context, queue.get(), counts);
            }
        }
        return new Disk(
                disk,
                (int) disk.number("major"),
                LogText.printable(disk.text("disk_name")),
                disk.number("queue"),
                counts[0],
                counts[1]);
    }

    /// An array until Linux 5.18 (commit 4e5cc99e1e48, "blk-mq: manage hctx map via xarray"), then an xarray,
    /// then an array again since 7.1.
    private static List<Struct> hardwareContexts(Struct queue) throws IOException {
        TypedMemory kernel = queue.type().memory();
        StructType context = kernel.struct("blk_mq_hw_ctx");
        List<Struct> all = new ArrayList<>();
        if (queue.type().has("hctx_table") && queue.type().member("hctx_table").size() > Long.BYTES) {
            for (var entry :
                    XArray.entries(kernel, queue.addressOf("hctx_table")).items()) {
                all.add(context.at(entry.value()));
            }
            return all;
        }
        long array = queue.type().firstOf("queue_hw_ctx", "hctx_table").read(queue.address());
        long count = Math.clamp(queue.number("nr_hw_queues"), 0, MOST_QUEUES);
        for (long i = 0; array != 0 && i < count; i++) {
            all.add(context.at(kernel.memory().word(array + i * kernel.types().pointerSize())));
        }
        return all;
    }

    /// A request is one of its queue's while its state is not idle.
    private static void count(Struct context, Struct queue, int[] counts) throws IOException {
        Optional<Struct> tags = context.follow("tags");
        OptionalLong idle = queue.type().memory().types().enumerator("MQ_RQ_IDLE");
        long array = tags.isPresent() ? tags.get().number("rqs") : 0;
        long count = tags.isPresent() ? Math.clamp(tags.get().number("nr_tags"), 0, MOST_TAGS) : 0;
        TypedMemory kernel = queue.type().memory();
        StructType type = kernel.struct("request");
        for (long i = 0; array != 0 && i < count; i++) {
            long address = kernel.memory().word(array + i * kernel.types().pointerSize());
            if (address != 0) {
                Struct request = type.at(address);
                if (request.number("q") == queue.address() && request.number("state") != idle.orElse(0)) {
                    counts[(request.number("cmd_flags") & OPERATION) == 0 ? 0 : 1]++;
                }
            }
        }
    }
}
