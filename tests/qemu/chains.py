# SPDX-License-Identifier: BSD-2-Clause
"""U-Boot on QEMU's boards: versions, addresses, disks."""
import pathlib
import shutil
import struct
import subprocess

from cycles import APPEND as WORDS
from omlab.qemu import load_at  # noqa: F401 (for the tests)

APPEND = f"console=ttyAMA0 {WORDS}"
ORANGEPI_APPEND = f"console=ttyS0 {WORDS}"
#: Debian 12's own, and Debian 13's as it is fetched.
VERSIONS = ("2023.01", "2025.01")
# Within the first 128 MiB of RAM, as a zImage wants it, but for the function.
KERNEL_AT, INITRD_AT, GO_AT = 0x46000000, 0x4a000000, 0x51000004


def uboot(build, version):
    """u-boot.bin for QEMU's virt machine."""
    if version == VERSIONS[0]:
        return pathlib.Path("/usr/lib/u-boot/qemu_arm/u-boot.bin")
    return build / "u-boot" / "u-boot.bin"

DISK_BYTES, PARTITION_AT = 64 << 20, 1 << 20  # a card has a power of two

EXTLINUX = """\
default linux
timeout 1
label linux
  linux /zImage
  initrd /initrd.gz
  append {append}
"""
# The tree of the board that QEMU has: U-Boot would look for the one that it was made for.
EXTLINUX_FDT = EXTLINUX + "  fdt /board.dtb\n"


def disk(folder, files, before=b""):
    """A disk image: one ext2 partition with files ({name: path or text}), and what boot ROMs load before it."""
    inside = folder / "inside"
    for name, what in files.items():
        at = inside / name
        at.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, str):
            at.write_text(what, encoding="ascii")
        else:
            shutil.copy(what, at)
    out = folder / "disk.img"
    table = bytearray(512)
    # active, no CHS, Linux, first sector and sectors: a PC's partition table
    struct.pack_into("<4B4BII", table, 446, 0x80, 0, 0, 0, 0x83, 0, 0, 0, PARTITION_AT // 512,
                     (DISK_BYTES - PARTITION_AT) // 512)
    table[510:] = b"\x55\xaa"
    with open(out, "wb") as file:
        file.write(table)
        file.seek(8 << 10)
        file.write(before)
        file.truncate(DISK_BYTES)
    subprocess.run(["/usr/sbin/mkfs.ext2", "-q", "-F", "-d", inside, "-E", f"offset={PARTITION_AT}",
                    out, f"{(DISK_BYTES - PARTITION_AT) >> 10}k"], check=True)
    return out
