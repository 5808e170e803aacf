package org.kdump.kernel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Utsname;

class CrashSummaryTest {
    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final int UTS = 0x5000;

    private static LocklessLogFixture crashed() {
        LocklessLogFixture log = LocklessLogFixture.x86(5, 12);
        log.add("Linux version 6.1.0", "sysrq: Trigger a crash", "Kernel panic - not syncing: sysrq triggered crash");
        log.add("CPU: 1 PID: 124 Comm: bash Kdump: loaded Tainted: G        W          6.1.0-56-cloud-amd64 #1");
        log.add("Hardware name: QEMU Standard PC");
        MemoryVmcore vmcore = log.vmcore;
        vmcore.symbol("init_uts_ns", UTS);
        vmcore.info.addAll(List.of(
                "OFFSET(uts_namespace.name)=0",
                "OSRELEASE=6.1.0-56-cloud-amd64",
                "BUILD-ID=3b43fad5",
                "PAGESIZE=4096",
                "KERNELOFFSET=fa00000",
                "CRASHTIME=1795442180"));
        ByteSink names = new ByteSink(vmcore.byteOrder());
        new Utsname("Linux", "web17", "6.1.0-56-cloud-amd64", "#1 SMP Debian", "x86_64", "(none)").write(names);
        vmcore.memory.put(UTS, names.toByteArray());
        vmcore.cpu(0, 0xffffffff80001000L);
        vmcore.cpu(124, 0xffffffff80002000L);
        return log;
    }

    @Test
    void asATable() throws IOException {
        assertEquals("""
                       CAUSE: sysrq: Trigger a crash
                       PANIC: Kernel panic - not syncing: sysrq triggered crash
                        TASK: bash  (PID 124) (by the log and the CPU's registers)
                         CPU: 1
                       TAINT: W has warned
                        DATE: Mon Nov 23 13:56:20 UTC 2026
                      UPTIME: 00:00:00 (by the time stamp of the panic)
                     RELEASE: 6.1.0-56-cloud-amd64
                     VERSION: #1 SMP Debian
                    NODENAME: web17
                    BUILD ID: 3b43fad5
                     MACHINE: x86_64
                    HARDWARE: QEMU Standard PC
                        CPUS: 2
                      MEMORY: 2 MiB
                       KASLR: 0xfa00000
                    DUMPFILE: vmcore
                      FORMAT: ELF core, dump level 31 (without zero, non-private cache, private cache, user, free pages)
                     MISSING: nothing
                """, SummaryText.table(CrashSummary.of(crashed().vmcore), UTC));
    }

    /// crash pads the day of the month, as date(1) does.
    @Test
    void aDayOfOneDigitHasTwoColumns() {
        assertEquals("Tue Dec  1 02:33:45 UTC 2026", SummaryText.date(Instant.parse("2026-12-01T02:33:45Z"), UTC));
    }

    @Test
    void asJson() throws IOException {
        String json = SummaryText.json(CrashSummary.of(crashed().vmcore));
        assertTrue(json.startsWith("""
                {
                  "dump": "vmcore",
                  "format": "ELF core",
                  "dump_level": 31,
                  "excluded": [
                    "zero",
                    "non-private cache",
                    "private cache",
                    "user",
                    "free"
                  ],
                  "release": "6.1.0-56-cloud-amd64",
                  "version": "#1 SMP Debian",
                  "nodename": "web17",
                  "build_id": "3b43fad5",
                  "machine": "x86_64",
                  "hardware": "QEMU Standard PC",
                  "page_size": 4096,
                  "memory_bytes": 2097152,
                  "crash_time": "2026-11-23T13:56:20Z",
                  "boot_time": "2026-11-23T13:56:19Z",
                  "uptime_seconds": 0.002,
                  "cause": "sysrq: Trigger a crash",
                  "panic": "Kernel panic - not syncing: sysrq triggered crash",
                  "task": {
                    "pid": 124,
                    "comm": "bash"
                  },
                  "cpu": 1,
                  "tainted": "Tainted: G        W",
                  "taints": [
                    "WARN"
                  ],
                  "kaslr_offset": "0xfa00000",
                  "phys_base": "0x0",
                  "cpus": [
                    {
                      "cpu": 0,
                      "pid": 0,
                      "registers": {
                        "r15": "0x0",
                """), json);
        assertTrue(json.contains("\"rip\": \"0xffffffff80002000\""), json);
        assertTrue(json.endsWith("  \"missing\": []\n}"), json);
    }

    @Test
    void registersThatSayOtherwiseAreNoWitness() throws IOException {
        MemoryVmcore vmcore = crashed().vmcore;
        vmcore.notes.removeLast();
        vmcore.cpu(77, 0);
        CrashSummary summary = CrashSummary.of(vmcore);
        assertEquals(Optional.empty(), summary.panicRegisters());
        assertTrue(SummaryText.table(summary, UTC).contains("TASK: bash  (PID 124) (by the log)\n"));
    }

