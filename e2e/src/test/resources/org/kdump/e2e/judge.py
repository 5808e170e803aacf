"""What drgn, with debug information, says of a dump, and how far our answers say the same.

usage: judge.py DUMP VMLINUX ANSWERS...

Each of ANSWERS is a directory of what `kdump VERB --json` said of the same dump, or of the same dump filtered. For each
kind of answer one line goes to standard output, `SECTION ANSWERS THEIRS OURS SAME`, followed by what only one side has,
each line with `<` (drgn's) or `>` (ours) before it; or `FAILED SECTION REASON` where drgn itself cannot answer.
"""
import functools
import json
import os
import sys

import drgn
from drgn import sizeof
from drgn.helpers.linux import (
    cpu_curr, d_path, decode_file_type, for_each_file, for_each_irq_desc, for_each_module, for_each_mount,
    for_each_netdev, for_each_online_cpu, for_each_slab_cache, for_each_task, for_each_vma, for_each_vmap_area,
    get_printk_records, global_node_page_state, global_vm_event_state, global_zone_page_state, idle_task, loadavg,
    module_address_regions, mount_dst, mount_fstype, mount_src, per_cpu, slab_cache_usage, task_cpu, task_rss,
    task_state_to_char, task_vsize, timer_base_for_each, totalram_pages, module_kallsyms, module_taints, follow_phys,
    irq_desc_action_names, netdev_name, hrtimer_clock_base_for_each, percpu_counter_sum, nr_blockdev_pages,
    slab_cache_for_each_allocated_object, total_swapcache_pages,
)

STATES = {"R": "RU", "S": "IN", "D": "UN", "T": "ST", "t": "TR", "X": "DE", "Z": "ZO", "P": "PA", "I": "ID"}
MOST_SHOWN = 40

prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
prog.load_debug_info([sys.argv[2]])
PAGE = prog["PAGE_SIZE"].value_()


def hexa(value):
    return "0x%x" % (int(value) & (1 << 64) - 1)


def text(raw):
    return raw.decode("latin1")


def all_tasks():
    for cpu in for_each_online_cpu(prog):
        yield idle_task(prog, cpu)
    yield from for_each_task(prog)


def tasks():
    running = {cpu_curr(prog, cpu).value_() for cpu in for_each_online_cpu(prog)}
    for task in all_tasks():
        pid = task.pid.value_()
        # An idle task is a copy of who started its CPU, and nobody's child.
        parent = task.parent.pid.value_() if pid else 0
        yield (
            hexa(task), pid, task.tgid.value_(), parent, text(task.comm.string_()), task_cpu(task),
            STATES[task_state_to_char(task)], task.value_() in running,
        )


def our_tasks(answers):
    for task in answers("ps"):
        yield tuple(task[key] for key in ("address", "pid", "tgid", "ppid", "comm", "cpu", "state", "running"))


def sizes():
    for task in all_tasks():
        yield hexa(task), task_vsize(task) // 1024, task_rss(task).total * PAGE // 1024


def our_sizes(answers):
    for task in answers("ps"):
        yield task["address"], task["virtual_kib"], task["resident_kib"]


def stacks():
    """By address: of what a frame is called drgn and kallsyms differ where labels are in a function."""
    for task, frames in traces().items():
        for depth, pc in enumerate(reversed(frames)):
            yield task, depth, pc


@functools.lru_cache()
def traces():
    return {
        hexa(task): [
            hexa(frame.pc) for frame in prog.stack_trace(task) if not frame.is_inline and frame.pc >> 63
        ]
        for task in all_tasks()
    }


def our_stacks(answers):
    for task in answers("foreach-bt"):
        frames = [frame["address"] for frame in task["frames"] if int(frame["address"], 16) >> 63]
        known = traces().get(task["address"], [])
        # drgn gives up after 1024 frames, and at the first instruction of a module's function that was interrupted, or
        # one frame behind it: where what it has is what we begin with, but for its last frame, the rest is not compared.
        if len(known) < len(frames) and frames[: len(known) - 1] == known[:-1]:
            frames = frames[: len(known)]
        for depth, pc in enumerate(reversed(frames)):
            yield task["address"], depth, pc


def modules():
    for module in for_each_module(prog):
        regions = [region for region in module_address_regions(module) if region[1]]
        yield (
            hexa(module), text(module.name.string_()), hexa(min(start for start, _ in regions)),
            sum(size for _, size in regions), module_taints(module),
        )


def our_modules(answers):
    for module in answers("mod"):
        yield module["address"], module["name"], module["base"], module["size"], module["taints"]


def regions():
    for module in for_each_module(prog):
        for start, size in module_address_regions(module):
            yield text(module.name.string_()), start, start + size


def module_symbols():
    """Those in the module's own memory: while it is being loaded drgn lists what it imports, too."""
    own = list(regions())
    for module in for_each_module(prog):
        name = text(module.name.string_())
        for symbol in module_kallsyms(module):
            # Literals of the compiler: the kernel itself passes over them.
            if symbol.name and not symbol.name.startswith(".L"):
                if any(of == name and start <= symbol.address < end for of, start, end in own):
                    yield name, symbol.name, hexa(symbol.address)


