package org.kdump.kernel.why;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.why.MemoryState.Request;

/// What kernels print of a request for memory that they cannot meet.
class MemorySearchTest {
    @Test
    void readsWhatWasAskedFor() {
        assertEquals(
                Optional.of(new Request("init", 0, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO")),
                MemorySearch.request("init invoked oom-killer: "
                        + "gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0"));
        assertEquals(
                Optional.of(new Request("Web Content", 9, "GFP_TRANSHUGE")),
                MemorySearch.request("Web Content invoked oom-killer: gfp_mask=0x3d24ca(GFP_TRANSHUGE),"
                        + " nodemask=(null),  order=9, oom_score_adj=300"));
        // Someone asked for it, by sysrq.
        assertEquals(
                Optional.of(new Request("sh", -1, "GFP_KERNEL")),
                MemorySearch.request("sh invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0"));
    }

    @Test
    void otherLinesTellNothing() {
        assertEquals(
                Optional.empty(),
                MemorySearch.request("Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled"));
    }
}
