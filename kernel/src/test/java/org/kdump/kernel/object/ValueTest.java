package org.kdump.kernel.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.crash.MemoryVmcore;
import org.kdump.kernel.json.Json;

class ValueTest {
    private static final int AT = 0x10000;
    private static final String TYPES = """
            pair 8: a int 0, b u32 4
            all 128: comm char[16] 0, pairs pair[2] 16, zeros int[12] 32, byte u8 80, name char* 88, next all* 96, \
            flag u32:1 832, wide u64 112, tail u16[] 120
            """;

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private final TypedMemory memory = new TypedMemory(vmcore.flat(), Types.of(TYPES), name -> OptionalLong.empty());
    private final Struct all = memory.struct("all", vmcore.virtual(AT));

    private Value value() throws IOException {
        return ValueReader.read(memory, all.type().id(), all.address());
    }

    private String text(boolean hexadecimal) throws IOException {
        return ValueText.of(value(), hexadecimal, 0, address -> address == all.address() ? "all+0" : "");
    }

    private void fill() {
        vmcore.memory.put(AT, "swapper\n\"".getBytes()).putInt(AT + 16, -1).putInt(AT + 20, -1);
        vmcore.memory.put(AT + 80, (byte) 'A').putLong(AT + 96, all.address()).put(AT + 104, (byte) 3);
        vmcore.memory.putLong(AT + 112, -1);
    }

    @Test
    void writesAsGdbDoes() throws IOException {
        fill();
        assertEquals("""
                {
                  comm = "swapper\\n\\"\\000\\000\\000\\000\\000\\000",
                  pairs = {{
                      a = -1,
                      b = 4294967295
                    }, {
                      a = 0,
                      b = 0
                    }},
                  zeros = {0 <repeats 12 times>},
                  byte = 65 'A',
                  name = 0x0,
                  next = 0x%x <all+0>,
                  flag = 1,
                  wide = 18446744073709551615,
                  tail = 0x%x
                }""".formatted(all.address(), all.address() + 120), text(false));
        assertTrue(text(true).contains("a = 0xffffffff,"));
        assertTrue(text(true).contains("byte = 0x41,"));
    }

    @Test
    void countsLongRepetitionsInText() throws IOException {
        assertEquals(
                "\"\"",
                ValueText.of(new Value.Text("\0"), false, 0, address -> "").replace("\\000", ""));
        assertEquals(
                "\"ab\", '\\000' <repeats 11 times>",
                ValueText.of(new Value.Text("ab" + "\0".repeat(12)), false, 0, address -> ""));
    }

    @Test
    void writesJson() throws IOException {
        fill();
        Map<?, ?> json = assertInstanceOf(Map.class, ValueJson.of(value()));
        assertEquals("swapper\n\"", json.get("comm"));
        assertEquals(List.of(Map.of("a", -1L, "b", 0xffffffffL), Map.of("a", 0L, "b", 0L)), json.get("pairs"));
        assertEquals("18446744073709551615", json.get("wide"));
        assertEquals(Json.address(all.address()), json.get("next"));
    }

    @Test
    void saysWhatCannotBeRead() throws IOException {
        vmcore.without(AT, AT + 0x1000);
        assertFalse(value().isWhole());
        assertTrue(text(false).contains("left out of the dump"));
        assertTrue(Json.of(ValueJson.of(value())).contains("null"));
    }

    @Test
    void tellsALayoutInJson() {
        Map<String, Object> layout = LayoutJson.of(all.type());
        assertEquals("struct all", layout.get("type"));
        List<?> members = assertInstanceOf(List.class, layout.get("members"));
        assertEquals(
                Map.of("name", "comm", "type", "char [16]", "offset", 0L, "size", OptionalLong.of(16)),
                members.getFirst());
        assertEquals(832L, assertInstanceOf(Map.class, members.get(6)).get("bit_offset"));
    }
}
