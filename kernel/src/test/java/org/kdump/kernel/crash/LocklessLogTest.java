package org.kdump.kernel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

class LocklessLogTest {
    @Test
    void readsWhatWasWritten() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10).add("Linux version 6.1.0", "Command line: quiet");
        log.memory().put(log.info(log.headId()) + 24, "pci".getBytes());
        log.memory().put(log.info(log.headId()) + 40, "+pci:0000:00:01.0".getBytes());
        assertEquals(
                List.of(
                        new LogRecord(0, 0, 0, 6, 1, "T1", "Linux version 6.1.0", Map.of()),
                        new LogRecord(
                                1,
                                1_000_000,
                                0,
                                6,
                                1,
                                "T1",
                                "Command line: quiet",
                                Map.of("SUBSYSTEM", "pci", "DEVICE", "+pci:0000:00:01.0"))),
                log.open().records());
    }

    @Test
    void anEmptyLogHasNoRecords() throws IOException {
        assertEquals("damaged 0, lost 0\n", LocklessLogFixture.x86(4, 10).read());
    }

    @Test
    void readsOtherByteOrderAndWordSize() throws IOException {
        LocklessLogFixture log = new LocklessLogFixture(MemoryVmcore.bigEndian32(), 2, 6);
        for (int i = 0; i < 9; i++) {
            log.add(i & 7, 0x80000003, ("record " + i).getBytes());
        }
        List<LogRecord> records = log.open().records();
        assertEquals(new LogRecord(8, 8_000_000, 0, 0, 1, "C3", "record 8", Map.of()), records.getLast());
        assertEquals(7, records.get(records.size() - 2).level());
    }

    @Test
    void theOldestGiveWayToTheNew() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(2, 10);
        for (int i = 0; i < 1000; i++) {
            log.add("r" + i);
        }
        assertEquals("996 r996\n997 r997\n998 r998\n999 r999\ndamaged 0, lost 0\n", log.read());
    }

    /// Text of every length meets every place in the ring: blocks wrap, end just where the ring ends, and overflow
    /// the positions. What is there is always the last records, unharmed.
    @Test
    void blocksWrapAroundTheRing() throws IOException {
        for (boolean fitting : new boolean[] {false, true}) {
            LocklessLogFixture log = LocklessLogFixture.x86(4, 8);
            if (fitting) {
                log.fitting();
            }
            for (int i = 0; i < 300; i++) {
                log.add(text(i));
                List<LogRecord> records = log.open().records();
                for (int back = 1; back <= records.size(); back++) {
                    assertEquals(
                            text(i + 1 - back),
                            records.get(records.size() - back).text());
                }
                assertTrue(i < 3 || records.size() >= 2, "at " + i);
            }
            assertTrue(log.read().endsWith("damaged 0, lost 0\n"));
        }
    }

    private static String text(int number) {
        return (number + ":").repeat(20).substring(0, 1 + number % 60);
    }

    @Test
    void aBlockMayEndWhereTheRingEnds() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 6).fitting().add("a".repeat(24), "b".repeat(24));
        assertEquals(0, log.position() & 63);
        assertEquals("0 " + "a".repeat(24) + "\n1 " + "b".repeat(24) + "\ndamaged 0, lost 0\n", log.read());
    }

    @Test
    void emptyLinesAreRecordsAndLostTextIsCounted() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10).add("before", "");
        log.add(6, 1, 1, 1, 9).add("after");
        assertEquals("0 before\n1 \n3 after\ndamaged 0, lost 1\n", log.read());
    }

    @Test
    void theKernelsOwnCountOfRefusedRecordsIsTold() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10).add("text");
        log.memory().putLong(LocklessLogFixture.PRB + 80, 17);
        assertEquals("0 text\ndamaged 0, lost 17\n", log.read());
    }

    @Test
    void theLastLineOfADyingKernelNeedNotBeFinalized() throws IOException {
        LocklessLogFixture log =
                LocklessLogFixture.x86(4, 10).add("first").state(1).add("committed");
        log.state(0).add("reserved").state(3).add("reusable");
        assertEquals("0 first\n1 committed\ndamaged 0, lost 1\n", log.read());
    }

    @Test
    void aDescriptorNotYetTakenIsNoDamage() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(2, 10).add("0", "1", "2", "3", "4");
        // The head has moved on, as has the tail, and the descriptor still bears the id of one round before.
        log.memory().putLong(LocklessLogFixture.PRB + 24, log.headId() + 1);
        log.memory().putLong(LocklessLogFixture.PRB + 32, log.headId() - 2);
        assertEquals("2 2\n3 3\n4 4\ndamaged 0, lost 0\n", log.read());
    }

    @Test
    void damagedRecordsArePassedOverAndCounted() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10).add("zero", "one", "two", "three", "four");
        long last = log.headId();
        // An id of no round, a block of another record, a position outside the ring.
        log.memory().putLong(log.descriptor(last - 3), 0x123456 | 2L << 62);
        log.memory().putLong(log.descriptor(last - 2) + 8, log.memory().getLong(log.descriptor(last - 4) + 8));
        log.memory().putLong(log.descriptor(last - 1) + 16, 0x7777777777777778L);
        assertEquals("0 zero\n4 four\ndamaged 3, lost 0\n", log.read());
    }

    @Test
    void aTextCannotBeLongerThanItsBlock() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10).add("0123456789", "next");
        log.memory().putShort(log.info(log.headId() - 1) + 16, (short) -1);
        assertEquals("0 0123456789" + "\\x00".repeat(6) + "\n1 next\ndamaged 0, lost 0\n", log.read());
    }

    @Test
    void anOverwrittenTailCostsNothing() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(2, 10).add("0", "1", "2", "3", "4", "5");
        log.memory().putLong(LocklessLogFixture.PRB + 32, 0x41414141);
        assertEquals("2 2\n3 3\n4 4\n5 5\ndamaged 0, lost 0\n", log.read());
    }

    @Test
    void aMissingPageCostsOnlyWhatIsOnIt() throws IOException {
        LocklessLogFixture log = LocklessLogFixture.x86(10, 14);
        for (int i = 0; i < 400; i++) {
            log.add("r" + i);
        }
        log.vmcore.without(LocklessLogFixture.INFOS + 0x1000, LocklessLogFixture.INFOS + 0x2000);
        List<LogRecord> records = log.open().records();
        assertEquals(400 - 48, records.size());
        assertEquals("r399", records.getLast().text());
    }

    @Test
    void aHeadThatMakesNoSenseIsRefused() {
        LocklessLogFixture log = LocklessLogFixture.x86(4, 10);
        log.memory().putInt(LocklessLogFixture.PRB, 0x41414141);
        assertEquals(
                "vmcore: kernel log.prb_desc_ring.count_bits: 1094795585 cannot be: the log's head is overwritten",
                assertThrows(MalformedInputException.class, log::open).getMessage());
        log.vmcore.without(LocklessLogFixture.PRB, LocklessLogFixture.PRB + 0x100);
        assertThrows(MemoryFault.class, log::open);
    }

    @Test
    void withoutVmcoreinfoItSaysSo() {
        assertThrows(
                MalformedInputException.class,
                () -> KernelLog.of(MemoryVmcore.bigEndian32().flat()));
    }

    /// Whatever the memory holds, reading ends, and takes no more than the ring's size.
    @Test
    void anyBytesAreRead() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            LocklessLogFixture log = LocklessLogFixture.x86(5, 9).add("one", "two", "", "three", "x".repeat(90));
            for (int flips = 0; flips < 40; flips++) {
                int[] places = {
                    LocklessLogFixture.PRB + random.nextInt(88),
                    LocklessLogFixture.DESCRIPTORS + random.nextInt(32 * 24),
                    LocklessLogFixture.INFOS + random.nextInt(32 * 88),
                    LocklessLogFixture.DATA + random.nextInt(512)
                };
                int from = round % 3 == 0 ? 0 : 1;
                log.memory().put(places[from + random.nextInt(4 - from)], (byte) random.nextInt());
            }
            try {
                KernelLog read = log.open();
                long records = read.records().size() + read.damaged();
                assertTrue(records <= 1 << 26);
            } catch (MalformedInputException | MemoryFault expected) {
                assertTrue(from(round), expected.getMessage());
            }
        }
    }

    private static boolean from(int round) {
        return round % 3 == 0;
    }
}
