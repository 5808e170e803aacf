package org.kdump.kexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.MalformedInputException;

class RunningKernelTest {
    @TempDir
    Path root;

    private Machine machine;

    @BeforeEach
    void machine() throws IOException {
        machine = Machine.in(root);
    }

    @Test
    void reservationIsTheCrashKernelsRange() throws IOException {
        assertEquals(List.of(Machine.RESERVATION), machine.kernel().crashKernelReservations());
        assertEquals(256 << 20, machine.kernel().crashKernelSize());
        assertFalse(machine.kernel().crashKernelLoaded());
    }

    @Test
    void systemRamIsOneRunWhereItTouches() throws IOException {
        machine.with("proc/iomem", """
                00001000-0009fbff : System RAM
                00100000-3fffffff : System RAM
                40000000-7fffffff : System RAM
                100000000-13fffffff : Persistent Memory
                  100000000-13fffffff : dax0.0
                    100000000-13fffffff : System RAM (kmem)
                """);
        assertEquals(
                List.of(
                        new AddressRange(0x1000, 0x9fc00),
                        new AddressRange(0x10_0000, 0x8000_0000L),
                        new AddressRange(0x1_0000_0000L, 0x1_4000_0000L)),
                machine.kernel().iomem().systemRam());
    }

    @Test
    void nestingIsSeen() throws IOException {
        var code = machine.kernel().iomem().resources().stream()
                .filter(resource -> resource.name().equals("Kernel code"))
                .toList();
        assertEquals(List.of(new Iomem.Resource(1, new AddressRange(0x4c0_0000, 0x5c0_0000), "Kernel code")), code);
    }

    @Test
    void hiddenAddressesMeanNoPrivilege() throws IOException {
        machine.with("proc/iomem", Machine.IOMEM.replaceAll("[0-9a-f]{8}-[0-9a-f]{8}", "00000000-00000000"));
        assertTold("run this as root", () -> machine.kernel().iomem());
    }

    @Test
    void whatIsNoLineOfIomemIsMalformed() throws IOException {
        machine.with("proc/iomem", "00001000-0009fbff : System RAM\nnonsense\n");
        assertThrows(MalformedInputException.class, () -> machine.kernel().iomem());
    }

    @Test
    void noReservationIsTold() throws IOException {
        machine.with("sys/kernel/kexec_crash_size", "0\n");
        assertTold("add crashkernel=256M", () -> machine.kernel().crashKernelReservations());
    }

    @Test
    void kernelWithoutKexecIsTold() throws IOException {
        machine.without("sys/kernel/kexec_crash_loaded");
        assertTold("without kexec", () -> machine.kernel().requireLoadable(LoadRequest.Purpose.PANIC));
    }

    @Test
    void kexecSwitchedOffIsTold() throws IOException {
        machine.with("proc/sys/kernel/kexec_load_disabled", "1\n");
        assertTold("kexec_load_disabled", () -> machine.kernel().requireLoadable(LoadRequest.Purpose.PANIC));
    }

    @Test
    void lockdownIsTold() throws IOException {
        machine.with("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
        assertTold("locked down (integrity)", () -> machine.kernel().requireKexecLoad(LoadRequest.Purpose.BOOT));
        machine.kernel().requireLoadable(LoadRequest.Purpose.BOOT);
    }

    @Test
    void missingCapabilityIsTold() throws IOException {
        machine.with("proc/thread-self/status", "Name:\tjava\nCapEff:\t000001ffffbfffff\n");
        assertTold("CAP_SYS_BOOT", () -> machine.kernel().requireLoadable(LoadRequest.Purpose.PANIC));
        machine.with("proc/thread-self/status", "Name:\tjava\nCapEff:\t000001ffffffffff\n");
        machine.kernel().requireLoadable(LoadRequest.Purpose.PANIC);
    }

    @Test
    void limitOfLoadsIsOfOnePurpose() throws IOException {
        machine.with("proc/sys/kernel/kexec_load_limit_panic", "0\n");
        machine.with("proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
        assertTold("kexec_load_limit_panic", () -> machine.kernel().requireLoadable(LoadRequest.Purpose.PANIC));
        machine.kernel().requireLoadable(LoadRequest.Purpose.BOOT);
    }

    @Test
    void notesAreEachCpusInTheirOrderThenVmcoreInfo() throws IOException {
        machine.with("sys/devices/system/cpu/cpu10/crash_notes", "3fac1000\n");
        machine.with("sys/devices/system/cpu/cpu10/crash_notes_size", "368\n");
        assertEquals(
                List.of(
                        AddressRange.ofSize(0x3e8c1000, 368),
                        AddressRange.ofSize(0x3e9c1000, 368),
                        AddressRange.ofSize(0x3fac1000, 368),
                        AddressRange.ofSize(0x3da0000, 0x1024)),
                machine.kernel().notes());
    }

    @Test
    void mappingComesFromPhysicalAddressesOfKcore() throws IOException {
        var kernel = machine.kernel();
        assertEquals(
                new KernelMapping(Machine.TEXT, 0x4c0_0000, 0x2c3_0000, Machine.PAGE_OFFSET),
                kernel.mapping(kernel.iomem()));
    }

    @Test
    void kcoreWithoutTextIsTold() throws IOException {
        machine.kcore(Machine.load(Machine.PAGE_OFFSET, 0, 0x4000_0000));
        assertTold(
                "the kernel's text",
                () -> machine.kernel().mapping(machine.kernel().iomem()));
    }

    @Test
    void acpiRootIsTheNewerOneOfUefi() throws IOException {
        assertEquals(0, machine.kernel().acpiRootFromFirmware());
        machine.with("sys/firmware/efi/systab", "SMBIOS=0x1\nACPI=0x7fbfa000\nACPI20=0x7fbfa014\n");
        assertEquals(0x7fbfa014, machine.kernel().acpiRootFromFirmware());
    }

    private static void assertTold(String reason, Executable call) {
        var error = assertThrows(KexecException.class, call);
        assertTrue(error.getMessage().contains(reason), error.getMessage());
        assertFalse(error.getMessage().contains("\n"), "one line only");
    }
}
