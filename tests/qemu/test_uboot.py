# SPDX-License-Identifier: BSD-2-Clause
"""The image as Debian 13's U-Boot starts it: by `bootz` as Linux, by `go` as a function."""
import pytest
import starts
from omlab import guest, qemu

REGION = "oopsmon.region=2M@0x58000000"
# U-Boot lives at the end of RAM. The region where it is planned when U-Boot starts us, and where U-Boot is.
PLANNED, NAIVE = "oopsmon.region=2M@0x5be00000", "oopsmon.region=1M@0x5f700000"
STEPS = ("pmsg hello", "panic")
RECORDS = ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"]
ZIMAGE_PA, GO_PA = 0x50000000, 0x51000004
BOOTZ, GO = f"bootz {ZIMAGE_PA:#x} - $fdt_addr", f"go {GO_PA:#x} $fdt_addr"
DEAD = rb"(?:data|prefetch) abort|undefined instruction|### ERROR ###|^U-Boot 2025"
MODES = [("svc", {}), ("hyp", {"machine": "virt,virtualization=on"})]
modes = pytest.mark.parametrize("parts", [m[1] for m in MODES], ids=[m[0] for m in MODES])
# The shim saves r4-r11 and lr; with r3 in the place of r9 it gives back other values.
SAVES, SAVES_WRONG = (word.to_bytes(4, "little") for word in (0xe8ac4ff0, 0xe8ac4df8))


@pytest.fixture
def uboot(warm, build):
    """uboot(rows, …): a machine at U-Boot's prompt, with both forms of the image in RAM."""
    def make(rows, go=None, words=REGION, **parts):
        form = build / "qemu-virt" / "oopsmon-qemu-virt"
        loaders = [*qemu.load_at(ZIMAGE_PA, f"{form}.zimage"),
                   *qemu.load_at(GO_PA, go or f"{form}.go")]
        machine = warm(rows, words, bios=build / "u-boot" / "u-boot.bin", extra=loaders, **parts)
        machine.expect(r"^U-Boot 2025\.01")
        machine.expect("stop autoboot")
        machine.send(" ")
        machine.expect("^=> ")
        return machine
    return make


def run(machine, command):
    """One command of U-Boot: its output, and `$?` after it."""
    begin = machine.position
    machine.send(f"{command}; echo status $?\n")
    end = machine.expect(r"^status (\d+)\r?$", unless=DEAD)
    machine.expect("^=> ")
    return machine.log[begin:end.start], int(end.group(1))


def check(start, boot):
    """This start has reported the crash."""
    assert (start.verdict, start.boot) == (starts.PANIC, boot), start.lines
    assert list(start.records) == RECORDS and not start.codes, start.lines
    assert start.records["pmsg-ramoops-0"] == b"hello\n"


@modes
def test_bootz(uboot, capture, parts):
    """In place of a kernel: the crash is reported, and Linux starts and finds the same."""
    crash = capture(*STEPS, more=REGION)
    machine = uboot(crash.rows, **parts)
    machine.send(BOOTZ + "\n")
    start = starts.boot(machine)
    check(start, 2)
    assert start.base == crash.base
    starts.compare(start, guest.pstore(machine))


@modes
def test_planned_place(uboot, capture, parts):
    """U-Boot leaves the place alone that the plan finds when U-Boot starts us, and we find it again."""
    crash = capture(*STEPS, more=PLANNED)
    machine = uboot(crash.rows, words="", **parts)
    assert machine.read_physical(crash.base, len(crash.region)) == crash.region
    machine.send(BOOTZ + "\n")
    start = starts.boot(machine)
    check(start, 2)
    assert start.base == crash.base
    starts.compare(start, guest.pstore(machine))


def test_naive_place(uboot, capture):
    """That is: a region where U-Boot is does not outlive its start; it is said."""
    crash = capture(*STEPS, more=NAIVE)
    machine = uboot(crash.rows, words=NAIVE)
    assert machine.read_physical(crash.base, len(crash.region)) != crash.region
    machine.send(BOOTZ + "\n")
    start = starts.wait(machine, starts.UNVERIFIED, notices=[301, 227])  # the page is gone as well
    assert not {"dmesg-ramoops-0", "console-ramoops-0"} & set(start.records), start.lines
    assert start.base == crash.base and "0x5c000000-0x5fffffff (64 MiB)" in start.notices[1][1]


@modes
def test_go(uboot, capture, parts):
    """As a function: the crash is reported, and U-Boot goes on; so it does after other calls."""
    crash = capture(*STEPS, more=REGION)
    machine = uboot(crash.rows, **parts)
    said, status = run(machine, GO)
    check(starts.parse(said), 2)
    assert status == 1 and b"Application terminated, rc = 0x1" in said
    assert machine.read_physical(crash.base, len(crash.region)) == crash.region
    said, status = run(machine, "md.l $fdt_addr 1")
    assert b"40000000: edfe0dd0 " in said and status == 0
    for number, before in ((3, "dcache on"), (4, "dcache off")):
        said, status = run(machine, f"{before}; {GO}")
        assert (starts.parse(said).verdict, starts.parse(said).boot) == (starts.NO_NEWS, number)
        assert status == 0
    machine.send(BOOTZ + "\n")
    assert starts.boot(machine, starts.NO_NEWS, 5).is_plain
    assert set(guest.pstore(machine)) == set(RECORDS)


def test_go_without_a_tree(uboot):
    """U-Boot learns that no report was made."""
    said, status = run(uboot([]), f"go {GO_PA:#x}")
    assert starts.parse(said).codes == [101] and status == 1


def test_go_that_forgets(uboot, build, tmp_path):
    """That is: these tests notice it if the caller's registers are not given back."""
    form = (build / "qemu-virt" / "oopsmon-qemu-virt.go").read_bytes()
    assert form.count(SAVES) == 1
    wrong = tmp_path / "wrong.go"
    wrong.write_bytes(form.replace(SAVES, SAVES_WRONG))
    with pytest.raises(qemu.MachineError, match="saw b'.* while waiting for '.status"):
        run(uboot([], go=wrong), GO)
