# SPDX-License-Identifier: BSD-2-Clause
"""Device trees as others make them, and broken ones. Every tree here is full to the brim."""
import random
import re

import pytest
import ram
import starts
from omlab import fdt, guest, qemu

C = fdt.cells
SIZES = {"record_size": 0x10000, "console_size": 0x20000, "pmsg_size": 0x10000,
         "ftrace_size": 0x10000, "ecc_size": 8, "flags": 1}


@pytest.fixture(scope="session")
def plain_tree():
    """QEMU's own tree for this board, as bytes without slack."""
    return fdt.build(fdt.parse(qemu.dump_dtb(qemu.command())))


def reserved(tree, cells=2, **more):
    return tree.root.add("reserved-memory", {"#address-cells": C(cells), "#size-cells": C(cells),
                                             "ranges": b"", **more})


def without(tree, name):
    tree.root.nodes = [n for n in tree.root.nodes if not n.name.startswith(name)]


def stdout_options(tree):
    tree.find("/chosen").props["stdout-path"] = fdt.text("/pl011@9000000:115200n8")


def stdout_alias(tree):
    tree.root.add("aliases", {"serial0": fdt.text("/pl011@9000000")})
    tree.find("/chosen").props["stdout-path"] = fdt.text("serial0:115200n8")


def stdout_missing(tree):
    tree.find("/chosen").props.pop("stdout-path", None)


def stdout_nowhere(tree):
    tree.find("/chosen").props["stdout-path"] = fdt.text("/nowhere@1:9600")


def stdout_no_uart(tree):
    tree.find("/chosen").props["stdout-path"] = fdt.text("/psci")


def no_chosen(tree):
    without(tree, "chosen")


def initrd_there(tree):
    tree.find("/chosen").props.update({"linux,initrd-start": C(0x5fc00000),
                                       "linux,initrd-end": C(0x5fd00000)})


def node(tree):
    fdt.add_ramoops(tree, 0x50000000, 0x100000, **SIZES)


def node_empty(tree):
    fdt.add_ramoops(tree, 0x50000000, 0x100000)


def node_cached(tree):
    fdt.add_ramoops(tree, 0x50000000, 0x100000, **SIZES, mem_type=2)


def node_old_form(tree):
    tree.root.add("ramoops@50000000", {"compatible": fdt.text("ramoops"),
                                       "reg": C(0, 0x50000000, 0, 0x100000),
                                       "record-size": C(0x10000), "console-size": C(0x10000)})


def node_in_the_way(tree):
    fdt.add_ramoops(tree, 0x40100000, 0x100000, **SIZES)


def node_twice(tree):
    node(tree)
    fdt.add_ramoops(tree, 0x51000000, 0x100000, **SIZES)


def node_in_a_hole(tree):
    fdt.add_ramoops(tree, 0x80000000, 0x100000, **SIZES)


def other_cells(tree):
    reserved(tree, 1).add("other@50000000", {"reg": C(0x50000000, 0x1000), "no-map": b""})


def no_ranges(tree):
    del reserved(tree).props["ranges"]
    tree.find("/reserved-memory").add("other@50000000", {"reg": C(0, 0x50000000, 0, 0x1000),
                                                         "no-map": b""})


def child_where_we_go(tree):
    reserved(tree).add("other@5f000000", {"reg": C(0, 0x5f000000, 0, 0x1000000), "no-map": b""})


def memreserve_below_kernel(tree):
    tree.reserve.append((0x40100000, 0x1000))


#: Linux has ramoops built in: these decide, and it refuses a node beside them.
PARAMETERS = ("ramoops.mem_address=0x52000000 ramoops.mem_size=0x100000 "
              "ramoops.record_size=0x8000 ramoops.console_size=0x20000 ramoops.ecc=1")


def child_of_its_own(tree):
    reserved(tree).add("log@52000000", {"reg": C(0, 0x52000000, 0, 0x100000), "no-map": b""})


def no_psci(tree):
    without(tree, "psci")


