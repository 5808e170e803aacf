package org.kdump.kernel.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.object.LittleKernel;
import org.kdump.kernel.object.Partial;

/// A bus with a bridge, behind which there is another bus.
class PciDeviceTest {
    private static final String TYPES = """
            list_head 16: next list_head* 0, prev list_head* 8
            device_driver 16: name char* 0
            device 32: driver device_driver* 8
            pci_sysdata 8: domain int 0
            pci_bus 128: node list_head 0, children list_head 16, devices list_head 32, number u8 48, sysdata ptr 56
            pci_dev 128: bus_list list_head 0, devfn u32 16, class u32 20, vendor u16 24, device u16 26, dev device 32
            """;
    private static final int ROOTS = 0x10000;
    private static final int ROOT = 0x11000;
    private static final int BEHIND = 0x12000;
    private static final int BRIDGE = 0x13000;
    private static final int CARD = 0x14000;
    private static final int DATA = 0x15000;
    private static final int DRIVER = 0x15100;

    private final LittleKernel kernel = new LittleKernel(TYPES);

    @BeforeEach
    void boot() {
        kernel.symbol("pci_root_buses", ROOTS);
        kernel.list(ROOTS, ROOT);
        kernel.list(ROOT + 16, BEHIND);
        kernel.list(BEHIND + 16);
        kernel.list(ROOT + 32, BRIDGE);
        kernel.list(BEHIND + 32, CARD);
        kernel.u8(BEHIND + 48, 1);
        kernel.pointer(ROOT + 56, DATA);
        kernel.pointer(BEHIND + 56, DATA);
        kernel.u32(DATA, 0x10);
        device(BRIDGE, 0x1c << 3 | 5, 0x060400, 0x8086);
        device(CARD, 0, 0x020000, 0x1af4);
        kernel.pointer(CARD + 40, DRIVER);
        kernel.pointer(DRIVER, DRIVER + 0x80);
        kernel.text(DRIVER + 0x80, "virtio-pci");
    }

    private void device(int place, int function, int kind, int vendor) {
        kernel.u32(place + 16, function);
        kernel.u32(place + 20, kind);
        kernel.u16(place + 24, vendor);
        kernel.u16(place + 26, 0x1041);
    }

    @Test
    void goesBehindBridges() throws IOException {
        Partial<PciDevice> answer = PciDevice.all(kernel.types);
        assertEquals(
                List.of(
                        new PciDevice(kernel.at(BRIDGE), "0010:00:1c.5", 0x0604, 0x8086, 0x1041, ""),
                        new PciDevice(kernel.at(CARD), "0010:01:00.0", 0x0200, 0x1af4, 0x1041, "virtio-pci")),
                answer.items());
        assertTrue(answer.isWhole());
    }

    @Test
    void answersInPart() throws IOException {
        kernel.vmcore.without(BEHIND, BEHIND + 0x1000);
        Partial<PciDevice> answer = PciDevice.all(kernel.types);
        assertEquals(1, answer.items().size());
        assertTrue(answer.problem().isPresent());
    }

    /// Each bus has both below it: a walk that does not remember where it was takes for ever.
    @Test
    void endsWhereBusesRunInACircle() {
        kernel.pointer(ROOT + 16, ROOT);
        kernel.pointer(ROOT, BEHIND);
        kernel.pointer(BEHIND, ROOTS);
        kernel.pointer(BEHIND + 16, ROOT);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            Partial<PciDevice> answer = PciDevice.all(kernel.types);
            assertTrue(answer.problem().orElseThrow().contains("circle"));
            assertEquals(
                    2,
                    answer.items().stream()
                            .filter(each -> each.vendor() != 0)
                            .distinct()
                            .count());
        });
    }
}
