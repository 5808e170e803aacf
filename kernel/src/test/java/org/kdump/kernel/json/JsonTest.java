package org.kdump.kernel.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void textIsEscaped() {
        assertEquals("\"\\\"\\\\\\n\\t\\u0000\\u001b/\"", Json.of("\"\\\n\t\0\u001b/"));
        assertEquals("\"grün \\ud83d\\ude00 \\ud83d\"", Json.of("grün 😀 \ud83d"));
        assertEquals("\"\\u2028\\u007f\"", Json.of("\u2028\u007f"));
    }

    @Test
    void numbersAreNumbersAndAddressesText() {
        assertEquals("-9223372036854775808", Json.of(Long.MIN_VALUE));
        assertEquals("4.328", Json.of(4.328));
        assertEquals("null", Json.of(Double.NaN));
        assertEquals("\"0xffffffff80000000\"", Json.of(Json.address(0xffffffff80000000L)));
    }

    @Test
    void whatIsNotThereIsNull() {
        List<Object> none = Arrays.asList(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), null);
        assertEquals("[\n  null,\n  null,\n  null,\n  null\n]", Json.of(none));
        assertEquals("[\n  1,\n  true,\n  \"x\"\n]", Json.of(List.of(OptionalInt.of(1), true, Optional.of("x"))));
    }

    @Test
    void whatIsNestedIsSetIn() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", Map.of());
        map.put("b", List.of(Map.of("c", List.of())));
        assertEquals("{\n  \"a\": {},\n  \"b\": [\n    {\n      \"c\": []\n    }\n  ]\n}", Json.of(map));
    }
}