# change of the tree, kernel parameters, region's address, notices
ROWS = [
    (stdout_options, "", 0x5fc00000, []),
    (stdout_alias, "", 0x5fc00000, []),
    (stdout_missing, "", 0x5fc00000, []),
    (stdout_nowhere, "", 0x5fc00000, [107]),
    (stdout_no_uart, "", 0x5fc00000, [107]),
    (no_chosen, "", 0x5fc00000, []),
    (initrd_there, "", 0x5fa00000, []),
    (node, "", 0x50000000, []),
    (node, "oopsmon.region=2M@0x52000000 oopsmon.console_size=64K", 0x50000000, [207]),
    (node_empty, "", 0x50000000, [204]),
    (node_cached, "", 0x50000000, [214]),
    (node_old_form, "", 0x50000000, []),
    (node_in_the_way, "", 0x5fc00000, [203]),
    (node_twice, "", 0x50000000, [210]),
    (node_in_a_hole, "", 0, [901, 902, 213]),
    (other_cells, "", 0x5fc00000, [209]),
    (no_ranges, "", 0x5fc00000, []),
    (child_where_we_go, "", 0x5ee00000, []),
    (memreserve_below_kernel, "", 0x5fc00000, [406]),
    (no_psci, "", 0x5fc00000, []),
    (lambda tree: without(tree, "memory"), "mem=128M@0x40000000", 0x47c00000, []),
    (lambda tree: None, "oopsmon.region=2M@0x40100000", 0x5fc00000, [207]),
    (lambda tree: None, "oopsmon.region=900M", 0x5fc00000, [207]),
    (lambda tree: None, "oopsmon.region=big oopsmon.record_size=40K", 0x5fc00000, [205, 208]),
    (lambda tree: None, "oopsmon.console_size=8M", 0x5fc00000, [206]),
    (lambda tree: None, PARAMETERS, 0x52000000, []),
    (node, PARAMETERS, 0x52000000, [223]),
    (child_of_its_own, PARAMETERS, 0x52000000, []),
    (node, PARAMETERS.replace("0x100000", "1M"), 0x50000000, [219, 220]),
    (lambda tree: None, "oopsmon.regoin=1M", 0x5fc00000, [218]),
    (lambda tree: None, "long.word=" + "x" * 2100, 0x5fc00000, [407]),
]


@pytest.mark.parametrize("change, more, base, notices", ROWS,
                         ids=[f"{r[0].__name__} {r[1][:30]}".strip() for r in ROWS])
def test_tree(warm, plain_tree, change, more, base, notices):
    """One line for what is odd, the region where it was promised, and Linux."""
    tree = fdt.parse(plain_tree)
    change(tree)
    machine = warm([(ram.DTB, fdt.build(tree))], more)
    start = starts.wait(machine, notices=notices)
    assert start.base == base, start.lines
    guest.ready(machine, unless="not syncing")
    assert b"panic=-1" in guest.step(machine, "cmdline")
    used = b"ramoops: using 0x%x@0x%x" % (start.size, base) in machine.log
    assert used == (base != 0)
    registers = [line for line in start.lines if line.startswith("oopsmon:   r")]
    assert len(start.lines) == 1 + len(notices) + len(registers), start.lines


def reset_by(machine, action, rows):
    """What Linux does ends in a reset; @rows are in RAM then: QEMU puts its own tree at each."""
    machine.stop_at_reset()
    guest.start(machine, action)
    machine.wait_reset_stop()
    machine.stop_at_reset(False)
    machine.reset()
    machine.wait_event("RESET")
    with machine.debugger() as dbg:
        ram.fill(dbg, rows)


def panic_and_reset(machine, tree):
    """A crash, a reset, and the board's own tree there again."""
    guest.step(machine, "pmsg hello")
    reset_by(machine, "panic", tree)


def test_crash_in_a_given_node(virt, plain_tree):
    """A node that the board's tree has is used, over a crash and a reset."""
    tree = fdt.parse(plain_tree)
    node(tree)
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, fdt.build(tree))])
    starts.boot(machine, starts.COLD, 1)
    panic_and_reset(machine, [(ram.DTB, fdt.build(tree))])
    start = starts.boot(machine, starts.PANIC, 2)
    assert start.base == 0x50000000
    starts.compare(start, guest.pstore(machine), ecc=8)


@pytest.mark.parametrize("change", [lambda tree: None, node], ids=["alone", "against a node"])
def test_crash_where_parameters_say(virt, plain_tree, change):
    """Built in, Linux writes where ramoops.* say, whatever the tree has: it is read there."""
    tree = fdt.parse(plain_tree)
    change(tree)
    tree = [(ram.DTB, fdt.build(tree))]
    notices = [223] if change is node else []
    machine = virt(PARAMETERS, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, tree)
    starts.wait(machine, starts.COLD, 1, notices)
    guest.ready(machine, unless="not syncing")
    assert b"ramoops: using module parameters" in machine.log
    assert b"ramoops: already initialized" in machine.log  # that is how it refuses the node
    panic_and_reset(machine, tree)
    start = starts.wait(machine, starts.PANIC, 2, notices)
    guest.ready(machine, unless="not syncing")
    assert start.base == 0x52000000
    starts.compare(start, guest.pstore(machine), ecc=16)


def test_records_at_the_old_place(virt, plain_tree, capture):
    """The first start with a monitor that moves the tree's node: what an earlier kernel left at
    the old place is shown, once."""
    crash = capture("panic")
    tree = fdt.parse(plain_tree)
    fdt.add_ramoops(tree, 0x50000000, 0x200000, record_size=0x10000, console_size=0x40000,
                    pmsg_size=0x20000, ftrace_size=0x20000, ecc_size=16, flags=1)
    blob = fdt.build(tree)
    machine = virt("crashkernel=1M@0x50080000", stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, blob), (0x50000000, crash.region)])
    start = starts.wait(machine, starts.UNVERIFIED, 1, [301, 203])
    assert start.base == 0x5fc00000
    assert "dmesg-ramoops-0" in start.records
    guest.ready(machine, unless="not syncing")
    reset_by(machine, "reboot-clean", [(ram.DTB, blob), (0x50000000, crash.region)])
    start = starts.wait(machine, starts.CLEAN, 2, [203])
    assert not start.records


