# SPDX-License-Identifier: BSD-2-Clause
"""The image as others start it: in place of a Linux kernel, at any address; and as a function."""
import random
import re
import struct

import cycles
import loaders
import pytest
import ram
import starts
from omlab import fdt, guest, qemu

STEPS = ("pmsg hello", "panic")
RECORDS = ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"]
RAM_BASE, RAM_END = 0x40000000, 0x60000000
# Where a kernel's region is that one of these entries has planned: below the boot loader's memory.
REGION = "oopsmon.region=2M@0x5be00000"
SEED = 6


@pytest.fixture(scope="session")
def zimage_form(build):
    return (build / "qemu-virt" / "oopsmon-qemu-virt.zimage").read_bytes()


@pytest.fixture
def loaded(warm, zimage_form, tmp_path):
    """loaded(rows, address, …): a machine whose loader puts the image there and starts it."""
    def make(rows, address, more="", dtb=ram.DTB, table=0, **parts):
        flash = loaders.flash(tmp_path, zimage_form, address, dtb, table=table)
        return warm(rows, more, bios=flash, **parts)
    return make


def addresses(bytes_, page_at):
    """Twenty places; half of them are no multiple of more than 4."""
    dice = random.Random(SEED)
    out = [page_at - bytes_, page_at - bytes_ - 4, page_at - bytes_ - 0x3ffc,  # below evidence
           RAM_BASE + 0x8000, RAM_BASE + 0x10000]  # where zImages go by custom
    while len(out) < 12:
        out.append(dice.randrange(RAM_BASE + (1 << 20), page_at - bytes_, 4) | 4)
    while len(out) < 20:
        out.append(dice.randrange(RAM_BASE + (1 << 20), page_at - bytes_, 4096))
    return out


PLACES = range(20)
# those by custom and beside evidence, and some of the others, at odd places and at even ones
FIRST = (0, 1, 2, 3, 4, 5, 6, 12, 13)


@pytest.mark.parametrize("place", cycles.cells(PLACES, *FIRST))
def test_as_linux(loaded, capture, zimage_form, place):
    """The crash is reported, Linux starts, and all but the image's file is as it was."""
    crash = capture(*STEPS, more=REGION)
    address = addresses(len(zimage_form), crash.page_at)[place]
    machine = loaded(crash.rows, address)
    start = starts.wait(machine, starts.PANIC, 2)
    assert list(start.records) == RECORDS, hex(address)
    assert start.records["pmsg-ramoops-0"] == b"hello\n"
    assert b"Kernel panic - not syncing: sysrq" in start.records["dmesg-ramoops-0"]
    assert start.base == crash.base


def test_addresses(zimage_form, capture):
    """That is: what the test above says of its places is true."""
    crash = capture(*STEPS, more=REGION)
    places = addresses(len(zimage_form), crash.page_at)
    assert len(set(places)) == len(PLACES) == 20
    assert sum(at % 8 == 4 for at in places) >= 8 and all(at % 4 == 0 for at in places)
    assert all(RAM_BASE < at and at + len(zimage_form) <= crash.page_at for at in places)


@pytest.mark.parametrize("parts", [{}, {"machine": "virt,virtualization=on"}], ids=["svc", "hyp"])
def test_all_the_way(loaded, capture, parts):
    """Linux finds the same records, and after a clean reboot the loader starts us again."""
    crash = capture(*STEPS, more=REGION)
    machine = loaded(crash.rows, 0x42000004, **parts)
    start = starts.boot(machine, starts.PANIC, 2)
    starts.compare(start, guest.pstore(machine))
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain


@pytest.mark.parametrize("parts", [{}, {"machine": "virt,virtualization=on"}], ids=["svc", "hyp"])
def test_caches_on(loaded, capture, parts):
    """A loader that does not keep to the protocol: said, and all goes on."""
    crash = capture(*STEPS, more=REGION)
    machine = loaded(crash.rows, 0x42000004, table=0x5e000000, **parts)
    start = starts.boot(machine, starts.PANIC, 2, [411])
    starts.compare(start, guest.pstore(machine))


def test_no_tree(loaded):
    """A loader that gives no tree: said, and the console answers."""
    machine = loaded([], 0x42000000, dtb=0)
    machine.expect("^oopsmon: E101 no device tree at 0x0: ")
    machine.expect("^oopsmon: halted: no device tree")


# ---- called -----------------------------------------------------------------------------
BACK = rb"back: ([0-9a-f]{8}), wrong: ([0-9a-f]{8}), last: ([0-9a-f]{8})"


