# SPDX-License-Identifier: BSD-2-Clause
"""Good starts: what the console carries, what Linux gets, how memory is mapped meanwhile."""
import re
import struct

import pytest
import ram
import starts
from omlab import guest

MIB = 1 << 20


def check_node(machine, start):
    """Linux has the region and the retained page reserved, and nobody else has them."""
    node = starts.node(machine)
    region, page = f"./ramoops@{start.base:x}", f"./oopsmon@{ram.page_address(machine):x}"
    assert node[f"{region}/reg"] == f"{start.base:016x}{start.size:016x}"
    assert f"{region}/no-map" in node and f"{page}/no-map" in node
    for line in guest.step(machine, "iomem").decode().splitlines():
        what = re.match(r"\s*([0-9a-f]+)-([0-9a-f]+) : (.*)", line)
        first, last = int(what.group(1), 16), int(what.group(2), 16)
        if what.group(3).startswith("ramoops"):
            assert start.base <= first and last < start.base + start.size
        else:
            assert last < ram.page_address(machine) or first >= start.base + start.size, line


def test_three_starts(virt):
    """Cold, after a clean reboot, after a power-off: one line each, and counted."""
    machine = virt()
    start = starts.boot(machine, starts.COLD, 1)
    assert start.is_plain and start.base % (2 * MIB) == 0 and start.size == 2 * MIB
    assert machine.log.startswith(b"oopsmon ")
    check_node(machine, start)
    for number in (2, 3):
        guest.start(machine, "reboot-clean")
        start = starts.boot(machine, starts.CLEAN, number)
        assert start.is_plain
    guest.start(machine, "poweroff")
    assert machine.wait_exit() == 0


# Near the end of RAM, whose last 2 MiB are Linux's; or of the 32-bit address space.
MEMORY = [(64, 0x43c00000), (96, 0x45c00000), (128, 0x47c00000), (256, 0x4fc00000),
          (1024, 0x7fc00000), (3072, 0xffc00000), (4096, 0xffc00000)]


@pytest.mark.parametrize("mib, base", MEMORY)
def test_memory(virt, mib, base):
    """The carve-out is at the end of RAM, and Linux, initrd and tree keep clear of it."""
    machine = virt(memory=mib)
    start = starts.boot(machine, starts.COLD, 1)
    assert start.is_plain and start.base == base
    check_node(machine, start)
    guest.start(machine, "panic")
    start = starts.boot(machine, starts.PANIC, 2)
    starts.compare(start, guest.pstore(machine))


MODES = [
    ("svc", {}, "SVC", 1),
    ("hyp", {"machine": "virt,virtualization=on"}, "HYP", 1),
    ("four", {"extra": ("-smp", "4")}, "SVC", 4),
    ("hyp-four", {"machine": "virt,virtualization=on", "extra": ("-smp", "4")}, "HYP", 4),
    ("a7", {"cpu": "cortex-a7"}, "SVC", 1),
]


@pytest.mark.parametrize("parts, mode, cpus", [m[1:] for m in MODES], ids=[m[0] for m in MODES])
def test_mode(virt, parts, mode, cpus):
    """Linux gets the CPUs as they were at reset, before and after a crash."""
    machine = virt("oopsmon.ecc_size=0", **parts)
    expected = b"CPU: All CPU(s) started in %s mode." % mode.encode()
    assert starts.boot(machine, starts.COLD, 1).is_plain
    assert expected in guest.step(machine, "mode")
    guest.step(machine, "ftrace")
    guest.start(machine, "panic")
    start = starts.boot(machine, starts.PANIC, 2)
    said = guest.step(machine, "mode")
    assert expected in said and b"\n%d\n" % cpus in said
    assert "ftrace-ramoops-0" in start.records
    starts.compare(start, guest.pstore(machine), ecc=0)


# ---- the memory map while records are read ---------------------------------------------
NONE = "fault"


def entry(tables, address):
    """How an address is mapped by ARMv7 short descriptors: (access, execute, memory)."""
    first = int.from_bytes(tables.read(tables.base + (address >> 20) * 4, 4), "little")
    if first & 3 == 2:
        bits = (first >> 12 & 7, first >> 2 & 3, (first >> 15 & 1) << 2 | first >> 10 & 3,
                first >> 4 & 1)
        assert first & ~0xfffff == address & ~0xfffff, "not 1:1"
    elif first & 3 == 1:
        second = int.from_bytes(tables.read((first & ~0x3ff) + (address >> 12 & 0xff) * 4, 4),
                                "little")
        if not second & 2:
            return NONE
        bits = (second >> 6 & 7, second >> 2 & 3, (second >> 9 & 1) << 2 | second >> 4 & 3,
                second & 1)
        assert second & ~0xfff == address & ~0xfff, "not 1:1"
    else:
        return NONE
    tex, cb, access, never = bits
    memory = {(1, 3): "cached", (1, 0): "uncached", (0, 1): "device"}[tex, cb]
    return ({1: "rw", 5: "ro"}[access], "no-exec" if never else "exec", memory)


class Tables:
    """Page tables in physical memory; what was read is kept."""

    def __init__(self, machine, base):
        self.base, self._machine, self._known = base, machine, {}

    def read(self, address, size):
        page = address & ~0xfff
        if page not in self._known:
            self._known[page] = self._machine.read_physical(page, 4096)
        return self._known[page][address - page:address - page + size]

    def uses(self, first, end):
        """The ways in which the pages from first to end are mapped."""
        return {entry(self, page) for page in range(first & ~0xfff, end, 4096)}


