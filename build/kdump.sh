#!/bin/sh
# The kdump command: our runtime, our modules, our ahead-of-time cache.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
home=${self%/*}/..
case "$home" in /*) ;; *) home=$PWD/$home ;; esac
exec "$home/runtime/bin/java" -XX:AOTCache="$home/lib/kdump.aot" -Xlog:aot=off -Xlog:cds=off \
    -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni \
    -DZstdNativePath="$home/runtime/lib/libzstd-jni.so" -Dkdump.home="$home" \
    -m org.kdump.cli/org.kdump.cli.Main "$@"
