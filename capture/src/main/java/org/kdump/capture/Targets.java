package org.kdump.capture;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.flattened.FlattenedOutput;

/// Where a dump goes: a file, several of which each takes a part, or a stream.
///
/// @param name where the dump will be, for the user
/// @param files none for a stream
/// @param outputs one for each file, or one
record Targets(Path name, List<TargetFile> files, List<DumpOutput> outputs) implements AutoCloseable {
    /// Creates the files.
    ///
    /// @throws IOException if one cannot be created; the message is a line for the user
    static Targets files(List<Path> paths, CaptureRequest request) throws IOException {
        Targets targets = new Targets(paths.getFirst(), new ArrayList<>(), new ArrayList<>());
        try {
            for (Path path : paths) {
                TargetFile file = TargetFile.create(path, request.force());
                targets.files.add(file);
                targets.outputs.add(output(file, request.format()));
            }
            return targets;
        } catch (IOException | RuntimeException problem) {
            try (targets) {
                for (TargetFile file : targets.files) {
                    Files.deleteIfExists(file.incomplete());
                }
                throw problem;
            }
        }
    }

    private static DumpOutput output(TargetFile file, DumpFormat format) throws IOException {
        String name = file.incomplete().toString();
        return format.isFlattened() ? new FlattenedOutput(name, file.channel()) : new FileOutput(name, file.channel());
    }

    static Targets stream(String name, WritableByteChannel channel) throws IOException {
        return new Targets(Path.of(name), List.of(), List.of(new FlattenedOutput(name, channel)));
    }

    /// A dump that is not kept.
    static Targets none(Path name) {
        return new Targets(name, List.of(), List.of(new DiscardedOutput()));
    }

    boolean isStream() {
        return outputs.getFirst().isStream();
    }

    /// Bytes of the dump so far.
    long size() {
        return outputs.stream().mapToLong(DumpOutput::size).sum();
    }

    /// Gives the complete files their names.
    void commit() throws IOException {
        for (TargetFile file : files) {
            file.commit();
        }
    }

    /// Where the dump is.
    Path place(boolean complete) {
        return complete || files.isEmpty() ? name : files.getFirst().incomplete();
    }

    @Override
    public void close() throws IOException {
        for (TargetFile file : files) {
            file.close();
        }
    }
}
