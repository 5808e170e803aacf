package org.kdump.cli;

import java.io.IOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.syscall.Instruction;

/// An instruction of the crashed kernel, and what the addresses in it are the names of.
///
/// @param instruction as decoded
/// @param bytes of it
/// @param symbols the kernel's and its modules'
/// @param hexadecimal whether offsets are written so
record CodeLine(Instruction instruction, byte[] bytes, SymbolTables symbols, boolean hexadecimal) {
    private static final Pattern JUMP = Pattern.compile("0x([0-9a-f]{1,16})");

    private static final Pattern RELATIVE =
            Pattern.compile("(?:(-?)(0x[0-9a-f]+|\\d+)\\(%rip\\))|(?:\\[rip (?:([+-]) (0x[0-9a-f]+|\\d+))?\\])");

    /// As crash prints it: address, place, mnemonic, operands, and the name of the address in them.
    String text() throws IOException {
        String place = place(instruction.address());
        String line = "0x%x%s:\t%-7s %s"
                .formatted(
                        instruction.address(),
                        place.isEmpty() ? "" : " <" + place + ">",
                        instruction.name(),
                        instruction.operands());
        OptionalLong target = target();
        if (target.isEmpty()) {
            return line.stripTrailing();
        }
        String name = place(target.getAsLong());
        String named = name.isEmpty() ? "" : " <" + name + ">";
        return line + (isJump() ? named : "\t# 0x" + Long.toHexString(target.getAsLong()) + named);
    }

    /// `address`, `symbol`, `offset` and `module` of it (null if there is none), `bytes` (hexadecimal),
    /// `mnemonic`,
    /// `operands`, `target` (the address that it jumps to or takes relative to itself, else null),
    /// `target_symbol`.
    Map<String, Object> fields() throws IOException {
        Optional<SymbolPlace> place = symbols.nearest(instruction.address());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(instruction.address()));
        fields.put("symbol", place.map(each -> each.symbol().name()).orElse(null));
        fields.put("offset", place.map(SymbolPlace::offset).orElse(null));
        fields.put(
                "module",
                place.map(SymbolPlace::module)
                        .filter(module -> !module.isEmpty())
                        .orElse(null));
        fields.put("bytes", HexFormat.of().formatHex(bytes));
        fields.put("mnemonic", instruction.name());
        fields.put("operands", instruction.operands());
        OptionalLong target = target();
        fields.put("target", target.isEmpty() ? null : Json.address(target.getAsLong()));
        String name = target.isEmpty() ? "" : place(target.getAsLong());
        fields.put("target_symbol", name.isEmpty() ? null : name);
        return fields;
    }

    private boolean isJump() {
        return JUMP.matcher(instruction.operands()).matches();
    }

    private OptionalLong target() {
        Matcher jump = JUMP.matcher(instruction.operands());
        if (jump.matches()) {
            return OptionalLong.of(Long.parseUnsignedLong(jump.group(1), 16));
        }
        Matcher relative = RELATIVE.matcher(instruction.operands());
        if (!relative.find()) {
            return OptionalLong.empty();
        }
        boolean isIntel = relative.group(2) == null;
        String distance = isIntel ? relative.group(4) : relative.group(2);
        String sign = isIntel ? relative.group(3) : relative.group(1);
        long bytesAway = distance == null ? 0 : Long.decode(distance);
        return OptionalLong.of(
                instruction.address() + instruction.length() + ("-".equals(sign) ? -bytesAway : bytesAway));
    }

    private String place(long address) throws IOException {
        // Below zero are the kernel's addresses; on top of %gs, offsets of per-CPU variables.
        boolean canBeNamed = address < 0 || instruction.operands().contains("gs:");
        Optional<SymbolPlace> place = canBeNamed ? symbols.nearest(address) : Optional.empty();
        if (place.isEmpty() || place.get().offset() >= Math.max(1, place.get().size())) {
            return "";
        }
        long offset = place.get().offset();
        String text = hexadecimal ? "0x" + Long.toHexString(offset) : Long.toString(offset);
        return place.get().symbol().name() + (offset == 0 ? "" : "+" + text);
    }
}
