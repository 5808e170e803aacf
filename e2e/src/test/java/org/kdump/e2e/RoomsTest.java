package org.kdump.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rules of the rooms that neither Maven nor the module system can hold.
@Tag("rules")
class RoomsTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.kdump");

    @Test
    void theRulesSeeTheRooms() {
        for (String room :
                new String[] {"elf", "syscall", "kexec", "vmcore", "debuginfo", "kernel", "capture", "qemu", "cli"}) {
            assertTrue(
                    ALL.stream().anyMatch(type -> type.getPackageName().startsWith("org.kdump." + room)),
                    room + " was not found: the rules would pass on nothing");
        }
    }

    @Test
    void noPackageCycle() {
        slices().matching("org.kdump.(**)").should().beFreeOfCycles().check(ALL);
    }

    @Test
    void nativeCallsAreMadeInOneRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.kdump.syscall..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .check(ALL);
    }

    /// A dump is read on any system: the disassembler alone is native, and the verb `dis` alone needs it.
    @Test
    void readingADumpNeedsNoSystemCall() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "org.kdump.elf..", "org.kdump.vmcore..", "org.kdump.debuginfo..", "org.kdump.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.kdump.syscall..")
                .check(ALL);
    }

    @Test
    void namesSayWhatAThingIs() {
        classes()
                .should()
                .haveNameNotMatching(".*(Util|Utils|Manager|Helper|Helpers|Common)$")
                .check(ALL);
    }
}
