# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon wrap` of arm64 kernels, with a monitor's file made up: its header counts. What is refused is
in test_wrap.py with the others."""
import gzip
import struct
import zlib

import pytest
from test_wrap import (BUILD, EFI, IMAGE, INITRD, RESET, TREE, UBOOT, VERSION, block, image64, info, monitor64, run,
                       tool, zimage)

#: Kernels for 64 bits: what is given, the Image in it, the memory that it says it takes.
KERNELS64 = {
    "small": (image64(), image64(), (1 << 16) + 4096),
    "odd": (image64(4099), image64(4099), (1 << 16) + 4099),
    "for EFI too": (image64(efi=4096), image64(efi=4096), (1 << 16) + 4096),
    "signed for EFI": (image64(efi=4000), image64(efi=4000), (1 << 16) + 4096),
    "low in RAM": (image64(flags=2, text_offset=0x80000), image64(flags=2, text_offset=0x80000), (1 << 16) + 4096),
    "before 3.17": (image64(running=0, text_offset=0x80000), image64(running=0, text_offset=0x80000),
                    4096 + (32 << 20)),
    "Image.gz": (gzip.compress(image64()), image64(), (1 << 16) + 4096),
    "Image.gz for EFI too": (gzip.compress(image64(efi=4096)), image64(efi=4096), (1 << 16) + 4096),
}


@pytest.fixture
def monitor(tmp_path):
    path = tmp_path / "oopsmon-x.image"
    path.write_bytes(monitor64())
    return path


@pytest.mark.parametrize("name", KERNELS64)
@pytest.mark.parametrize("options", [[], ["--no-check"]], ids=" ".join)
def test_every_byte_of_a_wrapped_arm64_kernel(name, options, monitor, tmp_path):
    """What is known of it to a loader is its own header: the memory of both, the kernel's cleared data too."""
    given, out, back = tmp_path / "given", tmp_path / "out", tmp_path / "back"
    data, payload, running = KERNELS64[name]
    given.write_bytes(data)
    efi = f"{given}: {EFI}: EFI firmware and GRUB cannot start it, U-Boot's booti and all others can"
    run(given, "--image", monitor, *options, "-o", out, says=efi if "EFI" in name else None)
    whole = bytearray(monitor64() + block(payload, flags=0 if options else 1) + payload)
    struct.pack_into("<Q", whole, 0x10, 4096 + 32 + running)
    assert out.read_bytes() == whole
    run("--unwrap", out, "-o", back)
    assert back.read_bytes() == payload
    facts = info(out)
    assert facts["form"] == "plain" and facts["next_stage"] is None and facts["after_bytes"] == 0
    assert facts["monitor"] == {"version": VERSION, "machine": "arm64", "entry": "linux", "offset": 0, "bytes": 4096}
    assert facts["kernel"] == {"kind": "arm64 Image", "offset": 4128, "bytes": len(payload), "intact": True,
                               "zimage_bytes": None, "tree_bytes": None, "crc32": hex(zlib.crc32(payload)),
                               "checked": not options}
    said = run("--info", out)
    assert f"monitor   {VERSION} for arm64, 4096 bytes at 0x0, started like a kernel" in said
    assert f"kernel    {len(payload)} bytes at 0x1020, an arm64 Image" in said


@pytest.mark.parametrize("form", ["--uimage", "--fit"])
def test_forms_for_u_boot_of_64_bits(form, monitor, tmp_path):
    given, plain, out, back = (tmp_path / name for name in ("given", "plain", "out", "back"))
    given.write_bytes(image64())
    more = ["--dtb", TREE, "--initrd", INITRD] if form == "--fit" else []
    run(given, "--image", monitor, "-o", plain)
    run(given, "--image", monitor, form, *more, "-o", out)
    said = tool("mkimage", "-l", out)
    if form == "--fit":
        tool("dumpimage", "-T", "flat_dt", "-p", 0, "-o", tmp_path / "inner", out)
        source = tool("dtc", "-q", "-I", "dtb", "-O", "dts", out)
        assert source.count('arch = "arm64"') == 3 and 'arch = "arm"' not in source
    else:
        tool("dumpimage", "-T", "kernel", "-p", 0, "-o", tmp_path / "inner", out)
        assert "AArch64 Linux Kernel Image (no loading done) (uncompressed)" in said
    assert (tmp_path / "inner").read_bytes() == plain.read_bytes()
    assert info(out)["form"] == form[2:] and info(out)["monitor"]["machine"] == "arm64"
    run("--unwrap", out, "-o", back)
    assert back.read_bytes() == image64()


def test_an_arm64_kernel_in_flash(tmp_path):
    """No byte of the monitor's file for the reset vector changes."""
    given, monitor, out = tmp_path / "given", tmp_path / "monitor", tmp_path / "out"
    given.write_bytes(image64())
    reset = struct.pack("<I", 0x14000013) + monitor64(magic=b"room")[4:]
    monitor.write_bytes(reset)
    run(given, "--image", monitor, "-o", out)
    assert out.read_bytes() == reset + block(image64()) + image64()
    assert info(out)["monitor"]["machine"] == "arm64" and info(out)["monitor"]["entry"] == "reset"


def test_debians_arm64_kernel(monitor, tmp_path):
    """A raw Image that is an EFI program, too."""
    kernel, out, back, cut = (tmp_path / name for name in ("kernel", "out", "back", "cut"))
    data = (BUILD / "kernel64" / "6.1" / "vmlinuz").read_bytes()
    kernel.write_bytes(data)
    run(kernel, "--image", monitor, "-o", out, says=EFI)
    assert struct.unpack_from("<Q", out.read_bytes(), 0x10)[0] == 4128 + struct.unpack_from("<Q", data, 0x10)[0]
    run("--unwrap", out, "-o", back)
    assert back.read_bytes() == data
    cut.write_bytes(data[:-100_000])
    run(cut, "--image", monitor, "-o", out, code=2, says=r"cut: its header says \d+ bytes, it has \d+; get it again")


def test_a_kernel_and_a_monitor_of_different_machines(monitor, tmp_path):
    given, small = tmp_path / "given", tmp_path / "small"
    given.write_bytes(image64())
    small.write_bytes(zimage())
    for words, says in (([given, "--image", IMAGE], "an image for 32-bit boards, but the other file is for 64-bit"),
                        ([given, "--image", RESET], "an image for 32-bit boards, but"),
                        ([small, "--image", monitor], "an image for 64-bit boards, but the other file is")):
        run(*words, "-o", tmp_path / "out", code=2, says=says)
    monitor.write_bytes(struct.pack("<I", 0x14000013) + monitor64(magic=b"room")[4:])
    run("--before", UBOOT, "--image", monitor, "-o", tmp_path / "out", code=2, says="an image for 64-bit boards, but")
    assert not (tmp_path / "out").exists()


def test_no_tree_after_an_arm64_kernel(monitor, tmp_path):
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(image64())
    run(given, "--image", monitor, "--dtb", TREE, "-o", out, code=2,
        says="an arm64 Image, which whoever starts it gives a device tree: leave --dtb out")
    assert not out.exists()
