#!/bin/sh
# The kdump command: our runtime, our modules, our ahead-of-time cache.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
home=${self%/*}/..
case "$home" in /*) ;; *) home=$PWD/$home ;; esac
# LZO and Snappy are compressed in Java, which is worth the second compiler, unless free pages are left out (16 is
# in the dump level), for then little is left. All else is over before it has begun, or is done by libraries.
compilers=-XX:TieredStopAtLevel=1
case "${1-}" in
# The image's SHA-256, for which only the second compiler knows the processor's instructions.
load | boot) compilers= ;;
capture | convert)
    in_java='' little=''
    for word in "$@"; do
        case "$word" in
        -l | -p | *lzo | *snappy) in_java=yes ;;
        1[6-9] | 2[0-9] | 3[01] | -d1[6-9] | -d2[0-9] | -d3[01] | *=1[6-9] | *=2[0-9] | *=3[01]) little=yes ;;
        esac
    done
    [ -n "$in_java" ] && [ -z "$little" ] && compilers=
    ;;
esac
# A cache that is mapped where it was made needs no page of its own changed: 9 MB, and a tenth of each start.
exec "$home/runtime/bin/java" -XX:AOTCache="$home/lib/kdump.aot" -Xlog:aot=off -Xlog:cds=off \
    -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 \
    -XX:+UseSerialGC -XX:-UsePerfData $compilers --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni \
    -DZstdNativePath="$home/runtime/lib/libzstd-jni.so" -Dkdump.capstone="$home/lib/libcapstone.so" \
    -Dkdump.libdeflate="$home/runtime/lib/libdeflate.so" -Dkdump.home="$home" \
    -m org.kdump.cli/org.kdump.cli.Main "$@"
