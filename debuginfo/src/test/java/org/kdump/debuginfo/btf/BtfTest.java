package org.kdump.debuginfo.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.debuginfo.btf.BtfBuilder.field;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BtfTest {
    /// A small kernel: `struct task` with what tasks have.
    private static BtfBuilder kernel(ByteOrder order) {
        BtfBuilder kernel = new BtfBuilder(order);
        int integer = kernel.integer("int", 4, true);
        int word = kernel.integer("long unsigned int", 8, false);
        int text = kernel.array(kernel.integer("char", 1, true), 16);
        int list = kernel.struct("list_head", 16, field("next", 6, 0), field("prev", 6, 8));
        kernel.pointer(list);
        int inner = kernel.struct("", 8, field("low", integer, 0), field("high", integer, 4));
        int choice = kernel.union("", 8, field("all", word, 0), field("", inner, 0));
        int bits = kernel.integer("unsigned int", 4, false);
        int limits = kernel.array(kernel.struct("limit", 16, field("now", word, 0), field("most", word, 8)), 4);
        kernel.struct(
                "task",
                144,
                field("list", kernel.typedef("list_t", kernel.type(BtfKind.CONST, "", list)), 0),
                field("comm", text, 16),
                field("", choice, 32),
                new BtfBuilder.Field("a", bits, 320, 3),
                new BtfBuilder.Field("b", bits, 323, 29),
                field("limits", limits, 48),
                field("tail", kernel.array(word, 0), 144));
        kernel.counted(BtfKind.ENUM, "color", 2, 4, kernel.name("RED"), 0, kernel.name("BLUE"), -1);
        kernel.counted(BtfKind.ENUM64, "wide", 1, 8, kernel.name("WIDE"), 1, 0x10);
        return kernel;
    }

    private static MemberLocation member(Btf btf, String path) {
        return btf.member(btf.find("struct task").orElseThrow(), path).orElseThrow();
    }

    @Test
    void findsMembersThroughAnonymousOnesInBothByteOrders() {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            Btf btf = kernel(order).btf();
            assertEquals(order, btf.order());
            assertEquals(16, member(btf, "comm").offset());
            assertEquals(8, member(btf, "list.prev").offset());
            assertEquals(32, member(btf, "all").offset());
            assertEquals(36, member(btf, "high").offset());
            assertEquals(48 + 32 + 8, member(btf, "limits[2].most").offset());
            assertEquals(144 + 80, member(btf, "tail[10]").offset());
            assertEquals(16 + 3, member(btf, "comm[3]").offset());
        }
    }

    @Test
    void tellsBitFields() {
        MemberLocation b = member(kernel(ByteOrder.LITTLE_ENDIAN).btf(), "b");
        assertEquals(323, b.bitOffset());
        assertEquals(29, b.bitFieldSize());
        assertEquals(40, b.offset());
        assertTrue(b.isBitField());
    }

    @Test
    void tellsBitFieldsOfOldEncodersByTheirInteger() {
        BtfBuilder old = BtfBuilder.little();
        int three = old.type(BtfKind.INT, "unsigned int", 4, 2 << 16 | 3);
        int struct = old.struct("s", 4, field("x", three, 0));
        assertEquals(
                new MemberLocation(three, 2, 3), old.btf().member(struct, "x").orElseThrow());
    }

    @Test
    void saysThatAMemberIsNotThere() {
        Btf btf = kernel(ByteOrder.LITTLE_ENDIAN).btf();
        int task = btf.find("struct task").orElseThrow();
        for (String path :
                new String[] {"nothing", "comm.x", "comm[16]", "list[0]", "list.next.prev", "limits[4].now"}) {
            assertEquals(Optional.empty(), btf.member(task, path), path);
        }
        for (String path : new String[] {"", ".", "a..b", "[1]", "comm[", "comm[x]", "comm[-1]", "comm[99999999999]"}) {
            assertThrows(IllegalArgumentException.class, () -> btf.member(task, path), path);
        }
    }

    @Test
    void findsTypesByKindAndByTheirNameInC() {
        Btf btf = kernel(ByteOrder.LITTLE_ENDIAN).btf();
        assertEquals(btf.find(BtfKind.STRUCT, "task"), btf.find("struct task"));
        assertEquals(btf.find(BtfKind.STRUCT, "task"), btf.find("task"));
        assertEquals(btf.find(BtfKind.TYPEDEF, "list_t"), btf.find("list_t"));
        assertEquals(OptionalInt.of(2), btf.find("long unsigned int"));
        assertEquals(OptionalInt.of(2), btf.find("unsigned long"));
        assertEquals(btf.find(BtfKind.ENUM64, "wide"), btf.find("enum wide"));
        assertEquals(OptionalInt.empty(), btf.find("union task"));
        assertEquals(OptionalInt.empty(), btf.find(BtfKind.UNION, ""));
    }

    @Test
    void tellsSizes() {
        Btf btf = kernel(ByteOrder.LITTLE_ENDIAN).btf();
        assertEquals(OptionalLong.of(16), btf.size(btf.find("list_t").orElseThrow()));
        assertEquals(OptionalLong.of(64), btf.size(member(btf, "limits").type()));
        assertEquals(OptionalLong.of(8), btf.size(member(btf, "list.next").type()));
        assertEquals(OptionalLong.of(0), btf.size(member(btf, "tail").type()));
        assertEquals(OptionalLong.empty(), btf.size(0));
    }

    @Test
    void tellsPointersOfFourBytes() {
        BtfBuilder small = BtfBuilder.little();
        small.integer("long unsigned int", 4, false);
        assertEquals(4, small.btf().pointerSize());
        assertEquals(8, BtfBuilder.little().btf().pointerSize());
    }

    @Test
    void tellsEnumerators() {
        Btf btf = kernel(ByteOrder.BIG_ENDIAN).btf();
        assertEquals(OptionalLong.of(0x10_0000_0001L), btf.enumerator("WIDE"));
        assertEquals(OptionalLong.of(-1), btf.enumerator("BLUE"));
        assertEquals(OptionalLong.empty(), btf.enumerator("GREEN"));
        assertEquals(
                Optional.of("BLUE"), btf.enumeratorName(btf.find("enum color").orElseThrow(), -1));
        assertEquals(
                Optional.empty(), btf.enumeratorName(btf.find("struct task").orElseThrow(), 0));
    }

    @Test
    void anEnumIsUnsignedWhereSignedOnesSaySo() {
        BtfBuilder builder = BtfBuilder.little();
        int signed = BtfKind.ENUM.ordinal() << 24 | 1 | 1 << 31;
        builder.record(builder.name("s"), signed, 4, builder.name("MINUS"), -1);
        builder.counted(BtfKind.ENUM, "u", 1, 4, builder.name("TOP"), 1 << 31);
        assertEquals(OptionalLong.of(-1), builder.btf().enumerator("MINUS"));
        assertEquals(OptionalLong.of(1L << 31), builder.btf().enumerator("TOP"));
    }

    @Test
    void splitBtfGoesOnWhereItsBaseEnds() {
        BtfBuilder kernel = kernel(ByteOrder.LITTLE_ENDIAN);
        Btf base = kernel.btf();
        BtfBuilder module = kernel.split();
        int list = base.find("struct list_head").orElseThrow();
        int own = module.struct("device", 24, field("list", list, 0), field("comm", module.pointer(list), 16));
        module.struct("color", 1);
        Btf btf = module.btf(base);
        assertEquals(base.endId(), btf.firstId());
        assertEquals(OptionalInt.of(own), btf.find("struct device"));
        assertEquals(OptionalInt.of(list), btf.find("struct list_head"));
        assertEquals(8, btf.member(own, "list.prev").orElseThrow().offset());
        assertEquals(OptionalLong.of(-1), btf.enumerator("BLUE"));
        assertEquals(
                "comm",
                assertInstanceOf(BtfType.Structure.class, btf.type(own))
                        .members()
                        .get(1)
                        .name());
        assertEquals(OptionalInt.empty(), base.find("struct device"));
    }

    @Test
    void passesOverNewerKindsThatTheLayoutTells() {
        BtfBuilder builder = BtfBuilder.little();
        int strange = builder.record(builder.name("new"), 25 << 24 | 2, 0, 1, 2, 3, 4, 5);
        int known = builder.integer("int", 4, true);
        builder.layout = new byte[26 * 4];
        builder.layout[25 * 4] = 4;
        builder.layout[25 * 4 + 1] = 8;
        Btf btf = builder.btf();
        assertEquals(new BtfType.Unknown(strange, "new", 25), btf.type(strange));
        assertEquals(OptionalInt.of(known), btf.find("int"));
    }

    @Test
    void readsEveryKind() {
        BtfBuilder builder = BtfBuilder.little();
        int integer = builder.integer("int", 4, true);
        int proto = builder.counted(BtfKind.FUNC_PROTO, "", 2, integer, builder.name("x"), integer, 0, 0);
        int function = builder.counted(BtfKind.FUNC, "open", 1, proto);
        int variable = builder.type(BtfKind.VAR, "jiffies", integer, 1);
        int section = builder.counted(BtfKind.DATASEC, ".data", 1, 64, variable, 8, 4);
        int tag = builder.type(BtfKind.DECL_TAG, "fast", function, -1);
        Btf btf = builder.btf();
        assertEquals(new BtfType.Function(function, "open", proto, 1), btf.type(function));
        BtfType.Prototype prototype = assertInstanceOf(BtfType.Prototype.class, btf.type(proto));
        assertTrue(prototype.variadic());
        assertEquals(1, prototype.parameters().size());
        assertEquals(new BtfType.Variable(variable, "jiffies", integer, 1), btf.type(variable));
        assertEquals(
                new BtfType.Placed(variable, 8, 4),
                assertInstanceOf(BtfType.DataSection.class, btf.type(section))
                        .variables()
                        .getFirst());
        assertEquals(new BtfType.DeclarationTag(tag, "fast", function, -1), btf.type(tag));
        assertEquals(OptionalInt.of(variable), btf.find(BtfKind.VAR, "jiffies"));
        assertEquals(OptionalLong.of(4), btf.size(variable));
        assertFalse(btf.find(BtfKind.FUNC, "close").isPresent());
    }
}
