package org.kdump.kexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ProgramHeader;
import org.kdump.kexec.image.BzImageBuilder;

class KexecLoaderTest {
    private static final long BACKUP = 0x3ef6_1000;
    private static final long ELFCOREHDR = 0x3ef6_0000;

    @TempDir
    Path folder;

    private Machine machine;
    private Path kernel;
    private Path initrd;

    @BeforeEach
    void files() throws IOException {
        machine = Machine.in(folder.resolve("root"));
        kernel = Files.write(folder.resolve("vmlinuz"), new BzImageBuilder().bytes());
        initrd = Files.write(folder.resolve("initrd"), gzip(new byte[3 << 20]));
    }

    @Test
    void segmentsLieInTheReservationInWholePagesApart() throws IOException {
        try (var plan = plan("console=ttyS0")) {
            long free = Machine.RESERVATION.start();
            for (var segment : plan.segments()) {
                assertTrue(Machine.RESERVATION.contains(segment.range()), segment.toString());
                assertTrue(segment.range().start() >= free, segment.toString());
                assertEquals(0, segment.range().start() % 4096);
                assertEquals(0, segment.range().size() % 4096);
                assertTrue(segment.content().byteSize() <= segment.range().size());
                free = segment.range().end();
            }
            assertEquals(0, segment(plan, "kernel").range().start() % 0x20_0000);
            assertEquals(0x300_0000, segment(plan, "kernel").range().size());
            assertEquals(
                    AddressRange.ofSize(BACKUP, 0x9f000),
                    segment(plan, "backup").range());
        }
    }

    @Test
    void capturedMemoryIsEveryRunOfRamButTheReservation() throws IOException {
        try (var plan = plan("")) {
            var segments = core(plan).programHeaders();
            assertEquals(
                    3,
                    segments.stream()
                            .filter(segment -> segment.type() == ProgramHeader.PT_NOTE)
                            .count());
            assertEquals(0x3e8c1000, segments.getFirst().offset());
            assertEquals(368, segments.getFirst().fileSize());
            assertEquals(
                    List.of(
                            load(0x4c0_0000, Machine.TEXT, 0x4c0_0000, 0x2c3_0000),
                            load(BACKUP, Machine.PAGE_OFFSET + 0x1000, 0x1000, 0x9ec00),
                            load(0x10_0000, Machine.PAGE_OFFSET + 0x10_0000, 0x10_0000, 0x2ef0_0000),
                            load(0x3f00_0000, Machine.PAGE_OFFSET + 0x3f00_0000, 0x3f00_0000, 0xfd_d000)),
                    segments.subList(3, segments.size()));
        }
    }

