# SPDX-License-Identifier: BSD-2-Clause
"""The laboratory itself, without the monitor: a real Linux with a hand-made ramoops node
crashes, is reset and reads its own records; files come over the serial line unharmed."""
import gzip

import pytest
from omlab import fdt, guest, initrd as disk, qemu

ADDRESS, SIZE = 0x5FA00000, 0x200000
SPARE = ADDRESS + 0x108000  # inside a record that is never written


@pytest.fixture
def bare(machine, tmp_path, zimage, initrd):
    """A machine that boots Linux directly, with a ramoops node of our own."""
    words = qemu.command(kernel=zimage, initrd=initrd)
    tree = fdt.parse(qemu.dump_dtb(words))
    fdt.add_ramoops(tree, ADDRESS, SIZE, record_size=0x10000, console_size=0x20000,
                    ftrace_size=0x8000, pmsg_size=0x8000, ecc_size=16, flags=1)
    (tmp_path / "dtb").write_bytes(fdt.build(tree, slack=0x1000))
    return machine(bios=None, dtb=tmp_path / "dtb")


def test_panic_and_read(bare):
    guest.ready(bare)
    assert b"started in SVC mode" in guest.step(bare, "mode")
    assert b"/ramoops@5fa00000/ecc-size = 00000010\n" in guest.step(bare, "dt")
    assert guest.pstore(bare) == {}
    guest.step(bare, "pmsg hello")
    guest.step(bare, "ftrace")
    bare.stop_at_reset()
    guest.start(bare, "panic")
    bare.wait_reset_stop()
    assert bare.read_physical(ADDRESS, 4) == b"DBGC"
    bare.go_on()
    guest.ready(bare)
    files = guest.pstore(bare)
    assert set(files) == {"dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0",
                          "ftrace-ramoops-0"}
    assert files["pmsg-ramoops-0"].data == b"hello\n\nECC: No errors detected\n"
    assert b"sysrq triggered crash" in files["dmesg-ramoops-0"].data
    assert files["ftrace-ramoops-0"].st_size != len(files["ftrace-ramoops-0"].data)
    guest.step(bare, "erase")
    assert guest.pstore(bare) == {}
    guest.start(bare, "poweroff")
    assert bare.wait_exit() == 0


def test_oops(bare):
    guest.ready(bare)
    assert b"Internal error: Oops" in guest.step(bare, "oops")
    guest.step(bare, "panic-on-oops")
    guest.start(bare, "oops")
    guest.ready(bare)
    assert sorted(f for f in guest.pstore(bare) if f.startswith("dmesg")) == [
        "dmesg-ramoops-0", "dmesg-ramoops-1", "dmesg-ramoops-2"]


def test_hang_reset_and_memory(bare):
    guest.ready(bare)
    guest.start(bare, "hang")
    bare.expect("^@@HANG")
    bare.write_physical(SPARE, b"kept over the reset")
    bare.reset()
    guest.ready(bare)
    bare.stop()
    assert bare.read_physical(SPARE, 19) == b"kept over the reset"


def test_debugger(machine, zimage):
    bare = machine(bios=None, kernel=zimage, stopped=True)
    with bare.debugger() as dbg:
        assert dbg.pc == 0x40000000  # QEMU's own first instructions
        dbg.step(2)
        assert dbg.pc == 0x40000008
        dbg.set_register("r5", 0x12345678)
        dbg.write(0x50000000, bytes(range(256)) * 16)
        assert dbg.read(0x50000000, 4096) == bytes(range(256)) * 16
        dbg.run_to(dbg.registers()["pc"] + 4)
        assert dbg.registers()["r5"] == 0x12345678
    guest.ready(bare)


def test_debugger_leaves(machine, zimage):
    """After leave() the machine stands still, after the `with` block it runs."""
    bare = machine(bios=None, kernel=zimage, stopped=True)
    bare.debugger().leave()
    assert not bare.qmp("query-status")["running"]
    with bare.debugger():
        pass
    guest.ready(bare)


def test_messages(machine, zimage):
    """A wait that fails says what came instead."""
    bare = machine(bios=None, kernel=zimage, initrd=None, append="console=ttyAMA0")
    with pytest.raises(qemu.MachineError, match="(?s)while waiting.*could mount root"):
        bare.expect("@@READY", 20, unless="not syncing")
    with pytest.raises(qemu.MachineError, match="no 'never' within"):
        bare.expect("never", 0.2)
    bare = machine(bios=None, kernel=zimage, initrd="no-such-file")
    with pytest.raises(qemu.MachineError, match="(?s)before QEMU ended.*no-such-file"):
        bare.expect("@@READY")


def test_icount(machine, zimage):
    """Instruction counts repeat exactly, and QEMU's own words are not in the serial log."""
    counts = []
    for _ in range(2):
        bare = machine(bios=None, kernel=zimage, machine="virt,dtb-randomness=off",
                       extra=qemu.ICOUNT, stopped=True)
        with bare.debugger() as dbg:
            dbg.run_to(0x40008000)  # where the kernel has unpacked itself
            counts.append(bare.instructions())
            assert bare.log == b""
    assert counts[0] == counts[1] > 1000000


def test_initrd_is_reproducible(build, initrd):
    data = disk.guest_of(build / "kernel")
    assert data == initrd.read_bytes()
    archive = gzip.decompress(data)
    assert archive[:6] == b"070701" and b"TRAILER!!!" in archive[-128:]
    assert len(data) < 1 << 20


def test_device_trees(dtbs):
    """Parsed and built again, real boards' trees say the same."""
    for path in sorted(dtbs.glob("*.dtb")):
        tree = fdt.parse(path.read_bytes())
        again = fdt.parse(fdt.build(tree))
        assert again.reserve == tree.reserve
        for (here, a), (there, b) in zip(tree.root.walk(), again.root.walk(), strict=True):
            assert (here, a.props) == (there, b.props), path.name
    assert len(list(dtbs.glob("*.dtb"))) >= 20
