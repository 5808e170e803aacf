package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptMirrorsTest {
    private static final String DEB822 = """
            # the archive
            Types: deb deb-src
            URIs: http://mirror.example/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            types: deb
            uris: http://mirror.example/debian-security
            suites: bookworm-security
            components: main contrib

            Types: deb
            URIs: https://third.example/node
            Suites: nodistro
            Components: main

            Types: deb
            URIs: https://third.example/deb
            Suites: bookworm
            Components: main
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             mQINBGMtest
             -----END PGP PUBLIC KEY BLOCK-----

            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main
            Enabled: no

            Types: deb-src
            URIs: http://source.example/debian
            Suites: bookworm
            Components: main
            """;
    private static final String ONE_LINE = """
            deb http://mirror.example/debian bullseye main contrib # ours
            deb-src http://source.example/debian bullseye main
            # deb http://off.example/debian bullseye main
            deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://secure.example/s bullseye-security main
            deb [signed-by=/etc/apt/keyrings/third.gpg] https://third.example/deb bullseye main
            deb https://third.example/linux bullseye stable
            deb http://old.example/security buster/updates main
            """;

    @TempDir
    Path etc;

    private AptMirrors mirrors(String name, String text) throws IOException {
        Path parts = Files.createDirectories(etc.resolve("sources.list.d"));
        Files.writeString(parts.resolve(name), text);
        return AptMirrors.of(etc);
    }

    @Test
    void findsDebiansMirrorsInDeb822() throws IOException {
        AptMirrors mirrors = mirrors("debian.sources", DEB822);
        assertEquals(Set.of("http://mirror.example/debian"), mirrors.archive());
        assertEquals(Set.of("http://mirror.example/debian-security"), mirrors.security());
    }

    @Test
    void findsDebiansMirrorsInOneLineFormat() throws IOException {
        AptMirrors mirrors = mirrors("debian.list", ONE_LINE);
        assertEquals(Set.of("http://mirror.example/debian"), mirrors.archive());
        assertEquals(Set.of("http://secure.example/s", "http://old.example/security"), mirrors.security());
    }

    @Test
    void asksThemForAnotherSuite() throws IOException {
        AptMirrors mirrors = mirrors("debian.sources", DEB822);
        String trixie = mirrors.sourcesFor(DebianSuite.TRIXIE, "amd64");
        assertTrue(trixie.contains("URIs: http://mirror.example/debian\nSuites: trixie trixie-updates\n"), trixie);
        assertTrue(trixie.contains("URIs: http://mirror.example/debian-security\nSuites: trixie-security\n"), trixie);
        assertFalse(mirrors.sourcesFor(DebianSuite.SID, "amd64").contains("sid-"));
        List<AptMirrors.Entry> again = AptMirrors.deb822(trixie);
        assertEquals(mirrors, AptMirrors.of(again));
    }

    @Test
    void saysThatThereIsNoMirror() {
        IOException none =
                assertThrows(IOException.class, () -> mirrors("third.list", "deb http://x.example y main\n"));
        assertTrue(none.getMessage().contains("no apt source names a Debian mirror"), none.getMessage());
    }

    @Test
    void aSuiteIsAWord() {
        assertThrows(IllegalArgumentException.class, () -> new DebianSuite("../../etc"));
        assertEquals("sid", DebianSuite.SID.toString());
    }
}
