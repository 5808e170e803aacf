package org.kdump.debuginfo.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.kdump.debuginfo.btf.BtfBuilder.field;

import org.junit.jupiter.api.Test;

class CTextTest {
    private final BtfBuilder builder = BtfBuilder.little();
    private final int integer = builder.integer("int", 4, true);
    private final int character = builder.integer("char", 1, true);

    @Test
    void writesDeclarationsFromTheNameOutwards() {
        int constant = builder.type(BtfKind.CONST, "", character);
        int text = builder.pointer(constant);
        int texts = builder.pointer(builder.array(builder.pointer(constant), 4));
        int proto = builder.counted(BtfKind.FUNC_PROTO, "", 2, integer, builder.name("a"), text, 0, 0);
        int handler = builder.pointer(proto);
        int returning = builder.pointer(builder.type(BtfKind.FUNC_PROTO, "", handler));
        int handlers = builder.array(handler, 3);
        int fixed = builder.type(BtfKind.CONST, "", text);
        int tagged = builder.pointer(builder.type(BtfKind.TYPE_TAG, "user", character));
        int matrix = builder.array(builder.array(integer, 3), 2);
        int function = builder.counted(BtfKind.FUNC, "printk", 1, proto);
        int nothing = builder.pointer(0);
        Btf btf = builder.btf();
        assertEquals("const char *x", CText.declaration(btf, text, "x"));
        assertEquals("const char *(*x)[4]", CText.declaration(btf, texts, "x"));
        assertEquals("int (*x)(const char *, ...)", CText.declaration(btf, handler, "x"));
        assertEquals("int (*(*x)(void))(const char *, ...)", CText.declaration(btf, returning, "x"));
        assertEquals("int (*x[3])(const char *, ...)", CText.declaration(btf, handlers, "x"));
        assertEquals("const char * const x", CText.declaration(btf, fixed, "x"));
        assertEquals("char *x", CText.declaration(btf, tagged, "x"));
        assertEquals("int x[2][3]", CText.declaration(btf, matrix, "x"));
        assertEquals("int [2][3]", CText.name(btf, matrix));
        assertEquals("void *", CText.name(btf, nothing));
        assertEquals("int printk(const char *, ...)", CText.definition(btf, function, new CText.Margin.None()));
    }

    @Test
    void writesAStructWithWhatHasNoName() {
        int inner = builder.struct("", 8, field("low", integer, 0), field("high", integer, 4));
        int choice = builder.union("", 8, field("", inner, 0), field("parts", inner, 0));
        int color = builder.counted(
                BtfKind.ENUM, "", 3, 4, builder.name("A"), 0, builder.name("B"), 5, builder.name("C"), 6);
        int struct = builder.struct(
                "thing",
                32,
                field("comm", builder.array(character, 16), 0),
                field("", choice, 16),
                new BtfBuilder.Field("flag", integer, 192, 1),
                field("color", color, 28),
                field("rest", builder.array(integer, 0), 32));
        Btf btf = builder.btf();
        assertEquals("""
                struct thing {
                   [0] char comm[16];
                       union {
                           struct {
                  [16]         int low;
                  [20]         int high;
                           };
                           struct {
                  [16]         int low;
                  [20]         int high;
                  [16]     } parts;
                       };
                  [24] int flag : 1;
                  [28] enum {A, B = 5, C} color;
                  [32] int rest[];
                }""", CText.definition(btf, struct, new CText.Margin.Offsets()));
        assertEquals("""
                struct thing {
                    char comm[16];
                    union {
                        struct {
                            int low;
                            int high;
                        };
                        struct {
                            int low;
                            int high;
                        } parts;
                    };
                    int flag : 1;
                    enum {A, B = 5, C} color;
                    int rest[];
                }""", CText.definition(btf, struct, new CText.Margin.None()));
    }
}
