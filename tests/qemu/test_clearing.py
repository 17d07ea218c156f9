# SPDX-License-Identifier: BSD-2-Clause
"""What clearing must do so that a real Linux finds nothing: zeros in the whole zone.

No monitor here: Linux with a hand-made ramoops node leaves an Oops and a panic under ECC; the
region is cleared in one way or another and put into the RAM of a new machine, whose Linux reads.
"""
import subprocess

import pytest
from omlab import escape, fdt, guest, qemu

ADDRESS, SIZE, ECC = 0x5FA00000, 0x100000, 16
RECORD, CONSOLE = 0x10000, 0x20000
# what is left of the region is shared by as many records as fit, and these are of even length
DMESG_ZONE = (SIZE - CONSOLE) // ((SIZE - CONSOLE) // RECORD) & ~1
START_AND_SIZE = slice(4, 12)  # of a zone's header


@pytest.fixture(scope="module")
def words(tmp_path_factory, zimage, initrd):
    """QEMU's command line with the node."""
    parts = {"kernel": zimage, "initrd": initrd, "append": "console=ttyAMA0 panic=-1"}
    tree = fdt.parse(qemu.dump_dtb(qemu.command(**parts)))
    fdt.add_ramoops(tree, ADDRESS, SIZE, record_size=RECORD, console_size=CONSOLE, ecc_size=ECC)
    path = tmp_path_factory.mktemp("clearing") / "dtb"
    path.write_bytes(fdt.build(tree, slack=0x1000))
    return qemu.command(**parts, dtb=path)


@pytest.fixture(scope="module")
def crash(words):
    """The region after an Oops and a panic, and the files Linux makes of it."""
    with qemu.Machine(words) as machine:
        guest.ready(machine)
        guest.step(machine, "oops")
        machine.stop_at_reset()
        guest.start(machine, "panic")
        machine.wait_reset_stop()
        region = machine.read_physical(ADDRESS, SIZE)
        machine.go_on()
        guest.ready(machine)
        files = guest.pstore(machine)
    assert set(files) == {"dmesg-ramoops-0", "dmesg-ramoops-1", "console-ramoops-0"}
    return region, files


@pytest.fixture
def linux_reads(words, tmp_path):
    """linux_reads(region): the files a Linux shows that finds these bytes in its RAM."""
    def read(region):
        path = tmp_path / "region.bin"
        path.write_bytes(region)
        with qemu.Machine(words + qemu.load_at(ADDRESS, path)) as machine:
            guest.ready(machine)
            return guest.pstore(machine)
    return read


def test_header_alone_comes_back_to_life(crash, linux_reads):
    """Beside the old parity two zeroed words are damage, and Linux repairs them."""
    region, files = bytearray(crash[0]), crash[1]
    region[START_AND_SIZE] = bytes(8)
    got = linux_reads(region)
    assert set(got) == set(files)
    text, corrected, bad = escape.linux_file("dmesg-ramoops-0", got["dmesg-ramoops-0"].data, ECC)
    assert text == escape.linux_file("dmesg-ramoops-0", files["dmesg-ramoops-0"].data, ECC).data
    assert text.startswith(b"Oops#1 Part1\n")
    assert 1 <= corrected <= 8 and bad == 0
    assert got["dmesg-ramoops-1"] == files["dmesg-ramoops-1"]


@pytest.mark.parametrize("slot", [0, 1])
def test_whole_zone_is_gone(slot, crash, linux_reads):
    region, files = bytearray(crash[0]), crash[1]
    region[slot * DMESG_ZONE:(slot + 1) * DMESG_ZONE] = bytes(DMESG_ZONE)
    got = linux_reads(region)
    assert set(got) == set(files) - {f"dmesg-ramoops-{slot}"}
    for name, file in got.items():
        assert file.data == files[name].data, name


@pytest.mark.parametrize("sizes", [
    [f"--record-size={RECORD}", f"--console-size={CONSOLE}", f"--ecc-size={ECC}"], []],
    ids=["sizes", "alone"])
def test_erased_by_the_host_program(sizes, crash, linux_reads, build, tmp_path):
    (tmp_path / "crash.bin").write_bytes(crash[0])
    subprocess.run([build / "host" / "oopsmon", "erase", *sizes, "-o", tmp_path / "erased.bin",
                    tmp_path / "crash.bin"], check=True, timeout=60)
    assert linux_reads((tmp_path / "erased.bin").read_bytes()) == {}
