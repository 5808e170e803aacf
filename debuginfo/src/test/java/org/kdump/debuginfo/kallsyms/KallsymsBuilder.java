package org.kdump.debuginfo.kallsyms;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.debuginfo.Memory;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;

/// Lays symbol tables out in memory as scripts/kallsyms.c of some kernels does.
final class KallsymsBuilder {
    static final long BASE = 0xffffffff81000000L;
    static final long TABLES = 0xffffffff81200000L;

    /// Tokens 128 and up; those below are their own characters.
    private static final String[] WORDS = {"Tsys_", "init", "__", "tab", "_", "Dper_cpu_"};

    final ByteOrder order;
    final ElfClass elfClass;
    OffsetEncoding encoding = OffsetEncoding.ABSOLUTE_PERCPU;
    boolean offsetsLast;
    boolean sequences;
    final List<KernelSymbol> symbols = new ArrayList<>();
    final Map<String, Long> places = new LinkedHashMap<>();
    private ByteSink sink;

    KallsymsBuilder(ByteOrder order, ElfClass elfClass) {
        this.order = order;
        this.elfClass = elfClass;
        this.sink = new ByteSink(order);
    }

    static KallsymsBuilder x86() {
        return new KallsymsBuilder(ByteOrder.LITTLE_ENDIAN, ElfClass.ELF64);
    }

    KallsymsBuilder symbol(long address, char type, String name) {
        symbols.add(new KernelSymbol(name, address, type));
        return this;
    }

    /// The tables, at [#TABLES].
    byte[] build() {
        sink = new ByteSink(order);
        places.clear();
        if (!offsetsLast) {
            offsets();
        }
        place("num_syms").u32(symbols.size());
        place("names");
        List<Integer> markers = new ArrayList<>();
        int start = sink.size();
        for (int i = 0; i < symbols.size(); i++) {
            if (i % 256 == 0) {
                markers.add(sink.size() - start);
            }
            byte[] tokens = compress(symbols.get(i).type() + symbols.get(i).name());
            if (tokens.length < 128) {
                sink.u8(tokens.length);
            } else {
                sink.u8(tokens.length & 0x7f | 0x80).u8(tokens.length >> 7);
            }
            sink.bytes(tokens);
        }
        place("markers");
        markers.forEach(sink::u32);
        if (sequences) {
            place("seqs_of_names");
            for (int i = 0; i < symbols.size(); i++) {
                sink.u8(i >> 16).u8(i >> 8 & 0xff).u8(i & 0xff);
            }
        }
        tokens();
        if (offsetsLast) {
            offsets();
        }
        return sink.toByteArray();
    }

    private void tokens() {
        place("token_table");
        List<Integer> index = new ArrayList<>();
        int start = sink.size();
        for (int token = 0; token < 256; token++) {
            index.add(sink.size() - start);
            boolean word = token >= 128 && token < 128 + WORDS.length;
            String text = word ? WORDS[token - 128] : token > ' ' && token < 127 ? "" + (char) token : "";
            sink.bytes(text.getBytes(StandardCharsets.ISO_8859_1)).u8(0);
        }
        place("token_index");
        index.forEach(sink::u16);
    }

    private void offsets() {
        place("offsets");
        for (KernelSymbol symbol : symbols) {
            long here = TABLES + sink.size();
            sink.u32((int)
                    switch (encoding) {
                        case ABSOLUTE_PERCPU -> symbol.address() >= 0 ? symbol.address() : BASE - 1 - symbol.address();
                        case BASE_RELATIVE -> symbol.address() - BASE;
                        case PLACE_RELATIVE -> symbol.address() - here;
                        case ABSOLUTE -> symbol.address();
                    });
        }
        if (encoding == OffsetEncoding.ABSOLUTE_PERCPU || encoding == OffsetEncoding.BASE_RELATIVE) {
            place("relative_base");
            sink = elfClass == ElfClass.ELF64 ? sink.u64(BASE) : sink.u32((int) BASE);
        }
    }

    private ByteSink place(String table) {
        int word = elfClass.wordSize();
        sink.zeros((word - sink.size() % word) % word);
        places.put(table, TABLES + sink.size());
        return sink;
    }

    /// Greedily, word by word.
    private static byte[] compress(String text) {
        ByteSink tokens = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < text.length(); ) {
            int from = at;
            int word = Arrays.asList(WORDS)
                    .indexOf(Arrays.stream(WORDS)
                            .filter(each -> text.startsWith(each, from))
                            .findFirst()
                            .orElse(""));
            tokens.u8(word < 0 ? text.charAt(at) : 128 + word);
            at += word < 0 ? 1 : WORDS[word].length();
        }
        return tokens.toByteArray();
    }

    KallsymsLocation location() {
        Long base = places.get("relative_base");
        return new KallsymsLocation(
                places.get("names"),
                places.get("num_syms"),
                places.get("token_table"),
                places.get("token_index"),
                places.get("offsets"),
                base == null ? OptionalLong.empty() : OptionalLong.of(base));
    }

    Kallsyms read(byte[] tables, Map<String, Long> known) throws IOException {
        return Kallsyms.read("dump", new Memory().put(TABLES, tables), location(), elfClass, order, known);
    }
}
