/// Every native call that Kdump makes. The only module with native access.
module org.kdump.syscall {
    exports org.kdump.syscall;
}
