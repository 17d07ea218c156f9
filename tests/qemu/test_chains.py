# SPDX-License-Identifier: BSD-2-Clause
"""U-Boot before us or after us: the records outlive the whole chain, on every way that it starts kernels."""
import subprocess

import chains
import pytest
import starts
from cycles import cycle

REGION = "oopsmon.region=2M@0x58000000"


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


@pytest.mark.parametrize("version", chains.VERSIONS)
def test_bootz(uboot, wrapped, initrd, version):
    """The wrapped kernel as any kernel."""
    machine = uboot(version, {chains.KERNEL_AT: wrapped, chains.INITRD_AT: initrd})
    cycle(machine, lambda: at_prompt(
        machine, f"setenv bootargs {chains.APPEND}",
        f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"))


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
    one = machine(bios=flash, kernel=None, bank=False, extra=extra)
    cycle(one, lambda: at_prompt(
        one, f"setenv bootargs {chains.APPEND}",
        f"bootz {chains.KERNEL_AT:#x} {chains.INITRD_AT:#x}:{initrd.stat().st_size:#x} $fdt_addr"))
