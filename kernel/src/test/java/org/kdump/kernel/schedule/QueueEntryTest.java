package org.kdump.kernel.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.object.LittleKernel;
import org.kdump.kernel.object.Partial;

/// A queue with a running task, a task that waits, and a group with another.
class QueueEntryTest {
    private static final String TYPES = """
            rb_node 24: __rb_parent_color long 0, rb_right rb_node* 8, rb_left rb_node* 16
            kernfs_node 16: name char* 0
            cgroup 16: kn kernfs_node* 0
            cgroup_subsys_state 16: cgroup cgroup* 0
            task_group 32: css cgroup_subsys_state 0
            runs 64: run_node rb_node 0, my_q ptr 24
            cfs_rq 64: tg task_group* 0, throttled int 8, tasks_timeline ptr 16, curr runs* 24
            sched_entity 64: run_node rb_node 0, my_q cfs_rq* 24
            task_struct 128: pid int 0, se sched_entity 32
            rq 128: cfs cfs_rq 0
            """;
    private static final int QUEUE = 0x10000;
    private static final int INNER = 0x11000;
    private static final int GROUP = 0x12000;
    private static final int RUNNING = 0x14000;
    private static final int WAITING = 0x15000;
    private static final int ENTITY = 0x16000;
    private static final int WITHIN = 0x17000;

    private final LittleKernel kernel = new LittleKernel(TYPES);

    @BeforeEach
    void boot() {
        kernel.u32(RUNNING, 1);
        kernel.u32(WAITING, 2);
        kernel.u32(WITHIN, 3);
        kernel.pointer(QUEUE + 24, RUNNING + 32);
        root(QUEUE, WAITING + 32);
        kernel.pointer(WAITING + 32 + 8, ENTITY);
        kernel.u64(ENTITY, kernel.at(WAITING + 32));
        kernel.pointer(ENTITY + 24, INNER);
        root(INNER, WITHIN + 32);
        kernel.pointer(INNER, GROUP);
        kernel.u32(INNER + 8, 1);
        kernel.pointer(GROUP, GROUP + 0x100);
        kernel.pointer(GROUP + 0x100, GROUP + 0x200);
        kernel.pointer(GROUP + 0x200, GROUP + 0x300);
        kernel.text(GROUP + 0x300, "system.slice");
    }

    private void root(int queue, int node) {
        kernel.pointer(queue + 16, node);
        kernel.u64(node, 1);
    }

    private Partial<QueueEntry> answer() throws IOException {
        return QueueEntry.of(kernel.types.struct("rq", kernel.at(QUEUE)));
    }

    private static String text(QueueEntry entry) {
        try {
            String task = entry.task().isEmpty()
                    ? "group"
                    : "pid " + entry.task().get().pid();
            return entry.depth() + " " + task + " " + entry.name() + (entry.current() ? "runs" : "")
                    + (entry.throttled() ? " throttled" : "");
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @Test
    void goesIntoGroups() throws IOException {
        Partial<QueueEntry> answer = answer();
        assertEquals(
                List.of("0 group ", "1 pid 1 runs", "1 pid 2 ", "1 group system.slice throttled", "2 pid 3 "),
                answer.items().stream().map(QueueEntryTest::text).toList());
        assertTrue(answer.isWhole());
        assertEquals(kernel.at(INNER), answer.items().getLast().queue());
        assertEquals(kernel.at(GROUP), answer.items().getLast().group());
    }

    @Test
    void answersInPart() throws IOException {
        kernel.vmcore.without(INNER, INNER + 0x1000);
        Partial<QueueEntry> answer = answer();
        assertEquals(3, answer.items().size());
        assertTrue(answer.problem().orElseThrow().startsWith("a queue cannot be read"));
    }

    /// Both in the queue have the queue itself for theirs: a walk that does not remember where it was takes for ever.
    @Test
    void endsWhereGroupsRunInACircle() {
        kernel.pointer(WAITING + 32 + 24, QUEUE);
        kernel.pointer(ENTITY + 24, QUEUE);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            Partial<QueueEntry> answer = answer();
            assertEquals(2, answer.items().size());
            assertTrue(answer.problem().orElseThrow().contains("circle"));
        });
    }
}
