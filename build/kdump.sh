#!/bin/sh
# The kdump command: our runtime, our modules, our ahead-of-time cache.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
home=${self%/*}/..
case "$home" in /*) ;; *) home=$PWD/$home ;; esac
# What takes long is worth the second compiler; what is short is over before it has begun.
case "${1-}" in
capture | convert | verify) compilers= ;;
*) compilers=-XX:TieredStopAtLevel=1 ;;
esac
exec "$home/runtime/bin/java" -XX:AOTCache="$home/lib/kdump.aot" -Xlog:aot=off -Xlog:cds=off \
    -XX:+UseSerialGC $compilers --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni \
    -DZstdNativePath="$home/runtime/lib/libzstd-jni.so" -Dkdump.home="$home" \
    -m org.kdump.cli/org.kdump.cli.Main "$@"
