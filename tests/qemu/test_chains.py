# SPDX-License-Identifier: BSD-2-Clause
"""U-Boot before us or after us: the records outlive the whole chain, on every way that it starts kernels."""
import subprocess

import chains
import pytest
import starts
from cycles import cells, cycle, decoded
from omlab import fdt, guest, qemu


@pytest.fixture
def uboot(machine, build, initrd, tmp_path):
    """uboot(version, files, …): a machine that U-Boot starts, with files in RAM, and how to type to it."""
    def make(version, files, **parts):
        extra = [word for at, path in files.items() for word in chains.load_at(at, path)]
        return machine(bios=chains.uboot(build, version), kernel=None, bank=False,
                       extra=extra + parts.pop("extra", []), **parts)
    return make


def at_prompt(machine, *commands):
    """Stop U-Boot's countdown and type."""
    machine.expect("stop autoboot")
    machine.send(" ")
    for command in commands:
        machine.expect("^=> ")
        machine.send(command + "\n")


@pytest.mark.parametrize("version", cells(chains.VERSIONS, "2025.01"))
def test_bootz(uboot, wrapped, initrd, version):
    """The wrapped kernel as any kernel."""
    machine = uboot(version, {chains.KERNEL_AT: wrapped, chains.INITRD_AT: initrd})
    cycle(machine, lambda: at_prompt(
        machine, f"setenv bootargs {chains.APPEND}",
        f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"))


@pytest.mark.matrix
def test_extlinux(uboot, wrapped, initrd, tmp_path):
    """From a disk, as distributions do it: nobody types anything."""
    disk = chains.disk(tmp_path, {
        "zImage": wrapped, "initrd.gz": initrd,
        "extlinux/extlinux.conf": chains.EXTLINUX.format(append=chains.APPEND)})
    cycle(uboot("2023.01", {}, extra=["-drive", f"if=none,format=raw,id=disk,file={disk}",
                                      "-device", "virtio-blk-device,drive=disk"]))


def test_go(uboot, build, zimage, initrd):
    """From a script: the monitor reports and puts the carve-out into U-Boot's tree; U-Boot goes on."""
    machine = uboot("2025.01", {chains.KERNEL_AT: zimage, chains.INITRD_AT: initrd,
                                chains.GO_AT: build / "generic" / "oopsmon-generic.go"})
    cycle(machine, lambda: at_prompt(
        machine, f"setenv bootargs {chains.APPEND}",
        # U-Boot's own copy has room, as QEMU's tree claims 1 MiB
        f"fdt addr $fdt_addr; fdt set /chosen bootargs \"$bootargs\"; go {chains.GO_AT:#x} $fdt_addr",
        f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"))


def test_before_uboot(machine, build, zimage, initrd, tmp_path):
    """One flash: the monitor at the reset vector, then U-Boot, which finds the carve-out in its tree."""
    flash = tmp_path / "flash.img"
    subprocess.run([build / "host" / "oopsmon", "wrap", "--before",
                    chains.uboot(build, "2023.01"), "-o", flash,
                    "--image", build / "qemu-virt" / "oopsmon-qemu-virt.bin"], check=True)
    extra = [*chains.load_at(chains.KERNEL_AT, zimage), *chains.load_at(chains.INITRD_AT, initrd)]
    one = machine(bios=flash, kernel=None, extra=extra)
    cycle(one, lambda: at_prompt(
        one, f"setenv bootargs {chains.APPEND}",
        f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"), decode=lambda start: decoded(start, build, tmp_path))


@pytest.fixture
def card(machine, build, wrapped, zimage, initrd, tmp_path):
    """An Orange Pi PC with Debian's SPL and U-Boot on an SD card, and kernels on its partition."""
    disk = chains.disk(tmp_path, {
        "zImage": wrapped, "plain": zimage, "initrd.gz": initrd,
        "oopsmon.go": build / "generic" / "oopsmon-generic.go",
        "board.dtb": build / "kernel" / "dtbs" / "sun8i-h3-orangepi-pc.dtb",
        "extlinux/extlinux.conf": chains.EXTLINUX_FDT.format(append=chains.ORANGEPI_APPEND)},
        (build / "u-boot-sunxi" / "u-boot-sunxi-with-spl.bin").read_bytes())
    return machine(bios=None, bank=False, kernel=None, machine="orangepi-pc", cpu=None, memory=1024,
                   extra=["-drive", f"if=sd,format=raw,file={disk}"])


def test_orangepi_card(card):
    """The board's own boot ROM, SPL and U-Boot, and extlinux; U-Boot's reset needs a watchdog that QEMU lacks."""
    cycle(card, press=True)


@pytest.mark.matrix
def test_orangepi_go(card, build, tmp_path):
    """The same, from a script."""
    cycle(card, lambda: at_prompt(
        card, "load mmc 0:1 $fdt_addr_r board.dtb; fdt addr $fdt_addr_r; fdt resize 8192",
        "fdt memory 0x40000000 0x40000000",  # bootz fills it in, which is too late for us
        "load mmc 0:1 $loadaddr oopsmon.go; go $loadaddr $fdt_addr_r",
        "load mmc 0:1 $kernel_addr_r plain; load mmc 0:1 $ramdisk_addr_r initrd.gz",
        f"setenv bootargs {chains.ORANGEPI_APPEND}",
        "bootz $kernel_addr_r $ramdisk_addr_r:$filesize $fdt_addr_r"), press=True,
        decode=lambda start: decoded(start, build, tmp_path))


NAIVE = 0x5fc00000  # the place where nobody else starts, as high as can be


@pytest.mark.matrix
@pytest.mark.parametrize("region, kept", [("", True), (f"oopsmon.region=2M@{NAIVE:#x}", False)],
                         ids=["computed", "at the end of RAM"])
def test_place(uboot, wrapped, initrd, region, kept):
    """Why the computed place keeps away from the end of RAM: U-Boot is there."""
    machine = uboot("2023.01", {chains.KERNEL_AT: wrapped, chains.INITRD_AT: initrd})

    def come_by():
        at_prompt(machine, f"setenv bootargs {chains.WORDS} console=ttyAMA0 {region}",
                  f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr")

    def start():
        come_by()
        begin = machine.position
        end = machine.expect(starts.LINUX, 60)
        starts.linux(machine)
        return starts.parse(machine.log[begin:end.start])

    cold = start()
    assert cold.verdict == starts.COLD and (cold.base == NAIVE) == (not kept)
    assert cold.codes == ([] if kept else [227])
    guest.start(machine, "panic")
    warm = start()
    found = b"Kernel panic - not syncing: sysrq" in warm.records.get("dmesg-ramoops-0", b"")
    assert (warm.verdict == starts.PANIC and found) == kept, warm.lines


@pytest.mark.matrix
def test_uimage(uboot, build, zimage, initrd, tmp_path):
    """For scripts that say bootm."""
    path = tmp_path / "uImage"
    subprocess.run([build / "host" / "oopsmon", "wrap", "--uimage", zimage, "-o", path], check=True,
                   stdout=subprocess.DEVNULL)
    machine = uboot("2023.01", {chains.KERNEL_AT: path, chains.INITRD_AT: initrd})
    # an initrd for bootm has a header of its own, or is given by its size as for bootz
    cycle(machine, lambda: at_prompt(
        machine, f"setenv bootargs {chains.APPEND}",
        f"bootm {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"))


def test_fit(uboot, build, zimage, initrd, tmp_path):
    """Kernel, tree and initrd in one file."""
    tree, path = tmp_path / "board.dtb", tmp_path / "kernel.itb"
    tree.write_bytes(fdt.build(fdt.parse(qemu.dump_dtb(qemu.command()))))
    subprocess.run([build / "host" / "oopsmon", "wrap", "--fit", zimage, "-o", path, "--dtb", tree,
                    "--initrd", initrd], check=True, stdout=subprocess.DEVNULL)
    machine = uboot("2023.01", {chains.KERNEL_AT: path})
    cycle(machine, lambda: at_prompt(machine, f"setenv bootargs {chains.APPEND}",
                                     f"bootm {chains.KERNEL_AT:#x}#conf"))