NAMED = ("reserve_mem=2M:4096:oops ramoops.mem_name=oops ramoops.record_size=65536 "
         "ramoops.console_size=262144 ramoops.ftrace_size=131072 ramoops.pmsg_size=131072 ramoops.ecc=16")


def test_crash_where_reserve_mem_put_it(virt, plain_tree, capture, build, tmp_path):
    """Linux 6.12 chooses the place: it is looked for in RAM, from the top, and read there, once.
    This kernel knows no reserve_mem=, so the region is one that a debugger puts there."""
    crash, there = capture("pmsg hello", "panic"), 0x5e7f3000
    machine = virt(NAMED, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, plain_tree)])
    starts.wait(machine, starts.COLD, 1, [224])
    guest.ready(machine, unless="not syncing")
    for number, verdict, notices in ((2, starts.PANIC, [226, 224]), (3, starts.NO_NEWS, [226, 224])):
        reset_by(machine, "reboot-clean", [(ram.DTB, plain_tree), (there, crash.region)])
        start = starts.wait(machine, verdict, number, notices)
        assert dict(start.notices)[226].endswith(f"at 0x{there:08x}")
        assert bool(start.records) == (number == 2)
        guest.ready(machine, unless="not syncing")


def uart_off_its_address(tree):
    tree.find("/pl011").props["reg"] = C(0, 0x90000ff, 0, 0x1000)


def test_end_of_small_memory(warm):
    """A node off Linux's 2 MiB sections at the end of RAM: the initrd keeps clear of what
    Linux then gives up."""
    tree = fdt.parse(qemu.dump_dtb(qemu.command(memory=64)))
    fdt.add_ramoops(tree, 0x43f00000, 0x100000, **SIZES)
    machine = warm([(ram.DTB, fdt.build(tree))], memory=64)
    assert starts.boot(machine, starts.COLD, 1).is_plain


SAYS = [
    ("UART at an odd address", uart_off_its_address, [103]),
    ("no memory", lambda tree: without(tree, "memory"), [202]),
    ("no UART", lambda tree: without(tree, "pl011"), [103]),
]


@pytest.mark.parametrize("change, notices", [s[1:] for s in SAYS], ids=[s[0] for s in SAYS])
def test_linux_cannot_print(virt, symbols, plain_tree, change, notices):
    """Where Linux itself has no RAM or no console it is entered all the same."""
    tree = fdt.parse(plain_tree)
    change(tree)
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, fdt.build(tree))])
        dbg.run_to(symbols["leave"])
        machine.quiet_for(0.1)
        start = starts.parse(machine.log)
    assert start.codes == notices and len(start.lines) == 1 + len(notices), start.lines


def broken(blob, seed):
    """The tree with some bytes of its header, structure or strings changed."""
    dice = random.Random(seed)
    out = bytearray(blob)
    first, last = dice.choice(((0, 40), (56, len(out)), (56, len(out)), (len(out) - 900, len(out))))
    for _ in range(dice.choice((1, 2, 8, 60))):
        at = dice.randrange(first, last)
        out[at] = dice.choice((out[at] ^ 1 << dice.randrange(8), 0, 0xff, dice.randrange(256)))
    return bytes(out)


# A tree can name an address where no device is; nothing else may fault.
DEVICE_FAULT = re.compile("data abort while reading the (device tree|command line):")


def run_broken(machine, dbg, symbols, blob):
    """One start with this tree, up to Linux or the halt; returns the function reached."""
    ram.fill(dbg, [(ram.DTB, blob)])
    ends = {symbols[name] & ~1: name for name in ("leave", "halt", "app_fault_reset")}
    for address in ends:
        dbg.breakpoint(address)
    dbg.cont()
    dbg.wait_stop(10)
    for address in ends:
        dbg.breakpoint(address, False)
    return ends[dbg.pc]


def test_broken(virt, symbols, plain_tree):
    """Any bytes may be changed: Linux, or a halt that says why; no silence, no reset."""
    machine = virt(stopped=True)
    reached = []
    with machine.debugger() as dbg:
        for seed in range(60):
            begin = len(machine.log)
            reached.append(run_broken(machine, dbg, symbols, broken(plain_tree, seed)))
            machine.quiet_for(0.03)
            start = starts.parse(machine.log[begin:])
            assert reached[-1] != "app_fault_reset", (seed, start.lines)
            faults = [text for code, text in start.notices if code == 901]
            assert all(DEVICE_FAULT.match(text) for text in faults), (seed, start.lines)
            assert start.verdict or {101, 102} & set(start.codes), (seed, start.lines)
            if reached[-1] == "halt":
                assert any(c in (101, 102) or 400 <= c < 500 for c in start.codes), (seed, start.lines)
            machine.reset()
            machine.wait_event("RESET")
    assert 5 < reached.count("halt") < 55
