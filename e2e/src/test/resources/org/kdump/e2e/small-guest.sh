#!/bin/busybox sh
# The init of a guest that is too small for Java, or has 32 bits: it tells what runs it, and saves a dump if there is one.
# By its path, for busybox finds itself as /proc/self/exe.
/bin/busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
echo "small guest: $(uname -m) with $(cat /proc/cmdline)"
if [ -e /proc/vmcore ]; then
    for module in $(cat /modules/order); do insmod "/modules/$module"; done
    for second in $(seq 30); do
        [ -e /dev/vda ] && break
        sleep 1
    done
    mount -t ext4 /dev/vda /mnt || echo "small guest: no disk"
    mkdir -p /mnt/var/crash/small
    # The class, the byte order and the machine of the headers are in the first 20 bytes.
    echo "small guest: vmcore $(head -c 20 /proc/vmcore | hexdump -v -e '/1 "%02x"')"
    if grep -q small.save /proc/cmdline; then
        cat /proc/vmcore >/mnt/var/crash/small/vmcore && echo "small guest: vmcore is saved"
    fi
    umount /mnt
fi
grep -q small.poweroff /proc/cmdline && poweroff -f
reboot -f