@pytest.fixture
def called(warm, build, tmp_path):
    """called(rows, address, …): a machine whose stub calls the image there, with a tree's address."""
    def make(rows, address, more="", dtb=f"{ram.DTB:x}", argc=2, **parts):
        form = (build / "qemu-virt" / "oopsmon-qemu-virt.go").read_bytes()
        words = struct.pack("<3I8sI", address, len(form), argc, dtb.encode(), loaders.FILE_AT)
        path = tmp_path / "caller.bin"
        path.write_bytes((loaders.assembled("call_stub", tmp_path) + words).ljust(loaders.FILE_AT, b"\0") + form)
        return warm(rows, more, bios=path, **parts)
    return make


MODES = [("svc", {}), ("hyp", {"machine": "virt,virtualization=on"}), ("a7", {"cpu": "cortex-a7"})]


@pytest.mark.parametrize("parts", [m[1] for m in MODES], ids=[m[0] for m in MODES])
@pytest.mark.parametrize("address", [0x42000000, 0x43000004], ids=["aligned", "by four"])
def test_as_a_function(called, capture, address, parts):
    """The crash, of a kernel whose region was placed by a start from flash, is reported, and the
    caller goes on with every register as it was."""
    crash = capture(*STEPS)
    machine = called(crash.rows, address, **parts)
    machine.expect(starts.PANIC)
    machine.expect("^back: ")
    machine.quiet_for(0.3)
    back = re.search(BACK, machine.log)
    assert [int(part, 16) for part in back.groups()[:2]] == [1, 0], back[0]
    start = starts.parse(machine.log)
    assert list(start.records) == RECORDS and start.boot == 2
    assert machine.read_physical(crash.base, len(crash.region)) == crash.region


# What a caller has in RAM, U-Boot's as it is on this board: (first, end, bytes between samples).
CALLERS = [(0x40400000, 0x42000000, 0x4000),  # kernel_addr_r; also the last kernel's log
           (0x44000000, 0x48000000, 0x40000),  # ramdisk_addr_r
           (0x5c000000, 0x5e000000, 0x40000), (0x5e040000, 0x60000000, 0x40000)]  # U-Boot itself


def test_called_leaves_what_is_loaded(called, capture):
    """What the caller has loaded, and the caller, are whole when it goes on."""
    crash = capture(*STEPS, more=REGION)
    there = [(at, struct.pack("<I", at) * 16)
             for first, end, step in CALLERS for at in range(first, end, step)]
    machine = called([*crash.rows, *there], 0x42000000)
    machine.expect(starts.PANIC)
    machine.expect("^back: 00000001, wrong: 00000000")
    machine.quiet_for(0.3)
    assert list(starts.parse(machine.log).records) == RECORDS
    for first, end, step in CALLERS:
        data = machine.read_physical(first, end - first)
        assert all(data[at - first:at - first + 64] == struct.pack("<I", at) * 16
                   for at in range(first, end, step)), hex(first)


@pytest.mark.parametrize("argc", [1, 2])
def test_called_without_a_tree(called, argc):
    """There is nothing to go by: said, and the caller is told so."""
    machine = called([], 0x42000000, dtb="0", argc=argc)
    machine.expect("^oopsmon: E101 no device tree")
    machine.expect("^back: 00000003, wrong: 00000000")


# ---- called: the caller's tree -----------------------------------------------------------
@pytest.fixture(scope="session")
def tree():
    """QEMU's tree, and nothing after it."""
    return fdt.build(fdt.parse(qemu.dump_dtb(qemu.command())))


def nodes(machine, at, bytes_):
    """Names below /reserved-memory in the caller's tree."""
    reserved = fdt.parse(machine.read_physical(at, bytes_)).find("/reserved-memory")
    return sorted(node.name.partition("@")[0] for node in reserved.nodes) if reserved else []


def with_size(blob, bytes_):
    """The same with that much room, as `fdt resize` makes it."""
    return (blob[:4] + struct.pack(">I", bytes_) + blob[8:]).ljust(bytes_, b"\0")


@pytest.mark.parametrize("at, room", [(0x44000000, 4096), (0x44000004, 4096), (0x44000000, 0),
                                      (0x44000004, 100)])
def test_called_patches_the_tree(called, capture, tree, at, room):
    """The carve-out is in the caller's tree afterwards; without room the tree is as it was. A tree may
    be at any multiple of four."""
    crash = capture(*STEPS)
    there = with_size(tree, (len(tree) + room + 3) & ~3)
    machine = called([*crash.rows, (at, there)], 0x42000000, dtb=f"{at:x}")
    machine.expect(starts.PANIC)
    machine.expect("^back: 00000001, wrong: 00000000")
    machine.quiet_for(0.3)
    start = starts.parse(machine.log)
    if room == 4096:
        assert not start.codes and nodes(machine, at, len(there)) == ["oopsmon", "ramoops"]
        assert machine.read_physical(at, 8) == there[:8]
    else:
        assert start.codes == [106], start.lines
        assert machine.read_physical(at, len(there)) == there