    @Test
    void readelfTakesTheElfcorehdr() throws IOException, InterruptedException {
        try (var plan = plan("")) {
            var file = Files.write(folder.resolve("core"), bytes(plan, "elfcorehdr"));
            var readelf = new ProcessBuilder("readelf", "-hlW", file.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(readelf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, readelf.waitFor(), said);
            assertTrue(said.contains("CORE (Core file)"), said);
            assertTrue(
                    said.contains(
                            "LOAD           0x3ef61000 0xffff889d40001000 0x0000000000001000 0x09ec00 0x09ec00 RWE"),
                    said);
        }
    }

    @Test
    void bootParametersSayWhereEverythingIs() throws IOException {
        try (var plan = plan("quiet")) {
            var page = page(plan);
            assertEquals(0xd0, page.seek(0x210).u8("type_of_loader"));
            assertEquals(
                    segment(plan, "initrd").range().start(), page.seek(0x218).u32("ramdisk_image"));
            assertEquals(Files.size(initrd), page.u32("ramdisk_size"));
            assertEquals(
                    segment(plan, "command line").range().start(),
                    page.seek(0x228).u32("cmd_line_ptr"));
            assertEquals(0x53726448, page.seek(0x202).u32("header"));
            assertEquals(0, page.seek(0x26c).u32("after the setup header"));
            assertEquals(80, page.seek(7).u8("orig_video_cols"));
        }
    }

    @Test
    void memoryIsTheReservationAndTheLowestAndWhatAcpiHas() throws IOException {
        try (var plan = plan("")) {
            var page = page(plan);
            int count = page.seek(0x1e8).u8("e820_entries");
            page.seek(0x2d0);
            var seen = new StringBuilder();
            for (int i = 0; i < count; i++) {
                seen.append("%x %x %d\n".formatted(page.u64("start"), page.u64("size"), page.u32("type")));
            }
            assertEquals("""
                    0 1000 2
                    1000 9ec00 1
                    9fc00 400 2
                    f0000 10000 2
                    2f000000 ff60000 1
                    3ffdd000 22000 3
                    3ffff000 1000 4
                    fffc0000 40000 2
                    """, seen.toString());
        }
    }

    @Test
    void moreThan128RangesOfMemoryGoOnInSetupData() throws IOException {
        var iomem = new StringBuilder(Machine.IOMEM);
        for (int i = 0; i < 200; i++) {
            iomem.append("1%07x-1%07x : Reserved\n".formatted(i * 0x2000, i * 0x2000 + 0xfff));
        }
        machine.with("proc/iomem", iomem.toString());
        try (var plan = plan("")) {
            var page = page(plan);
            assertEquals(128, page.seek(0x1e8).u8("e820_entries"));
            assertEquals(
                    segment(plan, "boot parameters").range().start() + 4096,
                    page.seek(0x250).u64("setup_data"));
            assertEquals(0, page.seek(4096).u64("next"));
            assertEquals(1, page.u32("type"));
            assertEquals(80 * 20, page.u32("len"));
            assertEquals(80 * 20, page.remaining());
        }
    }

    @Test
    void screenAndAcpiAreTheRunningKernels() throws IOException {
        byte[] running = new byte[4096];
        running[0] = 17;
        running[0x20] = 0x3f;
        running[0x72] = 0x5a;
        Path data = machine.root().resolve("sys/kernel/boot_params/data");
        Files.createDirectories(data.getParent());
        Files.write(data, running);
        try (var plan = plan("")) {
            var page = page(plan);
            assertEquals(17, page.seek(0).u8("orig_x"));
            assertEquals(0, page.seek(0x20).u32("cl_magic"));
            assertEquals(0x5a_0000, page.seek(0x70).u64("acpi_rsdp_addr"));
        }
    }

    @Test
    void commandLineNamesTheElfcorehdrBeforeWhatWasAsked() throws IOException {
        try (var plan = plan("console=ttyS0 -- capture")) {
            assertEquals("elfcorehdr=0x3ef60000 console=ttyS0 -- capture", plan.commandLine());
            assertEquals(plan.commandLine() + "\0", new String(bytes(plan, "command line"), StandardCharsets.UTF_8));
        }
    }

    @Test
    void memmapIsToldOnTheCommandLineIfAsked() throws IOException {
        var request =
                request("quiet").with(LoadOptions.builder().passMemmap(true).build());
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals(
                    "elfcorehdr=0x3ef60000 memmap=exactmap memmap=635K@4K memmap=261504K@770048K"
                            + " memmap=136K#1048436K memmap=4K#1048572K quiet",
                    plan.commandLine());
        }
    }

    @Test
    void elf32HeadersAreForMemoryBelowFourGibibytes() throws IOException {
        var options = LoadOptions.builder().coreClass(ElfClass.ELF32).build();
        try (var plan = KexecLoader.plan(machine.kernel(), request("quiet").with(options))) {
            var load = core(plan).programHeaders().get(4);
            assertEquals(0x1000, load.physicalAddress());
            assertEquals((int) (Machine.PAGE_OFFSET + 0x1000), (int) load.virtualAddress());
            assertEquals(ElfClass.ELF32, core(plan).header().elfClass());
        }
        machine.with("proc/iomem", Machine.IOMEM + "100000000-13fffffff : System RAM\n");
        assertTold("leave out --elf32-core-headers", request("quiet").with(options));
    }

    @Test
    void boundsOutsideTheReservationAreToldWithBoth() {
        var below =
                LoadOptions.builder().within(new AddressRange(0, 0x1000_0000)).build();
        assertTold(
                "--mem-min and --mem-max leave 0x0-0xfffffff, which has nothing of the reservation"
                        + " 0x2f000000-0x3effffff",
                request("quiet").with(below));
    }

    @Test
    void boundsWithinTheReservationAreKept() throws IOException {
        var part = new AddressRange(0x3000_0000, 0x3800_0000);
        try (var plan = KexecLoader.plan(
                machine.kernel(),
                request("quiet").with(LoadOptions.builder().within(part).build()))) {
            assertTrue(plan.segments().stream().allMatch(segment -> part.contains(segment.range())), plan.toString());
        }
    }

