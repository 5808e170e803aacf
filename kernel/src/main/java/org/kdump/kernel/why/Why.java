package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.PanicReport;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.vmcore.Vmcore;

/// The first page that an engineer would write on a crash: what failed, where, and what else looks wrong.
///
/// @param summary the crash at first sight
/// @param failure what kind it is
/// @param task the task that failed, with its stack; empty if there is none, or it cannot be found
/// @param telling its stack without its noise
/// @param findings what else is known of it, and what else looks wrong
/// @param signature what crashes of this cause have in common
/// @param missing what could not be found out, a sentence each
public record Why(
        CrashSummary summary,
        Failure failure,
        Optional<TaskStack> task,
        List<StackFrame> telling,
        Findings findings,
        String signature,
        List<String> missing) {
    /// Copies the lists.
    public Why {
        telling = List.copyOf(telling);
        missing = List.copyOf(missing);
    }

    /// Finds it out.
    ///
    /// @param given what a file knows of the kernel, for a dump that has no symbols or types of its own
    /// @throws IOException if the dump cannot be read at all
    public static Why of(Vmcore vmcore, Optional<Namelist> given) throws IOException {
        CrashSummary summary = CrashSummary.of(vmcore);
        List<String> missing = new ArrayList<>(summary.missing());
        PanicReport panic = summary.panic();
        Optional<Failure> told = Failure.toldBy(telling(panic));
        try {
            return new Search(vmcore, given, summary, told, missing).run();
        } catch (IOException | MalformedInputException e) {
            missing.add("the tasks cannot be read: " + e.getMessage());
            Failure failure = told.orElse(Failure.NONE);
            return new Why(
                    summary,
                    failure,
                    Optional.empty(),
                    List.of(),
                    Findings.NONE,
                    Signature.of(failure, List.of(), Optional.empty()),
                    missing);
        }
    }

    /// The lines of the log that tell what failed, the most telling first. That someone asked for a crash
    /// tells nothing
    /// if the kernel then died of something else: the panic would say so.
    static List<String> telling(PanicReport panic) {
        List<String> lines = Stream.of(panic.headline(), panic.panic())
                .flatMap(Optional::stream)
                .toList();
        boolean asked = !lines.isEmpty() && lines.getFirst().contains("Trigger a crash");
        if (!asked || panic.panic().isEmpty() || panic.panic().get().contains("sysrq")) {
            return lines;
        }
        List<String> others = new ArrayList<>(panic.signs().reversed());
        others.remove(lines.getFirst());
        others.addAll(lines.reversed());
        return others;
    }
}
