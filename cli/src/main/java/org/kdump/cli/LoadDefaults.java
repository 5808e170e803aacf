package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;

/// What is loaded when it is not said: the running kernel, found where distributions put it, with a command line made
/// of its own.
///
/// @param root `/`
/// @param release as `uname -r` has it
/// @param commandLine that of the running kernel
record LoadDefaults(Path root, String release, String commandLine) {
    /// What helps a kernel that starts on a machine just crashed, and lets it end on its own if it fails. kdumpctl adds
    /// the same.
    private static final String FOR_CAPTURE = "irqpoll nr_cpus=1 reset_devices panic=10";

    /// What was for the running kernel alone: memory set aside in a machine that had all of it, how many processors
    /// it uses, and what it does after a panic.
    private static final Set<String> NOT_FOR_CAPTURE = Set.of(
            "crashkernel",
            "hugepages",
            "hugepagesz",
            "default_hugepagesz",
            "nr_cpus",
            "maxcpus",
            "panic",
            "cma",
            "hugetlb_cma");

    private static final Set<String> OF_THE_LOADER =
            Set.of("BOOT_IMAGE", "initrd", "elfcorehdr", "kexec_jump_back_entry");

    /// Double quotes keep words together (lib/cmdline.c, `next_arg`).
    private static final Pattern WORD = Pattern.compile("(?:[^\\s\"]|\"[^\"]*\"?)+");

    static LoadDefaults of(Path root, RunningKernel running) throws IOException {
        return new LoadDefaults(root, running.release(), running.commandLine());
    }

    Path kernel() {
        List<String> names = List.of(
                "boot/vmlinuz-" + release,
                "usr/lib/modules/" + release + "/vmlinuz",
                "lib/modules/" + release + "/vmlinuz");
        return first(names)
                .orElseThrow(() -> new UserException("the running kernel's file is not found (looked for "
                        + String.join(", ", names) + "); name one"));
    }

    /// The initrd made for captures where there is one, else the running kernel's usual one.
    Optional<Path> captureInitrd() {
        return first(List.of("var/lib/kdump/initrd.img-" + release, "boot/initramfs-" + release + "kdump.img"))
                .or(this::initrd);
    }

    Optional<Path> initrd() {
        return first(
                List.of("boot/initrd.img-" + release, "boot/initramfs-" + release + ".img", "boot/initrd-" + release));
    }

    /// The running kernel's command line, less what the next must not have.
    String reused(Purpose purpose) {
        return switch (purpose) {
            case PANIC -> without(Set.of("crashkernel"));
            case BOOT -> without(Set.of());
        };
    }

    /// The command line where none is given: for a panic it helps the kernel to start on a crashed machine.
    String commandLine(Purpose purpose) {
        return switch (purpose) {
            case PANIC -> (without(NOT_FOR_CAPTURE) + " " + FOR_CAPTURE).strip();
            case BOOT -> reused(purpose);
        };
    }

    private String without(Set<String> names) {
        return WORD.matcher(commandLine)
                .results()
                .map(MatchResult::group)
                .filter(word -> !names.contains(name(word)) && !OF_THE_LOADER.contains(name(word)))
                .collect(Collectors.joining(" "));
    }

    private static String name(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private Optional<Path> first(List<String> names) {
        return names.stream().map(root::resolve).filter(Files::isRegularFile).findFirst();
    }
}
