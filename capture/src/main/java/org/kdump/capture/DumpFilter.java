package org.kdump.capture;

import java.io.IOException;
import org.kdump.vmcore.Vmcore;

/// A plug-in that decides what becomes of memory in a dump: a service of [java.util.ServiceLoader].
///
/// It comes as a module that `requires org.kdump.capture` and says `provides org.kdump.capture.DumpFilter with …`, and
/// is taken along with `kdump capture --plugin FILE.jar --filter NAME=ARGUMENT`. It has no effect unless it is chosen.
/// `examples/filter` in the repository is one.
///
/// The capture kernel has little memory: a filter should keep to a few MiB.
public interface DumpFilter {
    /// The word that chooses it.
    String name();

    /// Decides, before anything of the dump is written.
    ///
    /// @param source the crashed machine's memory, from which nothing is left out yet; stays open
    /// @param argument what the user gave behind the name; empty if nothing
    /// @param decisions takes what is decided
    /// @throws IOException if it cannot decide; no dump is written then, and the message is a line for the user
    void decide(Vmcore source, String argument, FilterDecisions decisions) throws IOException;
}
