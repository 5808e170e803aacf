/// A filter for `kdump capture`, as an example.
module org.example.vault {
    requires org.kdump.capture;
    requires org.kdump.vmcore;

    provides org.kdump.capture.DumpFilter with
            org.example.vault.VaultFilter;
}
