#!/bin/sh
# The kdump command: our runtime, our modules, our ahead-of-time cache.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
home=${self%/*}/..
case "$home" in /*) ;; *) home=$PWD/$home ;; esac
# zlib, LZO and Snappy are compressed in Java, which is worth the second compiler. All else is over before it has begun,
# or is done by zstd, and is the faster without it.
compilers=-XX:TieredStopAtLevel=1
case "${1-}" in
capture | convert)
    for word in "$@"; do
        case "$word" in -c | -l | -p | *zlib | *lzo | *snappy) compilers= ;; esac
    done
    ;;
esac
exec "$home/runtime/bin/java" -XX:AOTCache="$home/lib/kdump.aot" -Xlog:aot=off -Xlog:cds=off \
    -XX:+UseSerialGC -XX:-UsePerfData $compilers --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni \
    -DZstdNativePath="$home/runtime/lib/libzstd-jni.so" -Dkdump.home="$home" \
    -m org.kdump.cli/org.kdump.cli.Main "$@"
