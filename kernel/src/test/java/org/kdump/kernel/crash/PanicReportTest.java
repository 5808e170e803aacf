package org.kdump.kernel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PanicReportTest {
    private static final Pattern LINE = Pattern.compile("\\[ *(\\d+)\\.(\\d{6})\\] (.*)");

    /// Reads a log as dmesg prints it.
    private static PanicReport report(String dmesg) {
        List<LogRecord> log = new ArrayList<>();
        for (String line : dmesg.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            matcher.matches();
            long nanos = Long.parseLong(matcher.group(1)) * 1_000_000_000 + Long.parseLong(matcher.group(2)) * 1_000;
            log.add(new LogRecord(log.size(), nanos, 0, 6, 0, "T0", matcher.group(3), Map.of()));
        }
        return PanicReport.of(log);
    }

    private static void assertDeath(
            PanicReport report, String headline, String panic, int cpu, int pid, String command) {
        assertEquals(Optional.of(headline), report.headline());
        assertEquals(panic.isEmpty() ? Optional.empty() : Optional.of(panic), report.panic());
        assertEquals(OptionalInt.of(cpu), report.cpu());
        assertEquals(OptionalInt.of(pid), report.pid());
        assertEquals(Optional.of(command), report.command());
    }

    /// As 7.2 printed it.
    @Test
    void sysrq() {
        PanicReport report = report("""
                [    0.000000] Linux version 7.2.13+deb14-cloud-amd64
                [    0.000000] DMI: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
                [    4.327442] sysrq: Trigger a crash
                [    4.328116] Kernel panic - not syncing: sysrq triggered crash
                [    4.328913] CPU: 1 UID: 0 PID: 122 Comm: busybox Kdump: loaded Not tainted 7.2.13+deb14-cloud-amd64 #1 PREEMPT(lazy)  Debian 7.2.13-1
                [    4.329853] Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
                [    4.330000] Call Trace:
                """);
        assertDeath(
                report,
                "sysrq: Trigger a crash",
                "Kernel panic - not syncing: sysrq triggered crash",
                1,
                122,
                "busybox");
        assertEquals(Optional.of("Not tainted"), report.tainted());
        assertEquals(List.of(), report.taints());
        assertEquals(OptionalLong.of(4_328_116_000L), report.timestampNanos());
        assertEquals(
                Optional.of("QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014"),
                report.hardware());
    }

    /// The first of several oopses is the cause; the panic at its end prints no stack of its own.
    @Test
    void nullDereference() {
        PanicReport report = report("""
                [   10.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010
                [  812.100000] BUG: kernel NULL pointer dereference, address: 0000000000000008
                [  812.100001] #PF: supervisor write access in kernel mode
                [  812.100002] #PF: error_code(0x0002) - not-present page
                [  812.100003] PGD 0 P4D 0
                [  812.100004] Oops: 0002 [#1] PREEMPT SMP PTI
                [  812.100005] CPU: 3 PID: 4711 Comm: kworker/3:1 Tainted: P        W  OE      6.1.0-56-amd64 #1  Debian 6.1.192-2
                [  812.100006] Hardware name: Dell Inc. PowerEdge R640/0H28RR, BIOS 2.12.2 07/09/2021
                [  812.100007] RIP: 0010:lkdtm_EXCEPTION+0x5/0x10 [lkdtm]
                [  812.200000] BUG: scheduling while atomic: kworker/3:1/4711/0x00000000
                [  812.300000] CPU: 0 PID: 1 Comm: other Not tainted 6.1.0
                [  812.400000] Kernel panic - not syncing: Fatal exception
                [  812.400001] Kernel Offset: 0x1000000 from 0xffffffff81000000
                [  812.400002] ---[ end Kernel panic - not syncing: Fatal exception ]---
                """);
        assertDeath(
                report,
                "BUG: kernel NULL pointer dereference, address: 0000000000000008",
                "Kernel panic - not syncing: Fatal exception",
                3,
                4711,
                "kworker/3:1");
        assertEquals(
                List.of(Taint.PROPRIETARY_MODULE, Taint.WARN, Taint.OOT_MODULE, Taint.UNSIGNED_MODULE),
                report.taints());
        assertEquals(Optional.of("Dell Inc. PowerEdge R640/0H28RR, BIOS 2.12.2 07/09/2021"), report.hardware());
    }

    /// With a capture kernel loaded the oops itself starts it, and there is no panic in the log.
    @Test
    void bugThatCrashesWithoutAPanic() {
        PanicReport report = report("""
                [   99.000000] ------------[ cut here ]------------
                [   99.000001] kernel BUG at drivers/misc/lkdtm/bugs.c:76!
                [   99.000002] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
                [   99.000003] CPU: 0 PID: 250 Comm: a b Tainted: P                  6.1.0 #1
                [   99.500000] note: last record
                """);
        assertDeath(report, "kernel BUG at drivers/misc/lkdtm/bugs.c:76!", "", 0, 250, "a b");
        assertEquals(List.of(Taint.PROPRIETARY_MODULE), report.taints());
        assertEquals(OptionalLong.of(99_500_000_000L), report.timestampNanos());
    }

    /// The lockup named by the panic, not the oldest one, nor the out of memory before it.
    @Test
    void softLockup() {
        PanicReport report = report("""
                [  100.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [old:1]
                [  220.000000] stress invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0
                [  228.046000] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [insmod:777]
                [  228.046001] CPU: 1 PID: 777 Comm: insmod Tainted: G           OEL     6.1.0 #1
                [  228.046002] Kernel panic - not syncing: softlockup: hung tasks
                [  228.046003] CPU: 1 PID: 777 Comm: insmod Tainted: G           OEL     6.1.0 #1
                """);
        assertDeath(
                report,
                "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [insmod:777]",
                "Kernel panic - not syncing: softlockup: hung tasks",
                1,
                777,
                "insmod");
    }

    /// The task that panics is the watching one; the headline names the one that hangs.
    @Test
    void hungTask() {
        PanicReport report = report("""
                [  242.000000] INFO: task dd:300 blocked for more than 120 seconds.
                [  242.000001]       Not tainted 6.12.117+deb13-cloud-amd64 #1
                [  242.000002] "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
                [  242.000003] task:dd              state:D stack:0     pid:300
                [  242.000004] Kernel panic - not syncing: hung_task: blocked tasks
                [  242.000005] CPU: 0 UID: 0 PID: 39 Comm: khungtaskd Not tainted 6.12.117+deb13-cloud-amd64 #1
                """);
        assertDeath(
                report,
                "INFO: task dd:300 blocked for more than 120 seconds.",
                "Kernel panic - not syncing: hung_task: blocked tasks",
                0,
                39,
                "khungtaskd");
    }

    @Test
    void outOfMemory() {
        PanicReport report = report("""
                [   33.000000] tail invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0
                [   33.000001] CPU: 0 PID: 88 Comm: tail Not tainted 6.1.0 #1
                [   33.000002] Mem-Info:
                [   33.000003] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled
                [   33.000004] CPU: 0 PID: 88 Comm: tail Not tainted 6.1.0 #1
                """);
        assertDeath(
                report,
                "tail invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0",
                "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
                0,
                88,
                "tail");
    }

    /// What the list is told of comes before the BUG that follows from it; Linux 6.1.
    @Test
    void listCorruption() {
        PanicReport report = report("""
                [   16.911054] list_del corruption. prev->next should be ffffffffc04e4108, but was 0000000000000003. (prev=ffffffffc04e4100)
                [   16.913756] ------------[ cut here ]------------
                [   16.914620] kernel BUG at lib/list_debug.c:59!
                [   16.915704] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
                [   16.915946] CPU: 1 PID: 86 Comm: init Kdump: loaded Tainted: G            E      6.1.0-57-cloud-amd64 #1  Debian 6.1.192-3
                """);
        assertEquals(
                Optional.of("list_del corruption. prev->next should be ffffffffc04e4108, but was 0000000000000003."
                        + " (prev=ffffffffc04e4100)"),
                report.headline());
        assertEquals(OptionalInt.of(86), report.pid());
    }

    /// A record is several lines: what tells of an error, and where it is, belong together; Linux
    /// 6.12.
    @Test
    void machineCheck() {
        PanicReport report = report("""
                [    5.000000] mce: [Hardware Error]: Machine check events logged
                [    5.000001] mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 9: 8c00004000010091
                [    5.000002] mce: [Hardware Error]: TSC 0 ADDR 7fff0000
                [   10.346074] mce: [Hardware Error]: CPU 1: Machine Check Exception: 4 Bank 4: b600000000000135
                [   10.347011] mce: [Hardware Error]: TSC 55e526ac2 ADDR 12345000
                [   10.347790] mce: [Hardware Error]: PROCESSOR 2:60fb1 TIME 1796098736 SOCKET 0 APIC 1 microcode 1000065
                [   10.348333] mce: [Hardware Error]: Machine check: Processor Context Corrupt
                [   10.348819] Kernel panic - not syncing: Fatal local machine check
                """);
        String fatal = "mce: [Hardware Error]: CPU 1: Machine Check Exception: 4 Bank 4: b600000000000135,"
                + " TSC 55e526ac2 ADDR 12345000";
        assertEquals(Optional.of(fatal), report.headline());
        assertEquals(
                List.of(
                        "mce: [Hardware Error]: Machine check events logged",
                        "mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 9: 8c00004000010091, TSC 0 ADDR 7fff0000",
                        fatal),
                report.signs());
    }

    @Test
    void otherPanicsNameTheirOwnSigns() {
        assertHeadline(
                "{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0",
                "Kernel panic - not syncing: Fatal hardware error!");
        assertHeadline(
                "watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1", "Kernel panic - not syncing: Hard LOCKUP");
        assertHeadline("rcu: INFO: rcu_sched self-detected stall on CPU", "Kernel panic - not syncing: RCU Stall");
        assertHeadline(
                "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", "Kernel panic - not syncing: RCU Stall");
        assertHeadline("watchdog: Watchdog detected hard LOCKUP on cpu 3", "Kernel panic - not syncing: Hard LOCKUP");
        assertHeadline(
                "mce: [Hardware Error]: CPU 2: Machine Check Exception: 5 Bank 9: be00000001010091",
                "Kernel panic - not syncing: Fatal machine check");
        assertHeadline(
                "WARNING: CPU: 0 PID: 1 at mm/slub.c:1 f+0x1/0x2", "Kernel panic - not syncing: panic_on_warn set ...");
        assertHeadline(
                "BUG: KASAN: use-after-free in f+0x1/0x2", "Kernel panic - not syncing: kernel: panic_on_warn set ...");
        assertHeadline(
                "Uhhuh. NMI received for unknown reason 2d on CPU 0.",
                "Kernel panic - not syncing: NMI: Not continuing");
        assertHeadline(
                "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
                "Kernel panic - not syncing: Oops: Fatal exception");
    }

    private static void assertHeadline(String sign, String panic) {
        PanicReport report = report("[    1.000000] " + sign + "\n[    1.000001] " + panic);
        assertEquals(Optional.of(sign), report.headline());
        assertEquals(Optional.of(panic), report.panic());
    }

    @Test
    void aPanicMayBeItsOwnHeadline() {
        PanicReport report = report("""
                [    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008
                [   90.000000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000b00
                [   90.000001] Kernel panic - not syncing: a second one in the midst of the first
                """);
        assertEquals(
                Optional.of("Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000b00"),
                report.headline());
        assertEquals(report.headline(), report.panic());
        assertEquals(OptionalInt.empty(), report.pid());
    }

    @Test
    void aMachineThatWasWellHasNoHeadline() {
        PanicReport report = report("""
                [    1.000000] Kernel command line: panic=5 "Kernel panic - not syncing: no"
                [  100.000000] systemd[1]: Reached target
                """);
        assertEquals(Optional.empty(), report.headline());
        assertEquals(Optional.empty(), report.panic());
        assertEquals(OptionalLong.of(100_000_000_000L), report.timestampNanos());
        assertEquals(OptionalLong.empty(), PanicReport.of(List.of()).timestampNanos());
    }

    /// What user space writes to /dev/kmsg bears its facility.
    @Test
    void userSpaceCannotForgeAPanic() {
        List<LogRecord> log = List.of(
                new LogRecord(0, 0, 1, 0, 0, "T5", "Kernel panic - not syncing: forged", Map.of()),
                new LogRecord(1, 1, 0, 0, 0, "T5", "CPU: 99999999999 PID: 1 Comm: x Not tainted", Map.of()));
        assertEquals(Optional.empty(), PanicReport.of(log).panic());
        assertEquals(Optional.empty(), PanicReport.of(log).command());
    }

    /// Lines made to be slow to match.
    @Test
    void hostileLinesAreSoonRead() {
        String slow = "CPU: 1 PID: 1 Comm: " + " Tainted: G ".repeat(5_000);
        String words = "watchdog ".repeat(5_000);
        List<LogRecord> log = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            log.add(new LogRecord(i, i, 0, 0, 0, "T5", i % 2 == 0 ? slow : words, Map.of()));
        }
        assertEquals(Optional.empty(), PanicReport.of(log).panic());
    }
}
