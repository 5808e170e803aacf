package org.kdump.kernel.why;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.kernel.crash.LogRecord;
import org.kdump.kernel.crash.PanicReport;

/// What kernels from 5.10 to 7.2 print when they die, and what is made of it.
class FailureTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sysrq: Trigger a crash | SYSRQ",
                "BUG: kernel NULL pointer dereference, address: 0000000000000000 | NULL_POINTER",
                "BUG: unable to handle page fault for address: ffffdead00000000 | BAD_ADDRESS",
                "general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP "
                        + "| PROTECTION_FAULT",
                "kernel BUG at mm/slub.c:305! | BUG",
                "list_del corruption. prev->next should be ffff888, but was dead000 | LIST_CORRUPTION",
                "list_del corruption, ffff888->next is LIST_POISON1 (dead000000000100) | LIST_CORRUPTION",
                "list_add corruption. next->prev should be prev (ffff888), but was dead000. (next=ffff889). "
                        + "| LIST_CORRUPTION",
                "list_add double add: new=ffff888, prev=ffff888, next=ffff889. | LIST_CORRUPTION",
                "list_add corruption. prev is NULL. | LIST_CORRUPTION",
                "kernel BUG at lib/list_debug.c:59! | LIST_CORRUPTION",
                "WARNING: CPU: 0 PID: 1 at lib/list_debug.c:28 __list_add_valid+0x6b/0xa0 | LIST_CORRUPTION",
                "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI | INVALID_OPCODE",
                "BUG: stack guard page was hit at 00000000 (stack is 00000000..00000000) | STACK_OVERFLOW",
                "BUG: TASK stack guard page was hit at ffffc900 (stack is ffffc900..ffffc903) | STACK_OVERFLOW",
                "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [insmod:78] | SOFT_LOCKUP",
                "NMI watchdog: Watchdog detected hard LOCKUP on cpu 2 | HARD_LOCKUP",
                "watchdog: Watchdog detected hard LOCKUP on cpu 2 | HARD_LOCKUP",
                "watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1 | HARD_LOCKUP",
                "INFO: task hanging:80 blocked for more than 2 seconds. | HUNG_TASK",
                "rcu: INFO: rcu_preempt self-detected stall on CPU | RCU_STALL",
                "rcu: INFO: rcu_sched detected stalls on CPUs/tasks: | RCU_STALL",
                "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 21 jiffies s: 9 root: 0x2/. "
                        + "| RCU_STALL",
                "java invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0 | OUT_OF_MEMORY",
                "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled | OUT_OF_MEMORY",
                "mce: [Hardware Error]: Machine check events logged | MACHINE_CHECK",
                "mce: [Hardware Error]: CPU 1: Machine Check Exception: 4 Bank 4: b600000000000135 | MACHINE_CHECK",
                "Kernel panic - not syncing: Fatal hardware error! | MACHINE_CHECK",
                "Kernel panic - not syncing: Timeout: Not all CPUs entered broadcast exception handler "
                        + "| MACHINE_CHECK",
                "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100 | INIT_DIED",
                "VFS: Unable to mount root fs on unknown-block(0,0) | NO_ROOT",
                "divide error: 0000 [#1] SMP | OOPS",
                "Kernel panic - not syncing: because I say so | PANIC",
            })
    void knowsWhatTheLogSays(String line, Failure failure) {
        assertEquals(Optional.of(failure), Failure.toldBy(List.of(line)));
    }

    @Test
    void saysNothingOfAnOrdinaryLine() {
        assertTrue(Failure.toldBy(List.of("usb 1-1: new high-speed USB device", ""))
                .isEmpty());
    }

    private static PanicReport report(String... lines) {
        List<LogRecord> log = new ArrayList<>();
        for (String line : lines) {
            log.add(new LogRecord(log.size(), log.size() * 1_000_000L, 0, 1, 0, "T1", line, Map.of()));
        }
        return PanicReport.of(log);
    }

    @Test
    void aCrashOnRequestIsOne() {
        PanicReport asked = report(
                "sysrq: Trigger a crash",
                "Kernel panic - not syncing: sysrq triggered crash",
                "CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1");
        assertEquals(Optional.of(Failure.SYSRQ), Failure.toldBy(Why.telling(asked)));
    }

    @Test
    void aCrashOnRequestThatDiesOfSomethingElseIsThat() {
        PanicReport other = report(
                "sysrq: Trigger a crash",
                "general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP",
                "Kernel panic - not syncing: Fatal exception");
        assertEquals(Optional.of(Failure.PROTECTION_FAULT), Failure.toldBy(Why.telling(other)));
    }
}