    @Test
    void timesAreThoseOfThePanic() throws IOException {
        CrashSummary summary = CrashSummary.of(crashed().vmcore);
        assertEquals(Optional.of(Duration.ofMillis(2)), summary.uptime());
        assertEquals(Optional.of(Instant.parse("2026-11-23T13:56:19.998Z")), summary.bootTime());
    }

    /// Each part that is gone leaves the others.
    @Test
    void whatIsMissingIsSaid() throws IOException {
        LocklessLogFixture log = crashed();
        log.vmcore.without(LocklessLogFixture.PRB, LocklessLogFixture.PRB + 0x100);
        log.vmcore.problems.add("the file is truncated");
        log.vmcore.notes.clear();
        CrashSummary summary = CrashSummary.of(log.vmcore);
        assertEquals(
                List.of(
                        "the file is truncated",
                        "the log cannot be read: 0xffffffff80003100 (physical 0x3100) was left out of the dump by its dump"
                                + " level",
                        "there are no registers of any CPU"),
                summary.missing());
        assertEquals(Optional.of("web17"), summary.utsname().map(Utsname::nodename));
        String table = SummaryText.table(summary, UTC);
        assertTrue(table.startsWith("       PANIC: the log tells of none\n        TASK: unknown\n"), table);
        assertTrue(table.contains("     MISSING: the file is truncated\n              the log cannot"), table);
    }

    @Test
    void aDumpWithoutVmcoreinfoHasASummaryToo() throws IOException {
        MemoryVmcore vmcore = MemoryVmcore.x86();
        vmcore.info.clear();
        vmcore.cpu(1, 2);
        CrashSummary summary = CrashSummary.of(vmcore);
        assertEquals(1, summary.missing().size());
        assertTrue(summary.missing().getFirst().contains("no VMCOREINFO note"), summary.missing()::toString);
        assertEquals(1, summary.cpus().size());
    }

    @Test
    void registersOfAShortNoteAreEmpty() {
        MemoryVmcore vmcore = MemoryVmcore.x86();
        vmcore.notes.add(new Note("CORE", Note.NT_PRSTATUS, MemorySegment.ofArray(new byte[8]), 0));
        vmcore.notes.add(new Note("LINUX", Note.NT_PRSTATUS, MemorySegment.ofArray(new byte[8]), 0));
        vmcore.cpu(5, 0x1234);
        List<CpuRegisters> all = CpuRegisters.of(vmcore);
        assertEquals(ElfClass.ELF64, vmcore.elfClass());
        assertEquals(2, all.size());
        assertEquals(0, all.getFirst().instructionPointer());
        assertEquals(5, all.getLast().pid());
        assertEquals(0x1234, all.getLast().instructionPointer());
        assertEquals(19, all.getLast().values().get("rsp"));
    }

    @Test
    void theFirstAnswerIsTheSummaryAndTheLog() throws IOException {
        StringWriter out = new StringWriter();
        FirstAnswer.write(crashed().vmcore, out);
        assertTrue(out.toString().startsWith("       CAUSE: sysrq: Trigger a crash\n"), out::toString);
        assertTrue(out.toString().endsWith("""
                                     MISSING: nothing

                                [    0.000000] Linux version 6.1.0
                                [    0.001000] sysrq: Trigger a crash
                                [    0.002000] Kernel panic - not syncing: sysrq triggered crash
                                [    0.003000] CPU: 1 PID: 124 Comm: bash Kdump: loaded Tainted: G        W          6.1.0-56-cloud-amd64 #1
                                [    0.004000] Hardware name: QEMU Standard PC
                                """), out::toString);
    }

    @Test
    void aFirstAnswerWithoutALogSaysSo() throws IOException {
        LocklessLogFixture log = crashed();
        log.memory().putInt(LocklessLogFixture.PRB, 99);
        StringWriter out = new StringWriter();
        FirstAnswer.write(log.vmcore, out);
        assertTrue(
                out.toString()
                        .endsWith(
                                "\n\nthe log cannot be read: vmcore: kernel log.prb_desc_ring.count_bits: 99 cannot be: the"
                                        + " log's head is overwritten\n"),
                out::toString);
    }

    @Test
    void aLargeLogIsWrittenRecordByRecord() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(11, 20);
        for (int i = 0; i < 40_000; i++) {
            log.add("record " + i);
        }
        long[] characters = {0};
        int[] largest = {0};
        FirstAnswer.write(log.vmcore, new Writer() {
            @Override
            public void write(char[] buffer, int offset, int length) {
                characters[0] += length;
                largest[0] = Math.max(largest[0], length);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        assertTrue(characters[0] > 2048 * 20, () -> characters[0] + " characters");
        assertTrue(largest[0] < 2000, () -> largest[0] + " characters at once");
    }
}