def our_module_symbols(answers):
    own = list(regions())
    for symbol in answers("sym-M"):
        address = int(symbol["address"], 16)
        if any(of == symbol["module"] and start <= address < end for of, start, end in own):
            yield symbol["module"], symbol["symbol"], symbol["address"]


def symbols():
    """Functions alone: of data the kernel's own table holds a choice."""
    for symbol in prog.symbols():
        if symbol.kind == drgn.SymbolKind.FUNC:
            yield symbol.name, hexa(symbol.address)


def our_symbols(answers):
    names = {name for name, _ in symbols()}
    # Labels of the assembler are no functions in the ELF file, nor are data in a section that may be executed.
    others = {(symbol.name, hexa(symbol.address)) for symbol in prog.symbols() if symbol.kind != drgn.SymbolKind.FUNC}
    for symbol in answers("sym-l"):
        pair = symbol["symbol"], symbol["address"]
        if not symbol["module"] and pair[0] in names and symbol["type"] in "tTwW" and pair not in others:
            yield pair


def log():
    for record in get_printk_records(prog):
        yield record.seq, record.timestamp, record.facility, record.level, text(record.text)


def our_log(answers):
    for record in answers("log"):
        yield tuple(record[key] for key in ("sequence", "timestamp_ns", "facility", "level", "text"))


def mounts():
    for mount in for_each_mount(prog):
        yield (
            hexa(mount), hexa(mount.mnt.mnt_sb), text(mount_fstype(mount)), text(mount_src(mount)), text(mount_dst(mount)),
        )


def our_mounts(answers):
    for mount in answers("mount"):
        yield tuple(mount[key] for key in ("address", "superblock", "type", "device", "directory"))


def files():
    for task in all_tasks():
        for descriptor, file in for_each_file(task):
            if not file:
                continue
            kind = decode_file_type(file.f_inode.i_mode)
            path = "" if kind == "SOCK" else text(d_path(file.f_path))
            yield hexa(task), descriptor, hexa(file), hexa(file.f_path.dentry), hexa(file.f_inode), kind, path


def our_files(answers):
    for task in answers("files"):
        for file in task["files"]:
            kind = file["type"]
            path = "" if kind == "SOCK" else file["path"]
            yield task["address"], file["descriptor"], file["file"], file["dentry"], file["inode"], kind, path


def areas():
    for task in all_tasks():
        if task.mm:
            for area in for_each_vma(task.mm):
                yield hexa(task), hexa(area), hexa(area.vm_start), hexa(area.vm_end), hexa(area.vm_flags)


def our_areas(answers):
    for task in answers("vm"):
        for area in task["areas"]:
            yield task["address"], area["address"], area["start"], area["end"], area["flags"]


def counters():
    for kind, name, read in (
        ("zones", "enum zone_stat_item", global_zone_page_state),
        ("nodes", "enum node_stat_item", global_node_page_state),
        ("events", "enum vm_event_item", global_vm_event_state),
    ):
        for counter, item in prog.type(name).enumerators:
            if not counter.startswith("NR_VM_") and not counter.endswith("_BASE"):
                yield kind, counter, read(prog, item)


def our_counters(answers):
    for counter in answers("kmem-V"):
        yield counter["of"], counter["counter"], counter["value"]


def figures():
    yield "TOTAL MEM", totalram_pages(prog)
    yield "FREE", global_zone_page_state(prog, prog["NR_FREE_PAGES"])
    yield "BUFFERS", nr_blockdev_pages(prog)
    # Disks' own pages and those in swap are not pages of files; crash counts so too.
    yield "CACHED", global_node_page_state(prog, prog["NR_FILE_PAGES"]) - nr_blockdev_pages(prog) - total_swapcache_pages(prog)
    yield "ANONYMOUS", global_node_page_state(prog, prog["NR_ANON_MAPPED"])
    yield "SHARED", global_node_page_state(prog, prog["NR_SHMEM"])
    yield "SLAB", sum(
        global_node_page_state(prog, prog[name]) for name in ("NR_SLAB_RECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE_B"))
    yield "COMMITTED", percpu_counter_sum(prog["vm_committed_as"].address_of_())


def our_figures(answers):
    wanted = {name for name, _ in figures()}
    for row in answers("kmem-i"):
        if row["what"] in wanted:
            yield row["what"], row["pages"]


def slabs():
    for cache in for_each_slab_cache(prog):
        usage = slab_cache_usage(cache)
        yield (
            hexa(cache), text(cache.name.string_()), cache.object_size.value_(), usage.num_slabs, usage.num_objs,
        )


def our_slabs(answers):
    for cache in answers("kmem-s"):
        yield cache["cache"], cache["name"], cache["objsize"], cache["slabs"], cache["total"]


def objects():
    for cache in for_each_slab_cache(prog):
        if cache.name.string_() == b"task_struct":
            yield from map(hexa, slab_cache_for_each_allocated_object(cache, "struct task_struct"))


def our_objects(answers):
    for row in answers("kmem-Stask_struct"):
        if row["state"] == "allocated":
            yield row["object"]


