package org.kdump.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kdump.qemu.DebianSuite;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;
import org.kdump.vmcore.codec.PageDecompressor;
import org.kdump.vmcore.format.VmcoreFile;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// The loops that a capture's time goes to, by the page, on pages of a machine full of files: reading, compressing,
/// decompressing. Figures go to the console and to `e2e/target/bench/inner-loops.csv`.
@Tag("bench")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
public class InnerLoopsBenchmark {
    private static final int PAGES = 1 << 10;
    private static final int PAGE = 1 << 12;

    @Param({"zstd", "zlib", "lzo", "snappy"})
    public String codec;

    @Param("")
    public String vmcore;

    private final List<byte[]> pages = new ArrayList<>();
    private final List<byte[]> compressed = new ArrayList<>();
    private final byte[] target = new byte[2 * PAGE];
    private Vmcore source;
    private long start;
    private PageCompressor compressor;
    private PageDecompressor decompressor;

    @Test
    void run() throws IOException, InterruptedException, RunnerException {
        Path machine = new FilledMachine(DebianSuite.BOOKWORM, 2048, 1200).vmcore();
        Path table = Files.createDirectories(Path.of("target/bench")).resolve("inner-loops.csv");
        new Runner(new OptionsBuilder()
                        .include(InnerLoopsBenchmark.class.getSimpleName())
                        .param("vmcore", machine.toString())
                        .jvmArgsAppend("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC")
                        .resultFormat(ResultFormatType.CSV)
                        .result(table.toString())
                        .build())
                .run();
        System.out.println(Files.readString(table, UTF_8));
    }

    /// Pages from all over the machine's memory, none of zeroes, each of which shrinks.
    @Setup(Level.Trial)
    public void open() throws IOException {
        source = VmcoreFile.open(Path.of(vmcore));
        compressor = PageCodec.ofLabel(codec).orElseThrow().compressor();
        decompressor = PageCodec.ofLabel(codec).orElseThrow().decompressor();
        PhysicalRange range = source.memory().stream()
                .max(Comparator.comparingLong(PhysicalRange::length))
                .orElseThrow();
        start = range.start() + PAGE - 1 & -PAGE;
        long step = (range.end() - start) / PAGES / 3 / PAGE * PAGE;
        byte[] zeroes = new byte[PAGE];
        for (long at = start; pages.size() < PAGES; at += step) {
            byte[] page = new byte[PAGE];
            source.read(at, MemorySegment.ofArray(page));
            if (Arrays.equals(page, zeroes)) {
                continue;
            }
            int size = compressor.compress(page, PAGE, target);
            if (size > 0 && size < PAGE) {
                pages.add(page);
                compressed.add(Arrays.copyOf(target, size));
            }
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        compressor.close();
        decompressor.close();
        source.close();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long compress() {
        long sum = 0;
        for (byte[] page : pages) {
            sum += compressor.compress(page, PAGE, target);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public byte[] decompress() throws DataFormatException {
        byte[] page = pages.getFirst().clone();
        for (byte[] bytes : compressed) {
            decompressor.decompress(bytes, bytes.length, page);
        }
        return page;
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long read() throws IOException {
        long sum = 0;
        MemorySegment page = MemorySegment.ofArray(target).asSlice(0, PAGE);
        for (int i = 0; i < PAGES; i++) {
            sum += source.read(start + (long) i * PAGE, page);
        }
        return sum;
    }
}
