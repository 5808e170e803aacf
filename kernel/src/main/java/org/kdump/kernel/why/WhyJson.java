package org.kdump.kernel.why;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.kernel.crash.PanicReport;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;

/// What killed a machine, for programs.
final class WhyJson {
    private WhyJson() {}

    /// Names are stable: `dump`, `failure` (an identifier), `sentence`, `cause`, `panic`;
    /// `function`, `offset` and `module` of where it failed; `task` (`address`, `pid`, `comm`,
    /// `cpu`, `running`; null if it is not known), `uptime_seconds`, `release`, `stack` (an array
    /// of `function`, `offset`, `module`, `address`, `guess`), `details` (sentences),
    /// `machine_check` (null, or `cpu`, `bank`, `status`, `code`, `uncorrected`, `address`),
    /// `earlier` (lines of the log), `taints`, `free_memory` (a share), `memory` (null, or
    /// `total_bytes`, `free_bytes`, `zones` (an array of `node`, `name`, `free_bytes`,
    /// `minimum_bytes`), `slab_bytes`, `unreclaimable_bytes`, `swap_bytes`, `free_swap_bytes`,
    /// `largest` (an array of `address`, `pid`, `comm`, `resident_bytes`), `request` (null, or
    /// `comm`, `order`, `flags`)), `locked_cpus` (an array of `cpu`, `seconds`, `task`, `stack`),
    /// `corrupt_lists` (an array of `list`, `address`, `problem`), `waiting` (an array of `pid`,
    /// `comm`, `address`, `seconds`, `function`, `lock`, which is null or `kind`, `address`,
    /// `owner`, `reader`), `signature`, `missing`.
    static String of(Why why) {
        PanicReport panic = why.summary().panic();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dump", why.summary().dump());
        json.put("failure", why.failure().id());
        json.put("sentence", why.failure().sentence());
        json.put("cause", panic.headline());
        json.put("panic", panic.panic());
        Optional<StackFrame> where = why.telling().stream().findFirst();
        json.put("function", where.map(StackFrame::function));
        json.put("offset", where.map(StackFrame::offset));
        json.put("module", where.map(StackFrame::module).filter(name -> !name.isEmpty()));
        json.put("task", why.task().map(WhyJson::task));
        json.put("uptime_seconds", why.summary().uptime().map(uptime -> uptime.toMillis() / 1000.0));
        json.put("release", why.summary().release());
        json.put("stack", why.telling().stream().map(WhyJson::frame).toList());
        Findings findings = why.findings();
        json.put("details", findings.details());
        json.put("machine_check", findings.machineCheck().map(WhyJson::json));
        json.put("earlier", WhyText.earlier(panic));
        json.put("taints", panic.taints());
        json.put("free_memory", findings.memory().map(MemoryState::freeShare));
        json.put("memory", findings.memory().map(WhyJson::json));
        json.put("locked_cpus", findings.locked().stream().map(WhyJson::json).toList());
        json.put("corrupt_lists", findings.corrupt().stream().map(WhyJson::json).toList());
        json.put("waiting", findings.waiting().stream().map(WhyJson::task).toList());
        json.put("signature", why.signature());
        json.put("missing", why.missing());
        return Json.of(json);
    }

    private static Map<String, Object> task(TaskStack task) {
        return person(task.task().address(), task.pid(), task.comm(), Optional.of(task));
    }

    private static Map<String, Object> person(long address, int pid, String comm, Optional<TaskStack> stack) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Json.address(address));
        json.put("pid", pid);
        json.put("comm", comm);
        stack.ifPresent(task -> {
            json.put("cpu", OptionalInt.of(task.cpu()));
            json.put("running", task.running());
        });
        return json;
    }

    private static Map<String, Object> frame(StackFrame frame) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("function", frame.place().map(place -> place.symbol().name()));
        json.put("offset", frame.place().map(place -> place.offset()));
        json.put("module", frame.module().isEmpty() ? null : frame.module());
        json.put("address", Json.address(frame.address()));
        json.put("guess", frame.isGuess());
        return json;
    }

    private static Map<String, Object> task(WaitingTask task) {
        Map<String, Object> json = person(task.address(), task.pid(), task.comm(), Optional.empty());
        json.put("seconds", task.waited().map(time -> time.toMillis() / 1000.0));
        json.put("function", task.function());
        json.put("lock", task.lock().map(WhyJson::json));
        return json;
    }

    private static Map<String, Object> json(HeldLock lock) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", lock.kind());
        json.put("address", Json.address(lock.address()));
        json.put("owner", lock.owner().map(WhyText::owner));
        json.put("reader", lock.reader());
        return json;
    }

    private static Map<String, Object> json(MachineCheck check) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cpu", check.cpu());
        json.put("bank", check.bank());
        json.put("status", Json.address(check.status()));
        json.put("code", check.code());
        json.put("uncorrected", check.isUncorrected());
        json.put(
                "address",
                check.address().isPresent() ? Json.address(check.address().getAsLong()) : null);
        return json;
    }

    private static Map<String, Object> json(MemoryState memory) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total_bytes", memory.total());
        json.put("free_bytes", memory.free());
        json.put("zones", memory.zones().stream().map(WhyJson::json).toList());
        json.put("slab_bytes", memory.slab());
        json.put("unreclaimable_bytes", memory.unreclaimable());
        json.put("swap_bytes", memory.swap());
        json.put("free_swap_bytes", memory.freeSwap());
        json.put("largest", memory.largest().stream().map(WhyJson::json).toList());
        json.put("request", memory.request().map(WhyJson::json));
        return json;
    }

    private static Map<String, Object> json(MemoryState.ZoneState zone) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node", zone.node());
        json.put("name", zone.name());
        json.put("free_bytes", zone.free());
        json.put("minimum_bytes", zone.minimum());
        return json;
    }

    private static Map<String, Object> json(MemoryState.LargeTask task) {
        Map<String, Object> json = person(task.address(), task.pid(), task.comm(), Optional.empty());
        json.put("resident_bytes", task.resident());
        return json;
    }

    private static Map<String, Object> json(MemoryState.Request request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("comm", request.comm());
        json.put("order", request.order());
        json.put("flags", request.flags());
        return json;
    }

    private static Map<String, Object> json(LockedCpu cpu) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cpu", cpu.cpu());
        json.put("seconds", cpu.silent().toMillis() / 1000.0);
        json.put("task", task(cpu.task()));
        json.put("stack", cpu.telling().stream().map(WhyJson::frame).toList());
        return json;
    }

    private static Map<String, Object> json(CorruptList list) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("list", list.what());
        json.put("address", Json.address(list.address()));
        json.put("problem", list.problem());
        return json;
    }
}
