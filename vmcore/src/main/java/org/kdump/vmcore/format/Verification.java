package org.kdump.vmcore.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.diskdump.SplitVmcore;

/// What was found when all of a dump was read: each page's descriptor, data and, where the dump has it, checksum.
///
/// @param pages how many should be in the dump
/// @param damaged how many of them are not, or not as they were written
/// @param checksums whether the dump has our checksums; without them, damage that leaves a page readable stays unknown
/// @param damage what is wrong, a sentence each; the worst of many are named and the rest counted
public record Verification(long pages, long damaged, boolean checksums, List<String> damage) {
    /// @param damage copied
    public Verification {
        damage = List.copyOf(damage);
    }

    /// Whether nothing is wrong.
    public boolean isSound() {
        return damage.isEmpty();
    }

    /// Reads all of a dump.
    ///
    /// @param progress is told now and then how many pages were looked at
    /// @throws IOException if the file cannot be read
    public static Verification of(Vmcore vmcore, LongConsumer progress) throws IOException {
        Run run = new Run(vmcore.pageSize(), progress);
        // That a file is one part of several is no damage.
        List<String> problems = vmcore instanceof DiskdumpVmcore dump ? dump.ownProblems() : vmcore.problems();
        run.damage.addAll(problems);
        return switch (vmcore) {
            case DiskdumpVmcore dump -> run.verify(dump).result(dump.hasChecksums());
            case SplitVmcore split -> {
                boolean checksums = true;
                for (DiskdumpVmcore part : split.parts()) {
                    run.verify(part);
                    checksums &= part.hasChecksums();
                }
                yield run.result(checksums);
            }
            default -> run.verify(vmcore).result(false);
        };
    }

    /// A verification on its way.
    private static final class Run {
        private static final int REPORT_EVERY = 1 << 12;
        private static final int MOST_SENTENCES = 32;
        private static final int WINDOW = 1 << 20;

        private final int pageSize;
        private final LongConsumer progress;
        private final List<String> damage = new ArrayList<>();
        private long pages;
        private long damaged;
        private long more;
        private long start;
        private long end;
        private String why = "";

        Run(int pageSize, LongConsumer progress) {
            this.pageSize = pageSize;
            this.progress = progress;
        }

        Run verify(DiskdumpVmcore dump) throws IOException {
            damage.addAll(dump.headerDamage());
            byte[] page = new byte[pageSize];
            for (long pfn = dump.nextDumped(0); pfn >= 0; pfn = dump.nextDumped(pfn + 1)) {
                count(1);
                Optional<String> wrong = dump.damage(pfn, page);
                if (wrong.isPresent()) {
                    add(pfn * pageSize, wrong.get());
                }
            }
            endRange();
            return this;
        }

        /// Of a format that has plain pages, those are damaged that are not there.
        Run verify(Vmcore vmcore) throws IOException {
            MemorySegment window = MemorySegment.ofArray(new byte[WINDOW]);
            for (PhysicalRange range : vmcore.memory()) {
                for (long at = range.start(); at < range.end(); ) {
                    long length = Math.min(WINDOW, range.end() - at);
                    long read = vmcore.read(at, window.asSlice(0, length));
                    count((read + pageSize - 1) / pageSize);
                    at += read;
                    if (read < length) {
                        if (vmcore.presence(at) == Presence.MISSING) {
                            count(1);
                            add(at, "the file does not hold it");
                        }
                        at = (at / pageSize + 1) * pageSize;
                    }
                }
            }
            endRange();
            return this;
        }

        private void count(long more) {
            if ((pages + more) / REPORT_EVERY != pages / REPORT_EVERY) {
                progress.accept(pages + more);
            }
            pages += more;
        }

        /// A page is damaged; those in a row with one cause are one sentence.
        private void add(long address, String reason) {
            damaged++;
            if (address != end || !reason.equals(why)) {
                endRange();
                start = address;
                why = reason;
            }
            end = address + pageSize;
        }

        private void endRange() {
            if (!why.isEmpty() && damage.size() < MOST_SENTENCES) {
                damage.add("physical memory 0x" + Long.toHexString(start) + " to 0x" + Long.toHexString(end)
                        + " is damaged: " + why);
            } else if (!why.isEmpty()) {
                more++;
            }
            why = "";
        }

        Verification result(boolean checksums) {
            if (more > 0) {
                damage.add("and " + more + " more damaged places");
            }
            return new Verification(pages, damaged, checksums, damage);
        }
    }
}
