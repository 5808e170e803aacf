package org.kdump.kernel.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// What the kernel audited and no daemon had taken from it yet (kernel/audit.c).
public final class AuditLog {
    private static final int TYPE = 4;
    private static final int HEADER = 16;
    private static final int LONGEST = 1 << 16;

    /// What waits longest first.
    private static final List<String> QUEUES = List.of("audit_hold_queue", "audit_retry_queue", "audit_queue");

    private AuditLog() {}

    /// A message.
    ///
    /// @param type `AUDIT_…` (include/uapi/linux/audit.h)
    /// @param text as it goes to the daemon
    public record Message(int type, String text) {}

    /// All of them.
    ///
    /// @return in part where a queue is broken
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Message> of(TypedMemory kernel) throws IOException {
        List<Message> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (String name : QUEUES) {
            OptionalLong queue = kernel.findSymbol(name);
            if (queue.isPresent()) {
                Partial<Message> messages = queue(kernel, queue.getAsLong());
                all.addAll(messages.items());
                problem = problem.or(messages::problem);
            }
        }
        return new Partial<>(all, problem);
    }

    private static Partial<Message> queue(TypedMemory kernel, long head) throws IOException {
        StructType buffer = kernel.struct("sk_buff");
        long next = buffer.member("next").offset();
        long first = kernel.struct("sk_buff_head", head).number("next");
        Partial<Long> addresses = first == head
                ? new Partial<>(List.of(), Optional.empty())
                : Lists.addresses(kernel.memory(), first, next, head, 0);
        List<Message> messages = new ArrayList<>();
        Optional<String> problem = addresses.problem();
        for (long address : addresses.items()) {
            try {
                messages.add(message(buffer.at(address)));
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a message cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(messages, problem);
    }

    /// It begins as one of netlink: u32 length, u16 type, and ten bytes more (`struct nlmsghdr`).
    private static Message message(Struct buffer) throws IOException {
        VirtualMemory memory = buffer.type().memory().memory();
        long data = buffer.number("data");
        int length = Math.clamp(buffer.number("len") - HEADER, 0, LONGEST);
        return new Message(memory.u16(data + TYPE), LogText.printable(memory.cstring(data + HEADER, length)));
    }
}
