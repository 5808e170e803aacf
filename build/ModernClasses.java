import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Rewrites the classes of a jar in today's class file version: `java ModernClasses.java IN.jar OUT.jar`.
///
/// The ahead-of-time cache leaves out classes of version 49 and older (Java 5, which picocli still supports), for they
/// have no stack maps. What the classes do is not changed: only the version, and the stack maps that it demands.
final class ModernClasses {
    private static final int OLDEST_CACHED = 50;

    private ModernClasses() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        try (JarFile jar = new JarFile(arguments[0])) {
            for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
                entries.put(entry.getName(), jar.getInputStream(entry).readAllBytes());
            }
        }
        ClassFile classFile = ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(descriptor -> {
                            String name = descriptor.descriptorString();
                            byte[] bytes = entries.get(name.substring(1, name.length() - 1) + ".class");
                            return bytes == null ? null : new java.io.ByteArrayInputStream(bytes);
                        })
                        .orElse(ClassHierarchyResolver.defaultResolver())));
        try (OutputStream file = Files.newOutputStream(Path.of(arguments[1]));
                ZipOutputStream out = new ZipOutputStream(file)) {
            for (var entry : entries.entrySet()) {
                ZipEntry written = new ZipEntry(entry.getKey());
                written.setTime(0);
                out.putNextEntry(written);
                out.write(entry.getKey().endsWith(".class") ? modern(classFile, entry.getValue()) : entry.getValue());
            }
        }
    }

    private static byte[] modern(ClassFile classFile, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        if (model.majorVersion() >= OLDEST_CACHED) {
            return bytes;
        }
        return classFile.transformClass(model, (builder, element) -> {
            switch (element) {
                case ClassFileVersion old -> builder.withVersion(ClassFile.JAVA_25_VERSION, 0);
                case MethodModel method -> builder.transformMethod(method, ModernClasses::copy);
                default -> builder.with(element);
            }
        });
    }

    private static void copy(MethodBuilder builder, MethodElement element) {
        if (element instanceof CodeModel code) {
            findBranchTargets(code);
            builder.withCode(body -> code.forEach(body));
        } else {
            builder.with(element);
        }
    }

    /// Asks every branch for its target before the code is copied. In a class without stack maps the library learns of
    /// a backward branch's target only when it meets the branch, too late to have placed a label there.
    private static void findBranchTargets(CodeModel code) {
        for (CodeElement element : code) {
            switch (element) {
                case BranchInstruction branch -> branch.target();
                case TableSwitchInstruction table -> table.cases();
                case LookupSwitchInstruction lookup -> lookup.cases();
                default -> {}
            }
        }
    }
}