    @Test
    void segmentsThatMeetOrLeaveAreToldWithBothRanges() {
        var kernel = new LoadPlan.Segment("kernel", MemorySegment.NULL, new AddressRange(0x1000, 0x3000));
        var initrd = new LoadPlan.Segment("initrd", MemorySegment.NULL, new AddressRange(0x2000, 0x4000));
        var ram = List.of(new AddressRange(0, 0x10000));
        assertEquals(
                "segment initrd 0x2000-0x3fff overlaps segment kernel 0x1000-0x2fff",
                assertThrows(
                                KexecException.class,
                                () -> LoadPlan.requireSound(List.of(kernel, initrd), ram, "System RAM"))
                        .getMessage());
        assertEquals(
                "segment kernel 0x1000-0x2fff leaves System RAM, [0x0-0x1fff]",
                assertThrows(
                                KexecException.class,
                                () -> LoadPlan.requireSound(
                                        List.of(kernel), List.of(new AddressRange(0, 0x2000)), "System RAM"))
                        .getMessage());
    }

    @Test
    void rebootSeesTheFirmwaresMemoryAndLoadsAnywhereInRam() throws IOException {
        for (String[] entry : new String[][] {
            {"0", "0x0", "0x9fbff", "System RAM"},
            {"1", "0x100000", "0x3fffffff", "System RAM"},
            {"2", "0xfffc0000", "0xffffffff", "Reserved"}
        }) {
            machine.with("sys/firmware/memmap/" + entry[0] + "/start", entry[1] + "\n");
            machine.with("sys/firmware/memmap/" + entry[0] + "/end", entry[2] + "\n");
            machine.with("sys/firmware/memmap/" + entry[0] + "/type", entry[3] + "\n");
        }
        try (var plan =
                KexecLoader.plan(machine.kernel(), request("root=/dev/vda1").forBoot())) {
            assertEquals("root=/dev/vda1", plan.commandLine());
            assertEquals(
                    List.of("kernel", "purgatory", "boot parameters", "command line", "initrd"),
                    plan.segments().stream().map(LoadPlan.Segment::name).toList());
            var page = page(plan);
            assertEquals(3, page.seek(0x1e8).u8("e820_entries"));
            assertEquals(0x9fc00, page.seek(0x2d0 + 8).u64("size"));
            assertEquals(List.of(), plan.coreSegments());
            assertTrue(plan.picture().contains("A kernel"), plan.picture());
        }
    }

    @Test
    void digestIsOverEveryByteGivenButPurgatoryAndBackup() throws IOException, GeneralSecurityException {
        try (var plan = plan("quiet")) {
            var verified = plan.segments().stream()
                    .filter(segment -> !List.of("purgatory", "backup").contains(segment.name()))
                    .toList();
            assertEquals(5, verified.size());
            var sha256 = MessageDigest.getInstance("SHA-256");
            verified.forEach(segment -> sha256.update(segment.content().toArray(ValueLayout.JAVA_BYTE)));
            assertTrue(MessageDigest.isEqual(sha256.digest(), Digest.of(verified)));
            assertEquals(
                    BzImageBuilder.KERNEL_SIZE,
                    Digest.regions(verified).getFirst().length());
        }
    }

    @Test
    void planIsATableOfItsSegments() throws IOException {
        try (var plan = plan("quiet")) {
            var lines = plan.toString().lines().toList();
            assertTrue(lines.getFirst().startsWith("segment"), plan.toString());
            assertEquals("kernel           0x2f000000   0x31ffffff        32768   50331648", lines.get(1));
            assertTrue(lines.getLast().contains("elfcorehdr=0x3ef60000 quiet"), plan.toString());
        }
    }

    @Test
    void reservationTooSmallToStartInIsToldWithBothFigures() throws IOException {
        machine.with("proc/iomem", Machine.IOMEM.replace("2f000000-3effffff : Crash", "3b000000-3effffff : Crash"));
        assertTold("64 MiB are reserved, too little for this kernel to start in: it needs about 68 MiB");
    }

    @Test
    void reservationWithoutRoomForTheLayoutIsTold() throws IOException {
        Files.write(kernel, new BzImageBuilder().u64(0x258, 0x3e00_0000).bytes());
        assertTold("is too small: the image does not fit");
    }

    @Test
    void filesThatAreNoneAreTold() throws IOException {
        Files.write(initrd, new byte[0]);
        assertTold("initrd: empty");
        Files.delete(initrd);
        assertTold("initrd: no such file");
        Files.delete(kernel);
        assertTold("vmlinuz: no such file");
    }

    @Test
    void commandLineTooLongForTheKernelIsTold() {
        assertTold("the command line has 2070 bytes, but this kernel takes 2047", "x".repeat(2048));
        assertTold("control character", "quiet\nsplash");
    }

