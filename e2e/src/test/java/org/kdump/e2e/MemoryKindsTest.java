package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.capture.MemoryUsage;
import org.kdump.capture.ProgressListener;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// A machine with memory of every kind that an emulated one can have: huge pages, broken pages, a balloon, a block
/// that was unplugged, a movable zone, on some page tables of five levels. Of its raw vmcore each level's dump is made
/// and compared, by what the kernel's own lists tell and by crash, drgn and makedumpfile.
@Tag("soak")
class MemoryKindsTest {
    private static final int HUGE_PAGES = 8;
    private static final int PAGES_OF_HUGE = 512;
    private static final long MIB = 1 << 20;
    private static final int MEMORY = 1024;
    private static final int BALLOON = 64;
    private static final int[] LEVELS = {1, 2, 4, 8, 16, 31};

    /// What is said of all tasks, modules, slab caches and of who runs, as drgn knows it.
    private static final String DRGN = """
            import drgn
            from drgn.helpers.linux.cpumask import for_each_online_cpu
            from drgn.helpers.linux.list import list_for_each_entry
            from drgn.helpers.linux.module import for_each_module
            from drgn.helpers.linux.percpu import per_cpu
            from drgn.helpers.linux.pid import for_each_task
            from drgn.helpers.linux.slab import for_each_slab_cache, slab_cache_for_each_allocated_object
            prog = drgn.Program()
            prog.set_core_dump("/mnt/%s")
            prog.load_debug_info(["/mnt/vmlinux"])
            for task in for_each_task(prog):
                print(hex(task.value_()), task.pid.value_(), task.comm.string_().decode(), hex(task.mm.value_()))
                for frame in prog.stack_trace(task):
                    print("  ", hex(frame.pc))
            for module in for_each_module(prog):
                print(module.name.string_().decode(), module.refcnt.counter.value_())
            for cache in for_each_slab_cache(prog):
                print(cache.name.string_().decode(), hex(cache.value_()), cache.object_size.value_())
            for name in ("task_struct", "dentry", "filp"):
                for cache in for_each_slab_cache(prog):
                    if cache.name.string_().decode() == name:
                        for each in slab_cache_for_each_allocated_object(cache, "unsigned long"):
                            print(name, hex(each.value_()), hex(each[0].value_()))
            """;

    /// The kernels, and what is to be expected of each.
    enum Kernel {
        /// Debian's has no CONFIG_MEMORY_FAILURE, as 6.1's.
        BULLSEYE(false, false, true),
        BOOKWORM(false, false, true),
        TRIXIE(true, true, true),
        /// crash does not open it, and makedumpfile leaves out slab of it.
        SID(true, true, false);

        private final boolean breaksPages;
        private final boolean fiveLevels;
        private final boolean known;

        Kernel(boolean breaksPages, boolean fiveLevels, boolean known) {
            this.breaksPages = breaksPages;
            this.fiveLevels = fiveLevels;
            this.known = known;
        }

        private DebianSuite suite() {
            return new DebianSuite(name().toLowerCase());
        }
    }

    @TempDir
    Path directory;

    private KernelPackage release;

    @ParameterizedTest
    @EnumSource
    void everyKindOfMemory(Kernel kernel) throws IOException {
        Path raw = crash(kernel);
        kindsAreKnown(kernel, raw);
        System.out.println(kernel + ": " + ContainmentTest.check(raw, directory, LEVELS));
        judge(kernel, raw);
    }

    private Path crash(Kernel kernel) throws IOException {
        List<String> script = new ArrayList<>(List.of(
                CrashGuest.load("cp", "poweroff", ""), "!write /proc/sys/vm/nr_hugepages " + HUGE_PAGES, "!wait"));
        if (kernel.breaksPages) {
            script.addAll(List.of("!read /mnt/boot", "!poison free", "!poison cache", "!poison anonymous"));
            script.add("!poison hugetlb");
        }
        script.addAll(List.of("!unplug", "!crash"));
        try (Story story = Story.start(
                kernel.suite(),
                directory,
                guest -> guest.memory(MEMORY)
                        .parameters("kernelcore=60%")
                        .modules("virtio_balloon")
                        .arguments("-device", "virtio-balloon-pci", "-cpu", kernel.fiveLevels ? "max" : "max,-la57")
                        .script(script))) {
            story.seeSuccess();
            story.see("guest waits");
            story.balloon((MEMORY - BALLOON) * MIB);
            story.goOn();
            Path raw = Files.move(story.captured().resolve("vmcore"), directory.resolve("raw"));
            story.console().lines().filter(line -> line.startsWith("guest ")).forEach(System.out::println);
            release = story.kernel();
            return raw;
        }
    }

