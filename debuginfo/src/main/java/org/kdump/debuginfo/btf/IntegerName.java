package org.kdump.debuginfo.btf;

import java.util.Map;

/// Names of C's integers. GCC writes them into debug information in its own order of words (`long unsigned int`),
/// people
/// and Clang write `unsigned long`.
final class IntegerName {
    private static final Map<String, String> SPOKEN = Map.of(
            "long unsigned int", "unsigned long",
            "long int", "long",
            "short unsigned int", "unsigned short",
            "short int", "short",
            "long long unsigned int", "unsigned long long",
            "long long int", "long long");

    private IntegerName() {}

    /// As people write it.
    static String spoken(String name) {
        return SPOKEN.getOrDefault(name, name);
    }

    /// As GCC writes it.
    static String written(String name) {
        for (Map.Entry<String, String> entry : SPOKEN.entrySet()) {
            if (entry.getValue().equals(name)) {
                return entry.getKey();
            }
        }
        return name;
    }
}