    @Test
    void highReservationIsUsedAndTheLowOneIsMemoryToo() throws IOException {
        machine.with("proc/iomem", """
                00001000-0009fbff : System RAM
                00100000-3ffdcfff : System RAM
                  04c00000-05bfffff : Kernel code
                  2f000000-3effffff : Crash kernel
                100000000-23fffffff : System RAM
                  200000000-20fffffff : Crash kernel
                """);
        try (var plan = plan("")) {
            assertEquals(0x2_0000_0000L, segment(plan, "kernel").range().start());
            var page = page(plan);
            assertEquals(2, page.seek(0xc0).u32("ext_ramdisk_image"));
            assertEquals(0, page.u32("ext_ramdisk_size"));
            assertEquals(2, page.u32("ext_cmd_line_ptr"));
            assertEquals(3, page.seek(0x1e8).u8("e820_entries"));
            assertEquals(
                    5,
                    core(plan).programHeaders().stream()
                            .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                            .skip(1)
                            .count());
        }
    }

    @Test
    void memoryOfCmaIsTheCaptureKernelsAndNotDumped() throws IOException {
        machine.with("sys/kernel/kexec/crash_cma_ranges", "10000000-17ffffff\n");
        var cma = new AddressRange(0x1000_0000, 0x1800_0000);
        try (var plan = plan("")) {
            assertTrue(core(plan).programHeaders().stream()
                    .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                    .skip(1)
                    .noneMatch(segment -> AddressRange.ofSize(segment.physicalAddress(), segment.memorySize())
                            .overlaps(cma)));
            var page = page(plan);
            page.seek(0x2d0 + 4 * 20);
            assertEquals(cma.start(), page.u64("start"));
            assertEquals(cma.size(), page.u64("size"));
            assertEquals(1, page.u32("type"));
        }
    }

    @Test
    void kernelThatCannotBeEnteredFromFiveLevelsIsRefused() throws IOException {
        machine.with("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu lm la57 sha_ni\n");
        plan("").close();
        Files.write(kernel, new BzImageBuilder().u16(0x236, 0x5f).bytes());
        assertTold("boot this one with no5lvl");
        machine.with("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu lm\n");
        plan("").close();
    }

    @Test
    void aSeedForRandomNumbersIsGivenWhereThereIsOne() throws IOException {
        machine.with("dev/urandom", "thirty-two bytes, and no more of it");
        try (var plan = plan("")) {
            var page = page(plan);
            assertEquals(
                    segment(plan, "boot parameters").range().start() + 4096,
                    page.seek(0x250).u64("setup_data"));
            assertEquals(0, page.seek(4096).u64("next"));
            assertEquals(9, page.u32("type"));
            assertEquals(32, page.u32("len"));
            assertEquals(32, page.remaining());
        }
        machine.with("dev/urandom", "none left");
        try (var plan = plan("")) {
            assertEquals(0, page(plan).seek(0x250).u64("setup_data"));
        }
    }

    @Test
    void uefiIsToldWithItsRuntimeServicesWhereTheyAre() throws IOException {
        byte[] running = new byte[4096];
        running[0x1c0] = 'E';
        running[0x1c4] = 0x11;
        running[0x1cc] = 1;
        running[0x1d4] = 48;
        running[0x1ec] = 3;
        machine.with("sys/firmware/efi/systab", "ACPI20=0x7fbfa014\nSMBIOS=0x1234\n")
                .with("sys/firmware/efi/fw_vendor", "0x5678\n")
                .with("sys/firmware/efi/config_table", "0x9abc\n")
                .with("sys/kernel/boot_params/data", new String(running, StandardCharsets.ISO_8859_1));
        String[][] regions = {{"0", "0x5", "0xff000"}, {"10", "0x6", "0x7f000"}, {"2", "0x6", "0x7e000"}};
        for (String[] region : regions) {
            String directory = "sys/firmware/efi/runtime-map/" + region[0] + "/";
            machine.with(directory + "type", region[1] + "\n")
                    .with(directory + "phys_addr", region[2] + "\n")
                    .with(directory + "virt_addr", "0xfffffffeff000000\n")
                    .with(directory + "num_pages", "0x20\n")
                    .with(directory + "attribute", "0x800000000000000f\n");
        }
        try (var plan = plan("")) {
            var page = page(plan);
            long address = segment(plan, "boot parameters").range().start();
            assertEquals(0x7fbfa014, page.seek(0x70).u64("acpi_rsdp_addr"));
            assertEquals(3, page.seek(0x1ec).u8("secure_boot"));
            assertEquals('E', page.seek(0x1c0).u32("efi_loader_signature"));
            assertEquals(0x11, page.u32("efi_systab"));
            assertEquals(40, page.u32("efi_memdesc_size"));
            assertEquals(1, page.u32("efi_memdesc_version"));
            assertEquals(address + 4096 + 112, page.u32("efi_memmap"));
            assertEquals(3 * 40, page.u32("efi_memmap_size"));
            assertEquals(address + 4096, page.seek(0x250).u64("setup_data"));
            assertEquals(0, page.seek(4096).u64("next"));
            assertEquals(4, page.u32("type"));
            assertEquals(96, page.u32("len"));
            assertEquals(0x5678, page.u64("fw_vendor"));
            assertEquals(0, page.u64("runtime"));
            assertEquals(0x9abc, page.u64("tables"));
            assertEquals(0x1234, page.u64("smbios"));
            page.seek(4096 + 112 + 40);
            assertEquals(6, page.u64("type"));
            assertEquals(0x7e000, page.u64("phys_addr"));
            assertEquals(0xfffffffeff000000L, page.u64("virt_addr"));
        }
        var request = request("quiet").with(LoadOptions.builder().efi(false).build());
        try (var plan = KexecLoader.plan(machine.kernel(), request)) {
            assertEquals(0, page(plan).seek(0x1c0).u32("efi_loader_signature"));
            assertEquals(0x7fbfa014, page(plan).seek(0x70).u64("acpi_rsdp_addr"));
            assertTrue(plan.commandLine().endsWith(" acpi_rsdp=0x7fbfa014 quiet"), plan.commandLine());
        }
    }

