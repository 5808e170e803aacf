package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.kernel.crash.LogRecord;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.VirtualMemory;

/// Captures that are killed at random moments, and what becomes of what they leave.
final class Kills {
    private static final List<String> FORMATS = List.of("kdump", "elf", "flattened", "flattened-elf", "raw");
    private static final List<Integer> LEVELS = List.of(0, 1, 17, 31);
    /// The log has fewer: who has so many has those that come first.
    private static final long ENOUGH_PAGES = 2000;

    private final Path raw;
    private final Path target;
    private final Path incomplete;
    private final List<LogRecord> log;
    private final Random random;
    private final Map<String, Integer> outcomes = new TreeMap<>();

    /// @param raw what is captured
    /// @param directory where dumps go for a moment
    Kills(Path raw, Path directory, long seed) throws IOException {
        this.raw = raw;
        target = directory.resolve("killed");
        incomplete = directory.resolve("killed.incomplete");
        random = new Random(seed);
        try (Vmcore vmcore = VmcoreFile.open(raw)) {
            log = KernelLog.of(VirtualMemory.kernel(vmcore)).records();
        }
    }

    /// Kills so many captures.
    ///
    /// @return how many ended how
    Map<String, Integer> run(int count) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            String format = FORMATS.get(i % FORMATS.size());
            int level = LEVELS.get(random.nextInt(LEVELS.size()));
            String outcome = format + ": " + kill(format, level);
            outcomes.merge(outcome, 1, Integer::sum);
        }
        return outcomes;
    }

    private String kill(String format, int level) throws IOException, InterruptedException {
        Files.deleteIfExists(target);
        Files.deleteIfExists(incomplete);
        List<String> words = new ArrayList<>(List.of(
                Story.distribution().resolve("bin/kdump").toString(),
                "capture",
                "-q",
                "--log-first",
                "--format",
                format));
        words.addAll(List.of("-d", Integer.toString(level), raw.toString(), target.toString()));
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        // From when the file is there: before that there is nothing to see.
        while (process.isAlive() && Files.notExists(incomplete)) {
            Thread.sleep(1);
        }
        boolean ended = process.waitFor(random.nextInt(1_500), TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
        if (ended) {
            Assertions.assertEquals(0, process.exitValue());
        }
        String told =
                format + " -d " + level + ", killed at " + (Files.exists(incomplete) ? Files.size(incomplete) : -1);
        if (Files.exists(target)) {
            Assertions.assertEquals("whole", judge(target, told), told);
            return "complete";
        }
        return judge(incomplete, told);
    }

    /// Whatever is left is read, as far as it goes, or it is said what it is.
    private String judge(Path leftover, String told) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(leftover)) {
            // Raw memory has no place for a mark; its name alone tells.
            boolean marked = !vmcore.problems().isEmpty() || leftover.equals(target) || told.startsWith("raw");
            long pages = pages(vmcore);
            try {
                KernelLog found = KernelLog.of(VirtualMemory.kernel(vmcore));
                List<LogRecord> records = found.records();
                Assertions.assertTrue(log.containsAll(records), () -> told + ": the log is another");
                if (records.size() == log.size()) {
                    Assertions.assertTrue(marked, () -> told + ": nothing says that it is not all");
                    return leftover.equals(target) ? "whole" : "the log";
                }
            } catch (MalformedInputException | IOException noLog) {
                Assertions.assertFalse(noLog.getMessage().isEmpty());
            }
            boolean first = !told.startsWith("raw") && !told.startsWith("flattened-elf");
            Assertions.assertFalse(first && pages > ENOUGH_PAGES, () -> told + ": " + pages + " pages and no log");
            return "opens, no log yet";
        } catch (MalformedInputException notYet) {
            Assertions.assertFalse(notYet.getMessage().isEmpty());
            return "told plainly: "
                    + (Files.size(leftover) == 0 ? "empty" : notYet.getMessage().replaceFirst("^[^:]*: ", ""));
        }
    }

    private static long pages(Vmcore vmcore) throws IOException {
        long pages = 0;
        for (PhysicalRange range : vmcore.memory()) {
            for (long at = range.start(); at < range.end(); at += vmcore.pageSize()) {
                pages += vmcore.presence(at) == Presence.PRESENT ? 1 : 0;
            }
        }
        return pages;
    }
}
