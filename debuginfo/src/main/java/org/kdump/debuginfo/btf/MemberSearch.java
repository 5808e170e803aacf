package org.kdump.debuginfo.btf;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Finds a member by its path, through anonymous structs and unions and typedefs.
///
/// A path is names with dots between, each with any number of `[index]` behind: `se.avg.load_avg`, `rlim[3].rlim_cur`.
/// Not safe for use by several threads.
final class MemberSearch {
    /// Structs in structs; the kernel's deepest are some ten.
    private static final int DEEPEST = 32;
    /// Members looked at for one path; anonymous structs that share members could otherwise multiply without end.
    private static final int MOST = 1 << 20;

    private final Btf btf;
    private final TypeTable table;
    private final TypeReader reader;
    private int looked;

    MemberSearch(Btf btf, TypeReader reader) {
        this.btf = btf;
        this.reader = reader;
        this.table = reader.table();
    }

    /// Follows `path` from a struct, union or array.
    Optional<MemberLocation> find(int type, String path) {
        MemberLocation at = new MemberLocation(type, 0, 0);
        for (String step : path.split("\\.", -1)) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            if (name.isEmpty()) {
                throw new IllegalArgumentException("'" + path + "' is no member's path, as a.b[3].c is");
            }
            Optional<MemberLocation> found =
                    member(btf.resolve(at.type()), name.getBytes(StandardCharsets.ISO_8859_1), at.bitOffset(), 0);
            if (found.isPresent() && bracket >= 0) {
                found = elements(found.get(), step.substring(bracket), path);
            }
            if (found.isEmpty()) {
                return found;
            }
            at = found.get();
        }
        return Optional.of(at);
    }

    private Optional<MemberLocation> member(int type, byte[] name, long bitOffset, int depth) {
        if (!table.isStructure(type)) {
            return Optional.empty();
        }
        if (depth > DEEPEST) {
            throw table.malformed(type, "has anonymous structs more than " + DEEPEST + " deep in it");
        }
        int count = table.length(type);
        for (int i = 0; i < count; i++) {
            if (++looked > MOST) {
                throw table.malformed(type, "has more than " + MOST + " members with those of anonymous structs");
            }
            int nameOffset = reader.memberName(type, i);
            if (nameOffset == 0) {
                long inner = bitOffset + reader.memberBitOffset(type, i);
                Optional<MemberLocation> found =
                        member(btf.resolve(reader.memberType(type, i)), name, inner, depth + 1);
                if (found.isPresent()) {
                    return found;
                }
            } else if (table.nameIs(nameOffset, name)) {
                return Optional.of(new MemberLocation(
                        reader.memberType(type, i),
                        bitOffset + reader.memberBitOffset(type, i),
                        reader.bitFieldSize(type, i)));
            }
        }
        return Optional.empty();
    }

    /// Goes into `[3]` or `[3][4]`; empty if the type has no such element. A flexible array has them all.
    private Optional<MemberLocation> elements(MemberLocation at, String brackets, String path) {
        if (!brackets.matches("(\\[\\d{1,9}])+")) {
            throw new IllegalArgumentException("'" + path + "' is no member's path, as a.b[3].c is");
        }
        MemberLocation here = at;
        for (String index : brackets.substring(1, brackets.length() - 1).split("]\\[")) {
            int array = btf.resolve(here.type());
            long number = Long.parseLong(index);
            if (!table.is(array, BtfKind.ARRAY)) {
                return Optional.empty();
            }
            int element = table.fixedWord(array, 0);
            long count = Integer.toUnsignedLong(table.fixedWord(array, 2));
            if (count != 0 && number >= count) {
                return Optional.empty();
            }
            long size = btf.size(element).orElseThrow(() -> table.malformed(array, "its elements have no size"));
            here = new MemberLocation(
                    element, Math.addExact(here.bitOffset(), btf.product(array, size, number * Byte.SIZE)), 0);
        }
        return Optional.of(here);
    }
}