    @Test
    void serialPortIsThatOfTheLastConsole() {
        assertEquals(0x3f8, CommandLine.serialPort("console=tty0 console=ttyS0,115200n8"));
        assertEquals(0x2f8, CommandLine.serialPort("console=ttyS0 console=ttyS1"));
        assertEquals(0, CommandLine.serialPort("console=tty0 netconsole=ttyS0 console=ttyS17"));
    }

    @Test
    void unpackedSizeIsToldByGzipAndZstd() throws IOException {
        assertEquals(3 << 20, UnpackedSize.atLeast(MemorySegment.ofArray(gzip(new byte[3 << 20]))));
        byte[] zstd = new byte[32];
        MemorySegment.ofArray(zstd).set(ValueLayout.JAVA_INT_UNALIGNED, 0, 0xfd2fb528);
        zstd[4] = (byte) 0xa0;
        MemorySegment.ofArray(zstd).set(ValueLayout.JAVA_INT_UNALIGNED, 5, 123_456_789);
        assertEquals(123_456_789, UnpackedSize.atLeast(MemorySegment.ofArray(zstd)));
        assertEquals(7, UnpackedSize.atLeast(MemorySegment.ofArray(new byte[7])));
    }

    private LoadPlan plan(String commandLine) throws IOException {
        return KexecLoader.plan(machine.kernel(), request(commandLine));
    }

    private LoadRequest request(String commandLine) {
        return LoadRequest.of(kernel, initrd, commandLine);
    }

    private void assertTold(String reason) {
        assertTold(reason, "quiet");
    }

    private void assertTold(String reason, String commandLine) {
        assertTold(reason, request(commandLine));
    }

    private void assertTold(String reason, LoadRequest request) {
        var error = assertThrows(
                KexecException.class,
                () -> KexecLoader.plan(machine.kernel(), request).close());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
        assertFalse(error.getMessage().contains("\n"), "one line only");
    }

    private static LoadPlan.Segment segment(LoadPlan plan, String name) {
        return plan.segments().stream()
                .filter(segment -> segment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] bytes(LoadPlan plan, String name) {
        return segment(plan, name).content().toArray(ValueLayout.JAVA_BYTE);
    }

    private static ByteCursor page(LoadPlan plan) {
        var content = segment(plan, "boot parameters").content();
        return new ByteCursor("plan", 0, "boot_params", content, ByteOrder.LITTLE_ENDIAN);
    }

    private static ElfFile core(LoadPlan plan) throws IOException {
        return ElfFile.read(
                ByteSource.of("elfcorehdr", segment(plan, "elfcorehdr").content()));
    }

    private static ProgramHeader load(long offset, long virtualAddress, long physicalAddress, long size) {
        int all = ProgramHeader.PF_R | ProgramHeader.PF_W | ProgramHeader.PF_X;
        return new ProgramHeader(ProgramHeader.PT_LOAD, all, offset, virtualAddress, physicalAddress, size, size, 0);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }
}
