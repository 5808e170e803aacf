package org.kdump.capture.erase;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What is to be erased, in the language of makedumpfile's `--config` (makedumpfile.conf(5)).
///
/// ```
/// [vmlinux]                                      or the name of a module
/// erase EXPRESSION                               as large as its type, or as its symbol
/// erase EXPRESSION size 16 | 2K | 1M | EXPRESSION
/// erase EXPRESSION nullify                       the pointer itself, to 0
/// for ID in EXPRESSION                           an array
/// for ID in EXPRESSION via MEMBER                structs of which each points to the next
/// for ID in EXPRESSION within STRUCT:MEMBER      a list_head's entries
///     erase ID.MEMBER …
/// endfor
/// # a comment
///
/// EXPRESSION: SYMBOL[.MEMBER…], or (TYPE)SYMBOL[.MEMBER…]
/// ```
///
/// A `.` follows pointers too. Of a variable the kernel's BTF does not tell the type; what makedumpfile takes from
/// debuginfo is said here by a cast, `(uts_namespace)init_uts_ns.name.nodename`, `(char *)saved_command_line`. Of a
/// pointer it is what it points to that is erased.
///
/// @param sections in the file's order
record EraseRules(List<Section> sections) {
    private static final int MOST_RULES = 4096;

    /// Rules on symbols of one module.
    ///
    /// @param module its name; empty for the kernel itself
    record Section(String module, List<Rule> rules) {}

    /// A rule.
    sealed interface Rule {}

    /// `erase`.
    ///
    /// @param size empty if the type tells
    record Erase(String expression, String size, boolean nullify) implements Rule {
        @Override
        public String toString() {
            return "erase " + expression + (nullify ? " nullify" : size.isEmpty() ? "" : " size " + size);
        }
    }

    /// `for` … `endfor`.
    ///
    /// @param via the member that points to the next; empty if none does
    /// @param within the struct and the member in it that is the list's; empty if it is no list
    record Loop(String id, String list, String via, String within, List<Erase> body) implements Rule {
        @Override
        public String toString() {
            String how = via.isEmpty() ? within.isEmpty() ? "" : " within " + within : " via " + via;
            return "for " + id + " in " + list + how;
        }
    }

    /// Reads a file.
    ///
    /// @throws IOException if a line is no rule; the message names file and line
    static EraseRules parse(String file, List<String> lines) throws IOException {
        return new Parser(file, lines).rules();
    }

    private static final class Parser {
        private final String file;
        private final List<String> lines;
        private final List<Section> sections = new ArrayList<>();
        private List<Rule> rules = new ArrayList<>();
        private Loop loop;
        private int number;
        private int count;

        Parser(String file, List<String> lines) {
            this.file = file;
            this.lines = lines;
            sections.add(new Section("", rules));
        }

        EraseRules rules() throws IOException {
            for (String line : lines) {
                number++;
                String text = line.replaceFirst("#.*", "").strip();
                if (!text.isEmpty()) {
                    rule(text);
                }
            }
            if (loop != null) {
                throw wrong("'" + loop + "' has no endfor");
            }
            return new EraseRules(List.copyOf(sections));
        }

        private void rule(String text) throws IOException {
            // A cast is one word, however it is written.
            String[] words = text.replaceAll("\\((?:struct\\s+)?\\s*(\\w+)\\s*(\\*?)\\s*\\)\\s*", "($1$2)")
                    .split("\\s+");
            if (++count > MOST_RULES) {
                throw wrong("there are more than " + MOST_RULES + " rules");
            }
            if (text.startsWith("[") && text.endsWith("]")) {
                section(text.substring(1, text.length() - 1).strip());
                return;
            }
            switch (words[0]) {
                case "erase" -> erase(words);
                case "for" -> begin(words);
                case "endfor" -> end();
                default -> throw wrong("'" + words[0] + "' is none of erase, for, endfor and [MODULE]");
            }
        }

        private void section(String name) throws IOException {
            if (loop != null) {
                throw wrong("a section begins within a loop");
            }
            rules = new ArrayList<>();
            sections.add(new Section(name.equals("vmlinux") ? "" : name, rules));
        }

        private void erase(String[] words) throws IOException {
            boolean nullify = words.length == 3 && words[2].equals("nullify");
            boolean sized = words.length == 4 && words[2].equals("size");
            if (words.length != 2 && !nullify && !sized) {
                throw wrong("it should be: erase EXPRESSION [size SIZE | nullify]");
            }
            Erase erase = new Erase(words[1], sized ? words[3] : "", nullify);
            if (loop == null) {
                rules.add(erase);
            } else {
                loop.body.add(erase);
            }
        }

        private void begin(String[] words) throws IOException {
            boolean via = words.length == 6 && words[4].equals("via");
            boolean within = words.length == 6 && words[4].equals("within") && words[5].indexOf(':') > 0;
            if (words.length < 4 || !words[2].equals("in") || words.length != 4 && !via && !within) {
                throw wrong("it should be: for ID in EXPRESSION [via MEMBER | within STRUCT:MEMBER]");
            }
            if (loop != null) {
                throw wrong("a loop cannot be in another");
            }
            loop = new Loop(words[1], words[3], via ? words[5] : "", within ? words[5] : "", new ArrayList<>());
        }

        private void end() throws IOException {
            if (loop == null) {
                throw wrong("endfor without a for");
            }
            rules.add(loop);
            loop = null;
        }

        private IOException wrong(String reason) {
            return new IOException(file + ": line " + number + ": " + reason);
        }
    }
}
