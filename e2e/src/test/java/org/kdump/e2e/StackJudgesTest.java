package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// Machines that crash in an NMI, which has a stack of its own where it interrupts the kernel: their stacks, and
/// all else that drgn knows of them, which has debug information; we have none.
///
/// Of bookworm see [JudgesTest].
@Tag("vm")
class StackJudgesTest {
    private static final Pattern FRAME = Pattern.compile("(?m)^ *#\\d+ \\[\\w+] (\\S+).* at \\w+");

    /// Where a stack begins: new tasks, idle CPUs, system calls and exceptions of user mode.
    private static final Pattern BEGINNING = Pattern.compile("ret_from_fork(_asm)?|secondary_startup_64(_no_verify)?"
            + "|common_startup_64|entry_SYSCALL_64_after_hwframe|asm_\\w+");

    private static final long SEED = 20261128;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "trixie", "sid"})
    void drgnAnswersAsWeDo(String name) throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        DebianSuite suite = new DebianSuite(name);
        Path vmlinux = crash(suite);
        String panic = Command.kdump("bt", directory.resolve("raw")).output();
        assertTrue(panic.contains("] exc_nmi at "), panic);
        String all = Command.kdump("foreach", "bt", directory.resolve("raw")).output();
        assertFalse(all.contains("(guess)"), all);
        Set<String> beginnings =
                Arrays.stream(all.split("\n\n")).map(StackJudgesTest::last).collect(Collectors.toSet());
        beginnings.removeIf(function -> BEGINNING.matcher(function).matches());
        assertEquals(Set.of(), beginnings, all);
        System.out.println(Answers.assertJudged(Peers.get(), directory, "raw", vmlinux));
        whatIsLostIsFound(vmlinux);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "bookworm", "trixie", "sid"})
    @Tag("soak")
    void damagedDumpsAreAnsweredInPart(String name) throws IOException {
        crash(new DebianSuite(name));
        Hostility.check(directory.resolve("raw"), directory, SEED);
    }

    /// Without any VMCOREINFO the page tables tell of themselves, and without symbols and types of its own a dump is
    /// answered for by the vmlinux.
    private void whatIsLostIsFound(Path vmlinux) throws IOException {
        Path raw = directory.resolve("raw");
        Path lost = directory.resolve("lost");
        try (Damage copy = Damage.copy(raw, lost)) {
            assertTrue(copy.loseVmcoreinfo() > 1);
        }
        for (String verb : List.of("log", "bt", "ps")) {
            assertEquals(
                    Command.kdump(verb, raw).output(), Command.kdump(verb, lost).output());
        }
        try (Damage copy = Damage.copy(raw, lost)) {
            assertEquals(1, copy.loseNote());
        }
        Path sound = directory.resolve("sound");
        Path repaired = directory.resolve("repaired");
        Command.kdump("convert", "-d", 31, raw, sound).output();
        Command.kdump("convert", "-d", 31, lost, repaired).output();
        assertEquals(-1, Files.mismatch(sound, repaired));
        try (Damage copy = Damage.copy(raw, lost)) {
            copy.losePage(address(vmlinux, "kallsyms_token_table"));
            copy.losePage(address(vmlinux, "__start_BTF"));
        }
        assertEquals(1, Command.kdump("bt", lost).status());
        for (String verb : List.of("bt", "ps", "mod")) {
            assertEquals(
                    Command.kdump(verb, raw).output(),
                    Command.kdump(verb, lost, "--vmlinux", vmlinux).output());
        }
        try (Damage copy = Damage.copy(raw, lost)) {
            copy.losePage(address(vmlinux, "kallsyms_token_table"));
            copy.losePage(address(vmlinux, "__start_BTF"));
            assertTrue(copy.loseVmcoreinfo() > 1);
        }
        assertEquals(1, Command.kdump("log", lost).status());
        assertEquals(
                Command.kdump("log", raw).output(),
                Command.kdump("log", lost, "--vmlinux", vmlinux).output());
        // What had to be found is told as missing, and nothing else differs.
        String why = Command.kdump("why", lost, "--vmlinux", vmlinux).out();
        assertTrue(why.startsWith(Command.kdump("why", raw).out()), why);
        Files.delete(lost);
    }

    private long address(Path vmlinux, String symbol) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(directory.resolve("raw"))) {
            Map<String, Long> known =
                    Map.of("_stext", vmcore.info().symbol("_stext").orElseThrow());
            return Namelist.read(vmlinux).moved(known).address(symbol).orElseThrow();
        }
    }

    private static String last(String task) {
        return FRAME.matcher(task)
                .results()
                .map(match -> match.group(1))
                .reduce((first, second) -> second)
                .orElse(task);
    }

    /// @return the kernel with debug information
    private Path crash(DebianSuite suite) throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newestWithDebug(suite);
        List<String> script = List.of(
                CrashGuest.load("cp", "poweroff", ""),
                "!write /proc/sys/kernel/unknown_nmi_panic 1",
                "!wait",
                "!poweroff");
        try (Story story = Story.start(kernel, directory, guest -> guest.script(script))) {
            story.see("guest waits");
            story.injectNmi();
            Files.move(story.captured().resolve("vmcore"), directory.resolve("raw"));
            return DebianKernels.ofHost().debugVmlinux(suite, kernel);
        }
    }
}
