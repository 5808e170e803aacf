package org.kdump.capture.erase;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EraseRulesTest {
    private static EraseRules parse(String text) throws IOException {
        return EraseRules.parse("rules", text.lines().toList());
    }

    /// The example of makedumpfile.conf(5).
    @Test
    void makedumpfilesLanguage() throws IOException {
        EraseRules rules = parse("""
                erase a_symbol
                [mymodule]
                erase array_var
                erase mystruct1.buffer size 25
                erase mystruct1.addr1 nullify
                # Assuming addr2 points to 1024 bytes
                erase mystruct1.addr2 size 1K
                erase mystruct2.addr size mystruct2.addr_size
                [ vmlinux ]
                for each in mylist via next   # a comment
                	erase each.private
                	erase each.key size each.key_size
                endfor
                for each in list_head within s1:list
                endfor
                for each in (struct x *) array
                endfor
                """);
        assertEquals(3, rules.sections().size());
        assertEquals("mymodule", rules.sections().get(1).module());
        assertEquals(
                List.of(
                        new EraseRules.Erase("array_var", "", false),
                        new EraseRules.Erase("mystruct1.buffer", "25", false),
                        new EraseRules.Erase("mystruct1.addr1", "", true),
                        new EraseRules.Erase("mystruct1.addr2", "1K", false),
                        new EraseRules.Erase("mystruct2.addr", "mystruct2.addr_size", false)),
                rules.sections().get(1).rules());
        assertEquals("", rules.sections().get(2).module());
        List<EraseRules.Rule> loops = rules.sections().get(2).rules();
        EraseRules.Erase first = new EraseRules.Erase("each.private", "", false);
        EraseRules.Erase second = new EraseRules.Erase("each.key", "each.key_size", false);
        assertEquals(new EraseRules.Loop("each", "mylist", "next", "", List.of(first, second)), loops.get(0));
        assertEquals(new EraseRules.Loop("each", "list_head", "", "s1:list", List.of()), loops.get(1));
        assertEquals(new EraseRules.Loop("each", "(x*)array", "", "", List.of()), loops.get(2));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "erase, it should be: erase",
                "erase a size, it should be: erase",
                "erase a nullify now, it should be: erase",
                "zap a, 'zap' is none of erase",
                "endfor, endfor without a for",
                "for a, it should be: for",
                "for a in b within c, it should be: for",
                "for a in b, 'for a in b' has no endfor"
            })
    void whatIsNoRuleIsTold(String line, String reason) {
        IOException told = assertThrows(IOException.class, () -> parse("\n" + line + "\n"));
        assertEquals("rules: line 2: " + reason, told.getMessage().substring(0, 15 + reason.length()));
    }

    @Test
    void loopsAreNotNested() {
        assertThrows(IOException.class, () -> parse("for a in b\nfor c in d\nendfor\nendfor\n"));
        assertThrows(IOException.class, () -> parse("for a in b\n[c]\nendfor\n"));
        assertThrows(IOException.class, () -> parse("erase a\n".repeat(5000)));
    }

    /// Words of the language in any order are rules, or an error that names the line.
    @Test
    void whateverIsWrittenIsRulesOrAnError() {
        String[] words = {
            "erase",
            "for",
            "endfor",
            "in",
            "via",
            "within",
            "size",
            "nullify",
            "[",
            "]",
            "[m]",
            "(",
            ")",
            "*",
            "(struct x)",
            "a.b",
            "s:l",
            "#",
            "1K",
            ".",
            "..",
            "\t",
            "\n",
            "\n",
            "\u0000",
            "-1",
            "\ud83d",
            "99999999999999999999"
        };
        Random random = new Random(1);
        int rules = 0;
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                text.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "");
            }
            try {
                rules += parse(text.toString()).sections().size();
            } catch (IOException told) {
                assertTrue(told.getMessage().startsWith("rules: line "), told.getMessage());
            }
        }
        assertTrue(rules > 200, rules + " sections");
    }
}
