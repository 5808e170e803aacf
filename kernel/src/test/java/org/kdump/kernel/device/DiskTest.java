package org.kdump.kernel.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.object.LittleKernel;
import org.kdump.kernel.object.Partial;

/// The way from the class of block devices to the requests of a disk.
class DiskTest {
    private static final String TYPES = """
            list_head 16: next list_head* 0, prev list_head* 8
            kobject 32: entry list_head 8
            kset 64: list list_head 0, kobj kobject 16
            class 16: name char* 0
            klist 32: k_list list_head 8
            klist_node 32: n_node list_head 8
            subsys_private 192: subsys kset 0, klist_devices klist 64, class class* 96
            device 32: type ptr 0
            device_private 64: knode_class klist_node 0, device device* 40
            request_queue 64: queue_hw_ctx ptr 0, nr_hw_queues u32 8
            gendisk 128: major int 0, disk_name char[32] 8, queue request_queue* 40
            block_device 128: bd_disk gendisk* 0, bd_device device 16
            request 32: q request_queue* 0, state u32 8, cmd_flags u32 12
            blk_mq_tags 16: nr_tags u32 0, rqs ptr 8
            blk_mq_hw_ctx 16: tags blk_mq_tags* 0
            enum mq_rq_state: MQ_RQ_IDLE=0 MQ_RQ_IN_FLIGHT=1
            """;
    private static final int CLASS = 0x10000;
    private static final int TYPE = 0x10100;
    private static final int SET = 0x11000;
    private static final int SUBSYSTEM = 0x12000;
    private static final int DISK = 0x14000;
    private static final int PART = 0x15000;
    private static final int QUEUE = 0x16000;
    private static final int CONTEXT = 0x17000;
    private static final int REQUESTS = 0x18000;

    private final LittleKernel kernel = new LittleKernel(TYPES);

    /// A disk and a part of one, which is another type of device.
    private void boot() {
        kernel.symbol("block_class", CLASS);
        kernel.symbol("disk_type", TYPE);
        kernel.symbol("class_kset", SET);
        kernel.pointer(SET, SET + 0x100);
        kernel.list(SET + 0x100, SUBSYSTEM + 16 + 8);
        kernel.pointer(SUBSYSTEM + 96, CLASS);
        kernel.list(SUBSYSTEM + 64 + 8, DISK + 0x800 + 8, PART + 0x800 + 8);
        device(DISK, TYPE);
        device(PART, TYPE + 8);
        kernel.u32(DISK + 0x400, 254);
        kernel.text(DISK + 0x408, "vda");
        kernel.pointer(DISK + 0x400 + 40, QUEUE);
        kernel.pointer(QUEUE, QUEUE + 0x100);
        kernel.u32(QUEUE + 8, 1);
        kernel.pointer(QUEUE + 0x100, CONTEXT);
        kernel.pointer(CONTEXT, CONTEXT + 0x100);
        kernel.u32(CONTEXT + 0x100, 5);
        kernel.pointer(CONTEXT + 0x108, CONTEXT + 0x200);
        request(0, 1, 0x800);
        request(1, 1, 1);
        request(2, 1, 0x801);
        request(3, 0, 1);
    }

    /// A `block_device` at the place, its `gendisk` at 0x400, its `device_private` at 0x800.
    private void device(int place, int type) {
        kernel.pointer(place, place + 0x400);
        kernel.pointer(place + 16, type);
        kernel.pointer(place + 0x800 + 40, place + 16);
    }

    private void request(int number, int state, int flags) {
        int place = REQUESTS + number * 0x100;
        kernel.pointer(CONTEXT + 0x200 + number * 8, place);
        kernel.pointer(place, QUEUE);
        kernel.u32(place + 8, state);
        kernel.u32(place + 12, flags);
    }

    @Test
    void countsRequests() throws IOException {
        boot();
        Partial<Disk> answer = Disk.all(kernel.types);
        assertEquals(
                List.of(new Disk(
                        kernel.types.struct("gendisk", kernel.at(DISK + 0x400)), 254, "vda", kernel.at(QUEUE), 1, 2)),
                answer.items());
        assertTrue(answer.isWhole());
    }

    @Test
    void saysWhichDiskCannotBeRead() throws IOException {
        boot();
        kernel.vmcore.without(QUEUE, QUEUE + 0x1000);
        Partial<Disk> answer = Disk.all(kernel.types);
        assertEquals(List.of(), answer.items());
        assertTrue(answer.problem().orElseThrow().startsWith("a disk cannot be read"));
    }

    @Test
    void isNotLedAstrayByCounts() throws IOException {
        boot();
        kernel.u32(QUEUE + 8, -1);
        assertTrue(Disk.all(kernel.types).problem().isPresent());
    }

    @Test
    void saysThatThereIsNoClass() throws IOException {
        boot();
        kernel.u64(SUBSYSTEM + 96, 0);
        assertTrue(Disk.all(kernel.types).problem().orElseThrow().contains("not to be found"));
    }
}
