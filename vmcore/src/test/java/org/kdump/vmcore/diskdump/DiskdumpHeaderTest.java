package org.kdump.vmcore.diskdump;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;
import org.kdump.vmcore.Utsname;

class DiskdumpHeaderTest {
    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    private static final DiskdumpHeader HEADER = new DiskdumpHeader(
            6,
            new Utsname("Linux", "node", "6.1.0", "#1 SMP", "x86_64", "(none)"),
            1700000000,
            123456,
            DiskdumpHeader.STATUS_ZSTD,
            4096,
            3,
            64,
            0xfffffff0L,
            1,
            2,
            3,
            4,
            5);

    private static final DiskdumpSubHeader SUB_HEADER =
            new DiskdumpSubHeader(0x1000, 31, 1, 2, 3, 0x100000004L, 5, 0x100000006L, 7, 0x100000008L, 9, 10);

    private static ByteCursor cursor(ByteSink sink, ByteOrder order) {
        return new ByteCursor("dump", 0, "header", MemorySegment.ofArray(sink.toByteArray()), order);
    }

    @ParameterizedTest
    @EnumSource
    void headersAreReadAsWritten(DiskdumpLayout layout) {
        for (ByteOrder order : ORDERS) {
            ByteSink sink = new ByteSink(order);
            HEADER.write(sink, layout);
            assertEquals(DiskdumpHeader.size(layout), sink.size());
            assertEquals(HEADER, DiskdumpHeader.read(cursor(sink, order), layout));
        }
    }

    @ParameterizedTest
    @EnumSource
    void subHeadersAreReadAsWritten(DiskdumpLayout layout) {
        for (ByteOrder order : ORDERS) {
            ByteSink sink = new ByteSink(order);
            SUB_HEADER.write(sink.zeros(3), layout);
            assertEquals(3 + DiskdumpSubHeader.size(layout), sink.size());
            ByteCursor cursor = new ByteCursor(
                    "dump",
                    0,
                    "header",
                    MemorySegment.ofArray(sink.toByteArray()).asSlice(3),
                    order);
            assertEquals(SUB_HEADER, DiskdumpSubHeader.read(cursor, layout, 6));
        }
    }

    @Test
    void descriptorsAreReadAsWritten() {
        PageDescriptor descriptor = new PageDescriptor(0x123456789aL, 0xfffffff0L, 0x20, -1);
        ByteSink sink = new ByteSink(ByteOrder.BIG_ENDIAN);
        descriptor.write(sink);
        assertEquals(PageDescriptor.SIZE, sink.size());
        assertEquals(descriptor, PageDescriptor.read(cursor(sink, ByteOrder.BIG_ENDIAN)));
    }

    @Test
    void fieldsStandWhereTheCompilerOf64BitMachinesPutsThem() {
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        HEADER.write(sink, DiskdumpLayout.BITS64);
        ByteBuffer bytes = ByteBuffer.wrap(sink.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("KDUMP   ", new String(bytes.array(), 0, 8, StandardCharsets.US_ASCII));
        assertEquals("x86_64", new String(bytes.array(), 12 + 4 * 65, 6, StandardCharsets.US_ASCII));
        assertEquals(1700000000, bytes.getLong(408));
        assertEquals(0x20, bytes.getInt(424));
        assertEquals(4096, bytes.getInt(428));
        assertEquals(64, bytes.getInt(436));
        assertEquals(5, bytes.getInt(460));
    }

    @Test
    void offsetsAreAlignedTo4OnI386AndTo8Elsewhere() {
        ByteSink i386 = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        SUB_HEADER.write(i386, DiskdumpLayout.BITS32);
        assertEquals(
                0x100000004L,
                ByteBuffer.wrap(i386.toByteArray())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong(20));
        ByteSink arm = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        SUB_HEADER.write(arm, DiskdumpLayout.BITS32_ALIGNED);
        assertEquals(
                0x100000004L,
                ByteBuffer.wrap(arm.toByteArray())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong(24));
        assertEquals(
                10,
                ByteBuffer.wrap(arm.toByteArray())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong(88));
    }

    @Test
    void earlierVersionsHaveFewerFields() {
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        SUB_HEADER.write(sink, DiskdumpLayout.BITS64);
        DiskdumpSubHeader first =
                DiskdumpSubHeader.read(cursor(sink, ByteOrder.LITTLE_ENDIAN), DiskdumpLayout.BITS64, 1);
        assertEquals(new DiskdumpSubHeader(0x1000, 31, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), first);
    }
}