def vmalloc():
    for area in for_each_vmap_area(prog):
        yield hexa(area), hexa(area.va_start), hexa(area.va_end)


def our_vmalloc(answers):
    for area in answers("kmem-v"):
        yield area["vmap_area"], area["start"], area["end"]


def per_cpu_offsets():
    for cpu in for_each_online_cpu(prog):
        yield cpu, hexa(prog["__per_cpu_offset"][cpu])


def our_per_cpu_offsets(answers):
    for row in answers("kmem-o"):
        yield row["cpu"], row["offset"]


def interrupts():
    for number, description in for_each_irq_desc(prog):
        for name in irq_desc_action_names(description):
            yield number, hexa(description), text(name)


def our_interrupts(answers):
    for row in answers("irq-u"):
        yield row["irq"], row["irq_desc"], row["name"]


def timers():
    for cpu in for_each_online_cpu(prog):
        for base in per_cpu(prog["timer_bases"], cpu):
            for timer in timer_base_for_each(base.address_of_()):
                yield cpu, hexa(timer), timer.expires.value_()


def our_timers(answers):
    for row in answers("timer"):
        yield row["cpu"], row["timer"], row["expires"]


def fine_timers():
    for cpu in for_each_online_cpu(prog):
        for base in per_cpu(prog["hrtimer_bases"], cpu).clock_base:
            for timer in hrtimer_clock_base_for_each(base.address_of_()):
                yield cpu, hexa(timer)


def our_fine_timers(answers):
    for row in answers("timer-r"):
        yield row["cpu"], row["timer"]


def devices():
    for device in for_each_netdev(prog["init_net"].address_of_()):
        yield hexa(device), text(netdev_name(device)), device.mtu.value_()


def our_devices(answers):
    for row in answers("net"):
        yield row["net_device"], row["name"], row["mtu"]


def structs():
    """Of the structs that we name: names that several structs share we do not."""
    for line in layouts(sys.argv[3]):
        name = line.split()[0]
        try:
            kind = prog.type("struct " + name)
        except LookupError:
            continue
        if kind.is_complete():
            yield layout(name, kind)


def layout(name, kind):
    members = []
    for member in kind.members:
        members.append("%s:%d:%s" % (member.name or "", member.bit_offset, member.bit_field_size or 0))
    return " ".join([name, str(sizeof(kind))] + members)


def layouts(directory):
    with open(directory + "/structs") as file:
        return file.read().splitlines()


def our_structs(answers):
    known = {line.split()[0] for line in structs()}
    for line in layouts(answers.directory):
        if line.split()[0] in known:
            yield line


def translations():
    """The first page of each area of user memory: all page tables of all processes."""
    for task in for_each_task(prog):
        if task.mm and task.pid == task.tgid:
            for area in for_each_vma(task.mm):
                try:
                    physical = hexa(follow_phys(task.mm, area.vm_start))
                except drgn.FaultError:
                    physical = None
                yield hexa(task), hexa(area.vm_start), physical


def our_translations(answers):
    with open(answers.directory + "/translations") as file:
        for line in file:
            task, start, physical = line.split()
            yield task, start, None if physical == "-" else physical


class Answers:
    def __init__(self, directory):
        self.directory = directory
        self.read = {}

    def __call__(self, name):
        if name not in self.read:
            with open("%s/%s.json" % (self.directory, name)) as file:
                self.read[name] = json.load(file)
        return self.read[name]


def compare(section, theirs, answers, ours):
    print(section, os.path.basename(answers.directory), len(theirs), len(ours), len(theirs & ours))
    for sign, only in (("<", theirs - ours), (">", ours - theirs)):
        for item in sorted(only, key=str)[:MOST_SHOWN]:
            print(sign, item)


SECTIONS = (
    ("tasks", tasks, our_tasks),
    ("sizes", sizes, our_sizes),
    ("stacks", stacks, our_stacks),
    ("modules", modules, our_modules),
    ("module-symbols", module_symbols, our_module_symbols),
    ("symbols", symbols, our_symbols),
    ("log", log, our_log),
    ("mounts", mounts, our_mounts),
    ("files", files, our_files),
    ("areas", areas, our_areas),
    ("counters", counters, our_counters),
    ("figures", figures, our_figures),
    ("slabs", slabs, our_slabs),
    ("objects", objects, our_objects),
    ("vmalloc", vmalloc, our_vmalloc),
    ("per-cpu", per_cpu_offsets, our_per_cpu_offsets),
    ("interrupts", interrupts, our_interrupts),
    ("timers", timers, our_timers),
    ("fine-timers", fine_timers, our_fine_timers),
    ("devices", devices, our_devices),
    ("structs", structs, our_structs),
    ("translations", translations, our_translations),
)

every = [Answers(directory) for directory in sys.argv[3:]]
for section, theirs, ours in SECTIONS:
    try:
        known = set(theirs())
    except Exception as error:
        print("FAILED", section, type(error).__name__, str(error).replace("\n", " "))
        continue
    for answers in every:
        compare(section, known, answers, set(ours(answers)))