    /// Of an old kernel Debian may have no debug information any more.
    private boolean hasVmlinux(Kernel kernel) throws IOException {
        try {
            Path vmlinux = DebianKernels.ofHost().debugVmlinux(kernel.suite(), release);
            Files.copy(vmlinux, directory.resolve("vmlinux"));
            return true;
        } catch (IOException none) {
            assertEquals(Kernel.BULLSEYE, kernel, none::getMessage);
            System.out.println(kernel + ": crash and drgn are not asked: " + none.getMessage());
            return false;
        }
    }

    private static void kindsAreKnown(Kernel kernel, Path raw) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(raw)) {
            assertEquals(
                    kernel.fiveLevels ? 1 : 0,
                    vmcore.info().number("pgtable_l5_enabled").orElse(0));
            MemoryUsage usage = MemoryUsage.of(vmcore, ProgressListener.NONE);
            System.out.println(kernel + ": " + usage.uses());
            System.out.println(kernel + ": " + usage.comparisons());
            assertEquals(List.of(), usage.problems());
            Map<String, Long> pages =
                    usage.uses().stream().collect(Collectors.toMap(MemoryUsage.Use::label, MemoryUsage.Use::pages));
            assertEquals(BALLOON * MIB / vmcore.pageSize(), pages.get("offline"));
            // A free huge page that breaks is taken apart, and another comes in its place where there is room.
            long huge = pages.get("hugetlb") / PAGES_OF_HUGE;
            assertTrue(huge == HUGE_PAGES || kernel.breaksPages && huge == HUGE_PAGES - 1, pages::toString);
            // A page that the kernel could not do without for now may be marked too.
            assertTrue(kernel.breaksPages ? pages.get("poisoned") >= 4 : pages.get("poisoned") == 0, pages::toString);
        }
    }

    private void judge(Kernel kernel, Path raw) throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        Peers peers = Peers.get();
        for (int level : LEVELS) {
            Path ours = directory.resolve("ours-" + level);
            Command.kdump("capture", "-q", raw, ours, "-d", level).output();
            peers.run(directory, "makedumpfile", "-z", "-d", "" + level, "/mnt/raw", "/mnt/theirs")
                    .output();
            double ratio = (double) Files.size(ours) / Files.size(directory.resolve("theirs"));
            System.out.printf("%s: -d %d is %.3f of makedumpfile's%n", kernel, level, ratio);
            boolean right = kernel.known || (level & 8) == 0;
            assertTrue(!right || ratio < 1.05 && ratio > 0.85, level + ": of the size of makedumpfile's: " + ratio);
            Files.delete(directory.resolve("theirs"));
        }
        if (hasVmlinux(kernel)) {
            askAnalysers(kernel, peers, raw);
        }
    }

    private void askAnalysers(Kernel kernel, Peers peers, Path raw) throws IOException {
        Command.kdump("convert", "-q", raw, directory.resolve("ours-elf"), "-d", 31, "--format", "elf")
                .output();
        String drgn = drgn(peers, "raw");
        assertTrue(drgn.lines().count() > 1000, drgn);
        String crash = kernel.known ? crash(peers, "raw") : "";
        assertTrue(!kernel.known || crash.contains("sysrq triggered crash"), crash);
        for (String dump : Stream.concat(
                        Stream.of("ours-elf"), Stream.of("8", "16", "31").map("ours-"::concat))
                .toList()) {
            assertEquals(drgn, drgn(peers, dump), dump);
            assertEquals(crash, kernel.known ? crash(peers, dump) : "", dump);
        }
        Files.delete(directory.resolve("vmlinux"));
    }

    private String drgn(Peers peers, String dump) throws IOException {
        Files.writeString(directory.resolve("ask.py"), DRGN.formatted(dump));
        return peers.run(directory, "python3", "/mnt/ask.py").output();
    }

    private String crash(Peers peers, String dump) throws IOException {
        Files.writeString(directory.resolve("commands"), "sys\nps\nbt -a\nmod\nkmem -s\nkmem -v\nmount\nquit\n");
        return peers.run(directory, "crash", "-s", "-i", "/mnt/commands", "/mnt/vmlinux", "/mnt/" + dump)
                .output()
                .lines()
                .filter(line -> !line.contains("DUMPFILE:"))
                .collect(Collectors.joining("\n"));
    }
}
