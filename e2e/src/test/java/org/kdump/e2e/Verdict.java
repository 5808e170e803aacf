package org.kdump.e2e;

import java.util.ArrayList;
import java.util.List;

/// How far two answers to one question are the same.
///
/// @param question what was asked, as `judge.py` names it
/// @param answers whose, beside drgn's
/// @param theirs how many items drgn's answer has, -1 if drgn has none
/// @param ours how many ours has
/// @param same how many both have
/// @param differences some of what one alone has, `<` drgn's and `>` ours; or why drgn has none
record Verdict(String question, String answers, int theirs, int ours, int same, List<String> differences) {
    /// What `judge.py` said.
    static List<Verdict> all(String said) {
        List<Verdict> all = new ArrayList<>();
        for (String line : said.lines().toList()) {
            if (line.startsWith("<") || line.startsWith(">")) {
                all.getLast().differences().add(line);
            } else {
                all.add(of(line.split(" ", 3)));
            }
        }
        return all;
    }

    private static Verdict of(String[] words) {
        if (words[0].equals("FAILED")) {
            return new Verdict(words[1], "", -1, 0, 0, new ArrayList<>(List.of(words[2])));
        }
        String[] counts = words[2].split(" ");
        return new Verdict(
                words[0],
                words[1],
                Integer.parseInt(counts[0]),
                Integer.parseInt(counts[1]),
                Integer.parseInt(counts[2]),
                new ArrayList<>());
    }

    /// Whether drgn could answer.
    boolean judged() {
        return theirs >= 0;
    }

    @Override
    public String toString() {
        String counts = "%s %s: drgn %d, kdump %d, same %d".formatted(question, answers, theirs, ours, same);
        return differences.isEmpty() ? counts : counts + "\n  " + String.join("\n  ", differences);
    }

    /// The part of the longer answer that both have.
    double share() {
        return theirs == 0 && ours == 0 ? 1 : (double) same / Math.max(theirs, ours);
    }
}
