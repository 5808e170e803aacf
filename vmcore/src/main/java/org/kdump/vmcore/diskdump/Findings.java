package org.kdump.vmcore.diskdump;

import java.util.ArrayList;
import java.util.List;

/// What is wrong with a file: the first findings as sentences, the rest counted. Safe for use by several threads.
final class Findings {
    private static final int MOST = 16;

    private final List<String> first = new ArrayList<>();
    private long more;

    synchronized void add(String finding) {
        if (first.size() < MOST) {
            first.add(finding);
        } else {
            more++;
        }
    }

    synchronized List<String> all() {
        List<String> all = new ArrayList<>(first);
        if (more > 0) {
            all.add("and " + more + " more problems of that kind");
        }
        return List.copyOf(all);
    }
}
