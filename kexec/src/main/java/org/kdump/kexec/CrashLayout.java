package org.kdump.kexec;

import java.util.List;
import org.kdump.kexec.image.LinuxImage;
import org.kdump.kexec.image.Placement;

/// Where each part of a capture kernel's image lies in the reservation.
///
/// The kernel stands at the bottom, the rest at the top, so that as much as possible is left in one piece between
/// them. The backup and the elfcorehdr, which the capture kernel must not use as memory, are the topmost.
///
/// @param kernel the kernel with the memory it needs to start in
/// @param initrd empty if there is none
/// @param commandLine the kernel's command line
/// @param bootParameters `struct boot_params`
/// @param purgatory the code between the kernels
/// @param elfCoreHeader the ELF headers of the crashed kernel's memory
/// @param backup where low memory is saved
record CrashLayout(
        AddressRange kernel,
        AddressRange initrd,
        AddressRange commandLine,
        AddressRange bootParameters,
        AddressRange purgatory,
        AddressRange elfCoreHeader,
        AddressRange backup) {
    static final long PAGE_SIZE = 4096;

    /// How many bytes each part takes; 0 for one that is not there.
    record Sizes(long initrd, long commandLine, long bootParameters, long purgatory, long elfCoreHeader, long backup) {}

    /// @throws KexecException if it does not fit
    static CrashLayout place(AddressRange reservation, LinuxImage image, Sizes sizes) throws KexecException {
        if (image.entersIn32BitMode() && reservation.end() > Placement.FOUR_GIB) {
            throw new KexecException("the reservation " + reservation
                    + " lies above 4 GiB, where a kernel that is entered"
                    + " in 32-bit mode cannot be; boot with crashkernel=" + Sizing.mebibytes(reservation.size()) + "M");
        }
        var stack = new Stack(reservation);
        var backup = stack.next(sizes.backup());
        var elfCoreHeader = stack.next(sizes.elfCoreHeader());
        var purgatory = stack.next(sizes.purgatory());
        var bootParameters = stack.next(sizes.bootParameters());
        var commandLine = stack.next(sizes.commandLine());
        var initrd = stack.next(sizes.initrd());
        var kernel = kernel(reservation, image);
        if (kernel.end() > stack.top) {
            throw tooSmall(reservation, kernel.end() - stack.top);
        }
        if (initrd.size() > 0 && initrd.end() > image.initrdEnd()) {
            throw new KexecException("the initrd would lie at " + initrd + ", but this kernel takes it below "
                    + Hex.of(image.initrdEnd()) + " only; boot with a crashkernel=…@… that ends there");
        }
        return new CrashLayout(kernel, initrd, commandLine, bootParameters, purgatory, elfCoreHeader, backup);
    }

    /// What the capture kernel must keep off.
    List<AddressRange> kept() {
        return List.of(elfCoreHeader, backup);
    }

    private static AddressRange kernel(AddressRange reservation, LinuxImage image) throws KexecException {
        Placement placement = image.placement();
        long lowest = placement.fixed() ? placement.lowest() : Math.max(reservation.start(), placement.lowest());
        long start = Math.multiplyExact(Math.ceilDiv(lowest, placement.alignment()), placement.alignment());
        var range = AddressRange.ofSize(start, pages(image.memorySize()));
        if (placement.fixed() && !reservation.contains(range) || range.end() > placement.end()) {
            throw new KexecException("the kernel (" + image.kind() + ") cannot lie in the reservation " + reservation
                    + ", for it must "
                    + (placement.fixed() ? "lie at " + range : "end below " + Hex.of(placement.end()))
                    + "; boot with crashkernel=" + Sizing.mebibytes(reservation.size()) + "M@"
                    + Sizing.mebibytes(placement.lowest()) + "M, or take another kernel");
        }
        return range;
    }

    private static long pages(long bytes) {
        return Math.multiplyExact(Math.ceilDiv(bytes, PAGE_SIZE), PAGE_SIZE);
    }

    private static KexecException tooSmall(AddressRange reservation, long missing) {
        return new KexecException("the reservation " + reservation + " of " + Sizing.mebibytes(reservation.size())
                + " MiB is too small: the image does not fit by " + Sizing.mebibytes(missing) + " MiB");
    }

    /// Takes from the top downwards.
    private static final class Stack {
        private final AddressRange reservation;
        private long top;

        Stack(AddressRange reservation) {
            this.reservation = reservation;
            top = reservation.end() / PAGE_SIZE * PAGE_SIZE;
        }

        AddressRange next(long size) throws KexecException {
            long bytes = pages(size);
            if (bytes > top - reservation.start()) {
                throw tooSmall(reservation, bytes - (top - reservation.start()));
            }
            top -= bytes;
            return AddressRange.ofSize(top, bytes);
        }
    }
}