def test_memory_map(virt, capture, symbols):
    crash = capture("pmsg hello", "ftrace", "panic")
    end = crash.base + len(crash.region)
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        dbg.run_to(symbols["record_read"] & ~1)

        def check(region, page):
            tables = Tables(machine, symbols["l1"])
            own = {name: tables.uses(symbols[f"__{name}_start"], symbols[f"__{name}_end"])
                   for name in ("text", "rodata", "mmu", "bss", "guard", "stack")}
            assert own["text"] == {("ro", "exec", "cached")}
            assert own["rodata"] == {("ro", "no-exec", "cached")}
            assert own["mmu"] == own["bss"] == own["stack"] == {("rw", "no-exec", "cached")}
            assert own["guard"] == tables.uses(0, 4096) == {NONE}
            assert tables.uses(crash.base, end) == {region}
            assert tables.uses(crash.page_at, crash.page_at + 4096) == {page}
            everything = tables.uses(0, 1 << 32)
            assert ("rw", "exec", "cached") not in everything
            assert everything <= {NONE, ("ro", "exec", "cached"), ("ro", "no-exec", "cached"),
                                  ("rw", "no-exec", "cached"), ("rw", "no-exec", "device"),
                                  ("ro", "no-exec", "uncached"), ("rw", "no-exec", "uncached")}

        check(("ro", "no-exec", "uncached"), NONE)
        dbg.watchpoint(crash.page_at + 2048)  # the crashed boot wrote the first copy
        dbg.cont()
        dbg.wait_stop()
        dbg.watchpoint(crash.page_at + 2048, on=False)
        # archived, and reported next
        check(("ro", "no-exec", "uncached"), ("rw", "no-exec", "uncached"))
        dbg.run_to(symbols["leave"])
        check(NONE, NONE)
    starts.boot(machine, starts.PANIC, 2)


def test_search_maps_candidates_only(virt, symbols):
    """While the retained page is looked for, two pages of other RAM are mapped, not more."""
    looked_at = set()
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        for _ in range(4):
            dbg.run_to(symbols["retained_resembles"] & ~1)
            dbg.step()  # off the breakpoint
            pa = dbg.registers()["r0"]  # its argument
            boundary = (pa + 4096) & -(2 * MIB)
            tables = Tables(machine, symbols["l1"])
            mapped = {page for page in range(0x40200000, 0x60000000, 4096)
                      if entry(tables, page) != NONE}
            assert pa in mapped and mapped == {boundary - 4096, boundary}
            assert tables.uses(boundary - 4096, boundary + 4096) == {("ro", "no-exec", "uncached")}
            looked_at |= {pa}
        assert len(looked_at) == 4
        dbg.run_to(symbols["memory_place"] & ~1)
        assert Tables(machine, symbols["l1"]).uses(0x40200000, 0x60000000) == {NONE}
    starts.boot(machine, starts.COLD, 1)


def test_last_kernels_size(virt, capture, symbols, build):
    """The page has it, and before the records are read nothing is put where that kernel ran."""
    crash = capture("pmsg hello", "panic")
    copies = [struct.unpack_from("<12I", crash.page, at) for at in (0, 2048)]
    size = max(copies, key=lambda words: words[4])[11]  # docs/retained-page.md: 16, 44
    system_map = (build / "kernel" / "System.map").read_text()
    assert size == int(re.search(r"^([0-9a-f]+) \w _end$", system_map, re.M)[1], 16) - 0xc0000000
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        dbg.run_to(symbols["memory_plan"] & ~1)
        first_taken = dbg.registers()["r0"] + 8  # struct memory_input
        assert struct.unpack("<2Q", dbg.read(first_taken, 16)) == (0x40000000, size)
        dbg.run_to(symbols["kernel_size_step"] & ~1)
    starts.boot(machine, starts.PANIC, 2)


READ_TTBR0 = bytes.fromhex("12ee100f")  # mrc p15, 0, r0, c2, c0, 0


@pytest.mark.parametrize("cpu", ["cortex-a7", "cortex-a15"])
def test_table_walks(virt, symbols, cpu):
    """They go through the cache as the tables' own mapping does (docs/real-silicon.md)."""
    machine = virt(stopped=True, cpu=cpu)
    with machine.debugger() as dbg:
        dbg.run_to(symbols["tree_step"] & ~1)
        before = dbg.registers()
        code = dbg.read(before["pc"], 4)
        dbg.physical(True)
        dbg.write(before["pc"], READ_TTBR0)
        dbg.physical(False)
        dbg.step()
        ttbr0 = dbg.registers()["r0"]
        dbg.physical(True)
        dbg.write(before["pc"], code)
        dbg.physical(False)
        for name in ("r0", "pc"):
            dbg.set_register(name, before[name])
        # address; RGN and IRGN: write-back, write-allocate; not shareable
        assert ttbr0 == symbols["l1"] | 1 << 3 | 1 << 6
        assert entry(Tables(machine, symbols["l1"]), symbols["l1"]) == ("rw", "no-exec", "cached")
    starts.boot(machine, starts.COLD, 1)


@pytest.mark.parametrize("cpus", [1, 2])
def test_secure_world(virt, cpus):
    """Entered in the secure world, without PSCI and with all CPUs running: Linux stays there."""
    machine = virt(machine="virt,secure=on", extra=("-smp", cpus))
    assert starts.boot(machine, starts.COLD, 1).is_plain
    guest.start(machine, "panic")
    machine.expect("Kernel panic - not syncing: sysrq")
    machine.quiet_for(0.3)
    machine.reset()
    start = starts.boot(machine, starts.PANIC, 2)
    starts.compare(start, guest.pstore(machine))
