package org.kdump.debuginfo.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.debuginfo.btf.BtfBuilder.field;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.kdump.elf.MalformedInputException;

class HostileBtfTest {
    private static MalformedInputException malformed(Executable what) {
        return assertThrows(MalformedInputException.class, what);
    }

    @Test
    void refusesWhatIsNoBtf() {
        assertEquals(
                "magic",
                malformed(() -> Btf.read("x", MemorySegment.ofArray(new byte[24])))
                        .field());
        assertEquals(
                "magic",
                malformed(() -> Btf.read("x", MemorySegment.ofArray(new byte[0])))
                        .field());
        MemorySegment blob = BtfBuilder.little().blob();
        blob.set(ValueLayout.JAVA_BYTE, 2, (byte) 9);
        assertEquals("version", malformed(() -> Btf.read("x", blob)).field());
    }

    @Test
    void refusesSectionsThatAreNotThere() {
        for (int field = 4; field < 24; field += 4) {
            int at = field;
            MemorySegment blob = BtfBuilder.little().blob();
            blob.set(ValueLayout.JAVA_INT_UNALIGNED, at, -4);
            assertEquals("x", malformed(() -> Btf.read("x", blob)).file());
        }
    }

    @Test
    void refusesARecordThatIsCutOff() {
        BtfBuilder builder = BtfBuilder.little();
        builder.integer("int", 4, true);
        builder.record(0, BtfKind.STRUCT.ordinal() << 24 | 0xffffff, 4);
        MalformedInputException e = malformed(builder::btf);
        assertEquals("btf_type[2]", e.structure());
        assertEquals(16, e.offset());
    }

    @Test
    void refusesAKindThatIsNotKnown() {
        BtfBuilder builder = BtfBuilder.little();
        builder.record(0, 77 << 24, 0);
        assertEquals("info", malformed(builder::btf).field());
        BtfBuilder none = BtfBuilder.little();
        none.record(0, 0, 0);
        assertEquals("info", malformed(none::btf).field());
    }

    @Test
    void refusesIdsAndNamesThatAreNotThere() {
        BtfBuilder builder = BtfBuilder.little();
        int wild = builder.typedef("wild", 1000);
        int negative = builder.typedef("negative", -1);
        int nameless = builder.record(0x00ffffff, BtfKind.TYPEDEF.ordinal() << 24, 0);
        Btf btf = builder.btf();
        malformed(() -> btf.size(wild));
        malformed(() -> btf.resolve(negative));
        malformed(() -> btf.type(nameless));
        malformed(() -> btf.type(-5));
        malformed(() -> btf.type(4));
        malformed(() -> btf.find("struct wild"));
    }

    @Test
    void endsInACircle() {
        BtfBuilder builder = BtfBuilder.little();
        int loop = builder.typedef("loop", 2);
        builder.type(BtfKind.CONST, "", 1);
        int array = builder.array(3, 2);
        int pointer = builder.pointer(4);
        int struct = builder.struct("", 4, field("", 5, 0));
        int self = builder.type(BtfKind.VAR, "self", 6, 1);
        Btf btf = builder.btf();
        malformed(() -> btf.resolve(loop));
        malformed(() -> btf.size(array));
        malformed(() -> CText.name(btf, pointer));
        malformed(() -> btf.member(struct, "x"));
        malformed(() -> CText.definition(btf, struct, new CText.Margin.Offsets()));
        malformed(() -> btf.size(self));
    }

    @Test
    void endsWhereStructsMultiply() {
        BtfBuilder builder = BtfBuilder.little();
        int inner = builder.struct("", 4);
        for (int depth = 0; depth < 30; depth++) {
            inner = builder.struct("", 4, field("", inner, 0), field("", inner, 0), field("", inner, 0));
        }
        int outer = inner;
        Btf btf = builder.btf();
        malformed(() -> btf.member(outer, "x"));
        malformed(() -> CText.definition(btf, outer, new CText.Margin.None()));
    }

    @Test
    void refusesSizesThatNoMemoryHas() {
        BtfBuilder builder = BtfBuilder.little();
        int huge = builder.integer("long", 8, true);
        for (int i = 0; i < 4; i++) {
            huge = builder.array(huge, -1);
        }
        int array = huge;
        int struct = builder.struct("s", 4, field("x", array, 0));
        Btf btf = builder.btf();
        malformed(() -> btf.size(array));
        malformed(() -> btf.member(struct, "x[3][3]"));
    }

    /// Whatever bytes are damaged, each question has an answer or this error, and comes to an end.
    @Test
    void answersOrRefusesWhateverIsDamaged() {
        BtfBuilder builder = BtfBuilder.little();
        int integer = builder.integer("int", 4, true);
        int struct = builder.struct("s", 16, field("a", integer, 0), field("next", 3, 8));
        builder.pointer(struct);
        builder.counted(BtfKind.FUNC_PROTO, "", 1, 3, builder.name("p"), 3);
        builder.array(4, 3);
        builder.union("u", 8, field("", struct, 0), field("f", 5, 0));
        builder.counted(BtfKind.ENUM, "e", 1, 4, builder.name("A"), 3);
        byte[] whole = builder.blob().toArray(ValueLayout.JAVA_BYTE);
        Random random = new Random(1);
        int answers = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            answers += ask(damaged);
        }
        assertTrue(answers > 10_000, answers + " answers");
    }

    private static int ask(byte[] blob) {
        int answers = 0;
        try {
            Btf btf = Btf.read("damaged", MemorySegment.ofArray(blob));
            btf.find("struct s");
            btf.enumerator("A");
            for (int id = 0; id < btf.endId(); id++) {
                answers++;
                btf.type(id);
                btf.size(id);
                btf.member(id, "a");
                CText.definition(btf, id, new CText.Margin.Offsets());
            }
        } catch (MalformedInputException expected) {
            assertEquals("damaged", expected.file());
        }
        return answers;
    }
}
