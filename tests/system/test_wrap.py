# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon wrap`: what it makes is taken apart here, by its own --unwrap and by U-Boot's dumpimage;
what it cannot use is refused with the reason. No machine runs: tests/qemu starts what it makes."""
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from omlab import fdt

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
IMAGE = BUILD / "generic" / "oopsmon-generic.zimage"
RESET = BUILD / "qemu-virt" / "oopsmon-qemu-virt.bin"
KERNEL = BUILD / "kernel" / "zImage"
UBOOT = BUILD / "u-boot" / "u-boot.bin"
TREE = BUILD / "kernel" / "dtbs" / "bcm2836-rpi-2-b.dtb"
INITRD = BUILD / "guest" / "initrd.gz"
NOP = 0xe1a00000
NOP64 = 0xd503201f
VERSION = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.M)[1]


def run(*arguments, code=0, says=None, **how):
    """Standard output of `oopsmon wrap`, whose exit code is @code; its messages match @says."""
    done = subprocess.run([PROGRAM, "wrap", *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, check=False, **how)
    assert done.returncode == code, done.stdout + done.stderr
    if says is None:
        assert done.stderr == ""
    else:
        assert re.search(says, done.stderr), done.stderr
    return done.stdout


def info(path, code=0):
    return json.loads(run("--info", "--json", path, code=code))


def zimage(size=4096, magic=0x016f2818, end=None, order=0x04030201, first=NOP, start=0):
    """A file that has a zImage's header."""
    words = [first] + [NOP] * 8 + [magic, start, size if end is None else end, order, 0x45454545, 0]
    return struct.pack("<15I", *words).ljust(size, b"\xa5")


def image(bare=4096, magic=b"ooom", version=VERSION, rom=0, size=None):
    """A file that has a monitor's description."""
    major, minor, patch = map(int, version.split("."))
    head = zimage(60, end=bare) if magic == b"ooom" else b"".ljust(60, b"\0")
    head += magic + struct.pack("<3I", bare, major << 16 | minor << 8 | patch, rom)
    return head.ljust(bare if size is None else size, b"\x5a")


def image64(size=4096, running=None, flags=0xa, text_offset=0, first=0x14000010, efi=None):
    """A file that has an arm64 kernel's header; @efi: what its header for EFI says of the file's size."""
    head = struct.pack("<2I6Q", first, NOP64, text_offset, (1 << 16) + size if running is None else running,
                       flags, 0, 0, 0) + b"ARM\x64" + struct.pack("<I", 0x40 if efi else 0)
    if efi:
        head = b"MZ" + head[2:]
        head += struct.pack("<4s2H3I2H", b"PE\0\0", 0xaa64, 2, 0, 0, 0, 16, 0x206) + bytes(16)
        head += b"".join(struct.pack("<8s4I16x", name, count, at, count, at) for name, count, at in
                         ((b".text", 512, 512), (b".data", efi - 1024, 1024)))
    return head.ljust(size, b"\xa5")


def monitor64(bare=4096, magic=b"ooom", version=VERSION):
    """A file that has a 64-bit monitor's description."""
    return image64(60, running=bare)[:60] + image(bare, magic, version)[60:]


def block(payload=b"", kind=0, target=0, flags=1, version=1, claims=None):
    head = b"OMWRAP\0" + bytes([version]) + struct.pack(
        "<5I", flags, len(payload) if claims is None else claims, zlib.crc32(payload), kind, target)
    return head + struct.pack("<I", zlib.crc32(head))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("wrap")


@pytest.fixture(scope="module")
def kernels(folder):
    """{name: kernel}: the guest's, Debian's own (an EFI program), ones of our own."""
    made = {"small": zimage(), "odd": zimage(4099), "with a tree": zimage() + TREE.read_bytes(),
            "padded": zimage() + bytes(999), "started elsewhere": zimage(4096, start=0x8000, end=0x9000)}
    out = {"guest": KERNEL, "debian": BUILD / "dtbs" / "armmp" / "vmlinuz"}
    for name, data in made.items():
        out[name] = folder / f"kernel-{name.replace(' ', '-')}"
        out[name].write_bytes(data)
    return out


KERNELS = ["guest", "debian", "small", "odd", "with a tree", "padded", "started elsewhere"]
EFI = "not an EFI program when wrapped"


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("options", [[], ["--no-check"]], ids=" ".join)
def test_every_byte_of_a_wrapped_kernel(name, options, kernels, tmp_path):
    """As docs/wrapped-kernel.md has it, written a second time here."""
    out, back = tmp_path / "out", tmp_path / "back"
    run(kernels[name], *options, "-o", out, says=EFI if name == "debian" else None)
    bare, payload = IMAGE.read_bytes(), kernels[name].read_bytes()
    whole = bytearray(bare + block(payload, flags=0 if options else 1) + payload)
    struct.pack_into("<I", whole, 0x2c, len(whole))
    assert out.read_bytes() == whole and len(bare) % 16 == 0
    run("--unwrap", out, "-o", back)
    assert back.read_bytes() == payload
    facts = info(out)
    assert facts["form"] == "plain" and facts["next_stage"] is None and facts["after_bytes"] == 0
    assert facts["monitor"] == {"version": VERSION, "machine": "arm", "entry": "linux", "offset": 0, "bytes": len(bare)}
    kernel = facts["kernel"]
    has_tree = name == "with a tree"
    assert kernel == {"kind": "zImage", "offset": len(bare) + 32, "bytes": len(payload), "intact": True,
                      "zimage_bytes": 4096 if has_tree or name == "padded" else len(payload),
                      "tree_bytes": TREE.stat().st_size if has_tree else None,
                      "crc32": hex(zlib.crc32(payload)), "checked": not options}


def test_a_kernel_in_flash(kernels, tmp_path):
    """After the monitor's file for the reset vector, no byte of which changes."""
    out = tmp_path / "out"
    run(kernels["guest"], "--image", RESET, "--dtb", TREE, "-o", out)
    payload = kernels["guest"].read_bytes() + TREE.read_bytes()
    assert out.read_bytes() == RESET.read_bytes() + block(payload) + payload
    assert info(out)["monitor"]["entry"] == "reset" and info(out)["form"] == "plain"
    assert "started from flash" in run("--info", out)
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == payload


def test_a_tree_goes_right_after_the_kernel(kernels, tmp_path):
    out = tmp_path / "out"
    run(kernels["odd"], "--dtb", TREE, "-o", out)
    payload = kernels["odd"].read_bytes() + TREE.read_bytes()
    assert out.read_bytes().endswith(block(payload) + payload)
    assert info(out)["kernel"]["tree_bytes"] == TREE.stat().st_size
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == payload
    assert f"tree      {TREE.stat().st_size} bytes right after it" in run("--info", out)


def test_what_flash_kernel_puts_after_it_is_seen(kernels, tmp_path):
    out = tmp_path / "out"
    run(kernels["small"], "-o", out)
    with open(out, "ab") as file:
        file.write(TREE.read_bytes())
    assert info(out)["after_bytes"] == TREE.stat().st_size
    assert "after it  " in run("--info", out)
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == kernels["small"].read_bytes()


# ---- U-Boot's forms --------------------------------------------------------------------------

def tool(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("name", ["guest", "odd"])
def test_uimage(name, kernels, tmp_path):
    plain, out = tmp_path / "plain", tmp_path / "out"
    run(kernels[name], "-o", plain)
    run(kernels[name], "--uimage", "-o", out)
    said = tool("mkimage", "-l", out)
    for line in (f"Image Name:   oopsmon-{VERSION}", "Load Address: 00000000", "Entry Point:  00000000",
                 "Image Type:   ARM Linux Kernel Image (no loading done) (uncompressed)"):
        assert line in said
    tool("dumpimage", "-T", "kernel", "-p", 0, "-o", tmp_path / "inner", out)
    assert (tmp_path / "inner").read_bytes() == plain.read_bytes()
    facts = info(out)
    assert facts["form"] == "uimage" and facts["monitor"]["offset"] == 64
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == kernels[name].read_bytes()


@pytest.mark.parametrize("tree", [None, TREE], ids=["no tree", "tree"])
@pytest.mark.parametrize("initrd", [None, INITRD], ids=["no initrd", "initrd"])
def test_fit(tree, initrd, kernels, tmp_path):
    plain, out = tmp_path / "plain", tmp_path / "out"
    run(kernels["guest"], "-o", plain)
    more = [*(("--dtb", tree) if tree else ()), *(("--initrd", initrd) if initrd else ())]
    run(kernels["guest"], "--fit", *more, "-o", out)
    said = tool("mkimage", "-l", out)
    assert "Kernel Image (no loading done)" in said
    assert ("FDT:          tree" in said) == bool(tree)
    assert ("Init Ramdisk: ramdisk" in said) == bool(initrd)
    assert said.count("Hash algo:    sha256") == 1 + bool(tree) + bool(initrd)
    # the tree is the last one: U-Boot may let it grow where it is
    for number, part in enumerate(filter(None, (plain, initrd, tree))):
        tool("dumpimage", "-T", "flat_dt", "-p", number, "-o", tmp_path / "part", out)
        assert (tmp_path / "part").read_bytes() == part.read_bytes()
    assert info(out)["form"] == "fit"
    assert info(out)["kernel"]["tree_bytes"] is None  # U-Boot hands it over
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == kernels["guest"].read_bytes()


def test_a_fit_with_its_data_outside(kernels, tmp_path):
    """mkimage -E moves it after the tree."""
    out = tmp_path / "out"
    run(kernels["small"], "--fit", "-o", out)
    tool("mkimage", "-E", "-F", out)
    assert info(out)["form"] == "fit"
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == kernels["small"].read_bytes()


@pytest.mark.parametrize("form, present, missing, package", [
    ("--uimage", [], "mkimage", "u-boot-tools"),
    ("--fit", [], "mkimage", "u-boot-tools"),
    ("--fit", ["mkimage"], "dtc", "device-tree-compiler"),
])
def test_a_missing_tool_is_named(form, present, missing, package, kernels, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in present:
        (tools / name).symlink_to(shutil.which(name))
    run(kernels["small"], form, "-o", tmp_path / "out", code=2, env={"PATH": str(tools)},
        says=rf"{missing} is not there: install the package {package}\n$")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("script, says", [
    ("echo disk on fire; exit 3", "mkimage failed; it says:\ndisk on fire\n$"),
    ("exit 3", "mkimage failed\n$"),
    ("kill -9 $$", "mkimage failed\n$"),
    ("echo x > packed", "mkimage made a file without the kernel\n$"),
    (":", "what it made for mkimage: No such file"),
])
def test_a_mkimage_that_fails(script, says, kernels, tmp_path):
    tools, temporary = tmp_path / "tools", tmp_path / "tmp"
    tools.mkdir()
    temporary.mkdir()
    (tools / "mkimage").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "mkimage").chmod(0o755)
    run(kernels["small"], "--uimage", "-o", tmp_path / "out", code=2, says=says,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "TMPDIR": str(temporary)})
    assert not (tmp_path / "out").exists() and list(temporary.iterdir()) == []


def test_names_reach_neither_shell_nor_source(kernels, tmp_path):
    wild = tmp_path / "a b;\"$(touch x)'`\n"
    shutil.copy(kernels["small"], wild)
    shutil.copy(TREE, f"{wild}.dtb")
    run(wild, "--fit", "--dtb", f"{wild}.dtb", "-o", f"{wild}.fit", cwd=tmp_path)
    assert info(f"{wild}.fit")["form"] == "fit"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [wild.name, f"{wild.name}.dtb", f"{wild.name}.fit"])


# ---- before U-Boot ---------------------------------------------------------------------------

def branch(distance, condition=0xea):
    return struct.pack("<I", condition << 24 | (distance - 8 >> 2) & 0xffffff)


#: Next stages: what they begin with, and the rest. Their ends are what filling might hide.
STAGES = {
    "short": branch(0x40).ljust(0x80, b"\1"),
    "ends like erased flash": branch(0x40).ljust(0x80, b"\xff"),
    "ends with zeros": branch(0x40).ljust(0x80, b"\0"),
    "ends before the monitor's place": branch(0x40).ljust((1 << 20) - 1, b"\xff"),
    "as long as that": branch(0x40).ljust(1 << 20, b"\xff"),
    "one byte longer": branch(0x1f0).ljust((1 << 20) + 1, b"\0"),
    "branches far": branch(0xffff8).ljust(1 << 20, b"\1"),
    "the longest": branch(0x40).ljust(16 << 20, b"\xff"),
}


@pytest.mark.parametrize("name", ["U-Boot", *STAGES])
def test_every_byte_of_a_flash_image(name, tmp_path):
    stage, out = tmp_path / "stage", tmp_path / "out"
    stage.write_bytes(STAGES[name] if name in STAGES else UBOOT.read_bytes())
    data = stage.read_bytes()
    run("--before", stage, "-o", out)
    at = max(1 << 20, (len(data) // 4096 + 1) * 4096)
    word = struct.unpack("<I", data[:4])[0]
    target = (word & 0xffffff) * 4 + 8
    fill = b"\0" if data[-1] == 0xff else b"\xff"
    assert out.read_bytes() == (branch(at) + data[4:]).ljust(at, fill) + RESET.read_bytes() + \
        block(kind=1, target=target, flags=0)
    facts = info(out)
    assert facts["form"] == "flash" and facts["kernel"] is None
    assert facts["monitor"]["offset"] == at
    assert facts["next_stage"] == {"bytes": len(data), "entry": hex(target)}
    assert f"entered at 0x{target:08x}" in run("--info", out)
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


def test_flash_that_begins_elsewhere(tmp_path):
    """The image says where its flash is; the next stage's entry is an address there."""
    monitor, stage, out = tmp_path / "monitor", tmp_path / "stage", tmp_path / "out"
    monitor.write_bytes(image(magic=b"room", rom=0x40000000))
    stage.write_bytes(STAGES["short"])
    run("--before", stage, "--image", monitor, "-o", out)
    assert info(out)["next_stage"]["entry"] == "0x40000040"
    run("--unwrap", out, "-o", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == STAGES["short"]


# ---- what cannot be used ---------------------------------------------------------------------

WRAPPED = image() + block(zimage()) + zimage()
ZBOOT = b"MZ\0\0zimg".ljust(4096, b"\0")
UIMAGE = b"\x27\x05\x19\x56".ljust(64, b"\0") + zimage()
ELF = b"\x7fELF".ljust(4096, b"\0")

#: What is given as a kernel, and what is said of it.
NO_KERNEL = {
    "empty": (b"", "the file is empty"),
    "a byte": (b"x", "not a kernel: give the kernel's file arch/arm/boot/zImage"),
    "text": (b"not a kernel\n" * 99, "not a kernel: "),
    "zeros": (bytes(9999), "not a kernel: "),
    "head of a zImage": (zimage()[:0x3b], "not a kernel: "),
    "cut": (zimage()[:-1], "cut: its header says that it is larger than its 4095 bytes"),
    "cut to its header": (zimage()[:0x3c], "cut: "),
    "end before start": (zimage(start=0x2000, end=0x1000), "cut: "),
    "big-endian": (zimage(order=0x01020304), "a big-endian zImage: only a little-endian ARM zImage"),
    "all of it big-endian": (zimage(magic=0x18286f01, order=0x01020304), "a big-endian zImage"),
    "arm64, big-endian": (image64(flags=0xb), "a big-endian arm64 Image: only a little-endian arm64 Image can"),
    "arm64, impossible": (image64(text_offset=3 << 20), "an arm64 Image whose header says impossible sizes"),
    "arm64, cut": (image64(efi=4097), "cut: its header says 4097 bytes, it has 4096; get it again"),
    "arm64, cut and packed": (gzip.compress(image64(efi=4097)), "cut: its header says 4097 bytes"),
    "Image.gz, cut": (gzip.compress(image64())[:-9], "the gzip file is cut off"),
    "arm64, head": (image64()[:0x3b], "not a kernel: "),
    "vmlinuz.efi": (ZBOOT, r"an EFI program with a kernel packed in it \(vmlinuz.efi, EFI zboot\)"),
    "vmlinuz.efi, big": (ZBOOT + bytes(1 << 20), "EFI zboot"),
    "vmlinuz.efi, packed": (gzip.compress(ZBOOT), "packed with gzip, and in it is an EFI program with a kernel"),
    "RISC-V": (bytes(0x38) + b"RSC\x05" + bytes(99), "a RISC-V kernel"),
    "bzImage": (bytes(0x202) + b"HdrS" + bytes(99), "an x86 kernel"),
    "vmlinux": (ELF, "an ELF file, such as vmlinux: give the kernel's file"),
    "uImage": (UIMAGE, r"U-Boot's uImage: give the kernel in it \(dumpimage -T kernel -p 0 -o KERNEL FILE\)"),
    "device tree": (fdt.build(fdt.Tree()), "a device tree, or U-Boot's FIT: give the kernel alone"),
    "Android": (b"ANDROID!" + bytes(4096), "Android's boot image"),
    "gzip": (gzip.compress(zimage()), "packed with gzip: unpack it first"),
    "gzip, cut": (gzip.compress(zimage())[:-9], "the gzip file is cut off"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(99), "packed with zstd: unpack it first"),
    "lz4": (b"\x02\x21\x4c\x18" + bytes(99), "packed with lz4: unpack it first"),
    "EFI program": (b"MZ" + bytes(4096), "an EFI program: give the kernel's file"),
    "wrapped": (WRAPPED, rf"already wrapped \(with oopsmon {VERSION}\): give the original"),
    "wrapped, damaged": (WRAPPED[:-1] + b"!", "already wrapped"),
    "wrapped, cut": (WRAPPED[:-1], "already wrapped"),
    "wrapped, later": (image() + block(zimage(), version=2) + zimage(), "already wrapped"),
    "wrapped uImage": (b"\x27\x05\x19\x56".ljust(64, b"\0") + WRAPPED, "already wrapped"),
    "oopsmon itself": (image(), rf"this is oopsmon's own image \({VERSION}\): give what it is to start"),
    "its reset image": (image(magic=b"room"), "this is oopsmon's own image"),
    "its 64-bit image": (monitor64(), rf"this is oopsmon's own image \({VERSION}\): give what it is to start"),
    "its 64-bit image, packed": (gzip.compress(monitor64()), "this is oopsmon's own image"),
    "wrapped, 64-bit": (monitor64() + block(image64()) + image64(), "already wrapped"),
    "wrapped, 64-bit, packed": (gzip.compress(monitor64() + block(image64()) + image64()), "already wrapped"),
}

#: What is given as u-boot.bin.
NO_STAGE = {
    "empty": (b"", "the file is empty"),
    "three bytes": (b"\xea\0\0", "its first word is not a branch in ARM state"),
    "zeros": (bytes(4096), "its first word is not a branch in ARM state"),
    "another instruction": (struct.pack("<I", NOP).ljust(99, b"\0"), "its first word is not a branch"),
    "conditional branch": (branch(0x40, 0x0a).ljust(99, b"\0"), "its first word is not a branch"),
    "branch with link": (branch(0x40, 0xeb).ljust(99, b"\0"), "its first word is not a branch"),
    "branch to itself": (branch(0).ljust(99, b"\0"), "branches to 0, which is not in the rest of the file"),
    "branch back": (branch(-4).ljust(99, b"\0"), "branches to -4, which is not in the rest"),
    "branch to its end": (branch(0x40).ljust(0x40, b"\0"), "branches to 64, which is not in the rest"),
    "arm64": (struct.pack("<I", 0x1400000a).ljust(4096, b"\0"), "arm64's branch: give a u-boot.bin for a 32-bit "
              "board; one for a 64-bit board does not run in place in flash"),
    "ELF": (ELF, "an ELF file, such as vmlinux: give the raw file, such as u-boot.bin"),
    "too large": (branch(0x40).ljust((16 << 20) + 1, b"\0"), "larger than 16 MiB"),
    "gzip": (gzip.compress(STAGES["short"]), "packed with gzip"),
    "oopsmon itself": (image(magic=b"room"), "this is oopsmon's own image"),
    "wrapped kernel": (WRAPPED, "already wrapped"),
    "flash image": ((branch(1 << 20) + bytes(99)).ljust(1 << 20, b"\xff") + image(magic=b"room") +
                    block(kind=1, target=0x40, flags=0), "already wrapped"),
}

OTHER = ".".join([VERSION.split(".")[0], str(int(VERSION.split(".")[1]) + 1), "0"])
#: What is given as the monitor, for a kernel.
NO_IMAGE = {
    "empty": (b"", "the file is empty"),
    "a kernel": (zimage(), "not an image of oopsmon"),
    "cut": (image()[:-16], "oopsmon's image, but cut"),
    "head only": (image()[:0x4c], "oopsmon's image, but cut"),
    "less than that": (image()[:0x4b], "not an image of oopsmon"),
    "wrapped": (WRAPPED, "oopsmon's image with something after it"),
    "size is no multiple of 16": (image(4100), "not an image of oopsmon"),
    "of another version": (image(version=OTHER), rf"an image of oopsmon {OTHER}, but this program is {VERSION}"),
    "gzip": (gzip.compress(image()), "not an image of oopsmon: it is packed"),
}


@pytest.mark.parametrize("name", NO_KERNEL)
def test_no_kernel(name, tmp_path):
    data, says = NO_KERNEL[name]
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(data)
    out.write_bytes(b"old")
    for options in ([], ["--uimage"], ["--fit"]):
        run(given, *options, "-o", out, code=2, says=f"^oopsmon wrap: .*{given}: .*{says}")
    assert out.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", NO_STAGE)
def test_no_next_stage(name, tmp_path):
    data, says = NO_STAGE[name]
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(data)
    run("--before", given, "-o", out, code=2, says=f"^oopsmon wrap: .*{given}: .*{says}")
    assert not out.exists()


@pytest.mark.parametrize("name", NO_IMAGE)
def test_no_image(name, kernels, tmp_path):
    data, says = NO_IMAGE[name]
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(data)
    run(kernels["small"], "--image", given, "-o", out, code=2, says=f"^oopsmon wrap: .*: .*{says}")
    assert not out.exists()


def test_images_for_another_start(kernels, tmp_path):
    for form in ("--uimage", "--fit"):
        run(kernels["small"], form, "--image", RESET, "-o", tmp_path / "out", code=2,
            says="an image that is started from flash: give oopsmon-BOARD.zimage")
    (tmp_path / "stage").write_bytes(STAGES["short"])
    run("--before", tmp_path / "stage", "--image", IMAGE, "-o", tmp_path / "out", code=2,
        says="an image that is started like a kernel: give oopsmon-BOARD.bin")


def test_image_of_another_patch_version(kernels, tmp_path):
    """The form is the same within a minor version."""
    (tmp_path / "image").write_bytes(image(version=re.sub(r"\d+$", "250", VERSION)))
    run(kernels["small"], "--image", tmp_path / "image", "-o", tmp_path / "out")
    assert info(tmp_path / "out")["monitor"]["version"].endswith(".250")


def test_a_file_that_is_too_large(tmp_path):
    given = tmp_path / "given"
    with open(given, "wb") as file:
        file.write(zimage(4096, end=300 << 20))
        file.truncate(300 << 20)
    run(given, "-o", tmp_path / "out", code=2, says="larger than 256 MiB: no kernel or firmware")
    assert not (tmp_path / "out").exists()


BAD_TREES = {
    "text": (b"text" * 20, "is no device tree that can be used"),
    "cut": (None, "is no device tree that can be used|cut: its header says"),
    "empty": (b"", "the file is empty"),
}


@pytest.mark.parametrize("name", BAD_TREES)
def test_no_tree(name, kernels, tmp_path):
    data, says = BAD_TREES[name]
    (tmp_path / "tree").write_bytes(TREE.read_bytes()[:-100] if data is None else data)
    for options in ([], ["--fit"]):
        run(kernels["small"], *options, "--dtb", tmp_path / "tree", "-o", tmp_path / "out", code=2, says=says)
    assert not (tmp_path / "out").exists()


def test_a_tree_is_cut_to_its_size(kernels, tmp_path):
    (tmp_path / "tree").write_bytes(TREE.read_bytes() + bytes(4096))
    run(kernels["small"], "--dtb", tmp_path / "tree", "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes().endswith(zimage() + TREE.read_bytes())


@pytest.mark.parametrize("name", ["with a tree", "padded"])
def test_no_second_tree(name, kernels, tmp_path):
    """Linux looks for it right after the kernel. In a FIT it has a place of its own."""
    run(kernels[name], "--dtb", TREE, "-o", tmp_path / "out", code=2,
        says="bytes after the kernel, such as a device tree: leave --dtb out")
    run(kernels[name], "--fit", "--dtb", TREE, "-o", tmp_path / "out")


# ---- --unwrap and --info of other files ------------------------------------------------------

WRAP_BLOCK = len(image())

#: No wrapped file: what is said of it.
UNWRAPPED = {
    "kernel": (zimage(), "not wrapped: oopsmon is not in it"),
    "empty": (b"", "the file is empty"),
    "the monitor alone": (image(), "oopsmon's own image: nothing is wrapped with it"),
    "another thing after it": (image() + b"OMWRAQ\0\1" + bytes(99), "nothing is wrapped with it"),
    "cut in the monitor": (image()[:-1], "wrapped, but cut"),
    "cut in the kernel": (WRAPPED[:-1], "wrapped, but cut"),
    "later version": (image() + block(zimage(), version=2) + zimage(), "wrapped by a later version"),
    "later kind": (image() + block(zimage(), kind=2) + zimage(), "wrapped by a later version"),
    "damaged block": (WRAPPED[:WRAP_BLOCK + 20] + b"\x55" + WRAPPED[WRAP_BLOCK + 21:], "is damaged"),
    "no next stage": (image() + block(kind=1, target=0x40), "is damaged"),
    "entry outside of the next stage": ((branch(1 << 20) + bytes(99)).ljust(1 << 20, b"\xff") +
                                        image(magic=b"room") + block(kind=1, target=0x9990, flags=0), "is damaged"),
    "entry of half a word": ((branch(1 << 20) + bytes(99)).ljust(1 << 20, b"\xff") +
                             image(magic=b"room") + block(kind=1, target=0x42, flags=0), "is damaged"),
}


@pytest.mark.parametrize("name", UNWRAPPED)
def test_not_wrapped(name, tmp_path):
    data, says = UNWRAPPED[name]
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(data)
    run("--unwrap", given, "-o", out, code=2, says=says)
    run("--info", given, code=2, says=says)
    assert run("--info", "--json", given, code=2, says=says) == ""
    assert not out.exists()


@pytest.mark.parametrize("flags", [0, 1])
def test_a_damaged_kernel(flags, tmp_path):
    """--info says so, --unwrap does not give it out, whether the monitor would look or not."""
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_bytes(image() + block(zimage(), flags=flags) + zimage()[:-1] + b"!")
    run("--unwrap", given, "-o", out, code=2, says="what is wrapped in it is damaged")
    assert "WRONG: the payload is damaged" in run("--info", given, code=1)
    assert info(given, code=1)["kernel"]["intact"] is False
    assert not out.exists()


@pytest.mark.parametrize("before", [4, 4096, 12345 * 4, 1 << 20])
def test_within_another_file(before, tmp_path):
    """A dump of a partition, say: words that look like a monitor do not hide it."""
    given, out = tmp_path / "given", tmp_path / "out"
    decoy = (b"\0" * 0x3c + b"ooom" + struct.pack("<3I", 12, 0, 0))[:before].ljust(before, b"\xee")
    given.write_bytes(decoy + WRAPPED + b"\xff" * 5000)
    assert info(given)["form"] == "other"
    run("--unwrap", given, "-o", out)
    assert out.read_bytes() == zimage()


def test_standard_input(kernels, tmp_path):
    with open(kernels["small"], "rb") as file:
        run("-", "-o", tmp_path / "out", stdin=file)
    with open(tmp_path / "out", "rb") as file:
        assert json.loads(run("--info", "--json", "-", stdin=file))["input"] == "-"


# ---- options and files -----------------------------------------------------------------------

@pytest.mark.parametrize("words, says", [
    ([], "which file"),
    (["K"], "where to"),
    (["--unwrap", "K"], "where to"),
    (["--info", "K", "-o", "x"], "--info writes no file"),
    (["K", "-o", "-"], "-o needs the name of a file"),
    (["K", "K", "-o", "x"], "one file at a time"),
    (["K", "--uimage", "--fit", "-o", "x"], "one of --uimage, --fit, --before, --unwrap and --info"),
    (["K", "--info", "--unwrap"], "one of --uimage"),
    (["K", "--before", "--dtb", "T", "-o", "x"], "--dtb is for a wrapped kernel"),
    (["K", "--unwrap", "--no-check", "-o", "x"], "--no-check is for a wrapped kernel"),
    (["K", "--initrd", "I", "-o", "x"], "--initrd is for --fit"),
    (["K", "--info", "--image", "I"], "--image is for what is wrapped now"),
    (["K", "--json", "-o", "x"], "--json is for --info"),
])
def test_usage(words, says, tmp_path):
    run(*words, code=2, says=says, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["the kernel", "a link to it", "the image", "the tree", "the initrd"])
def test_never_over_what_is_read(which, kernels, tmp_path):
    files = {"the kernel": KERNEL, "the image": IMAGE, "the tree": TREE, "the initrd": INITRD}
    paths = {}
    for name, path in files.items():
        paths[name] = tmp_path / name.split()[1]
        shutil.copy(path, paths[name])
    paths["a link to it"] = tmp_path / "link"
    os.link(paths["the kernel"], paths["a link to it"])
    run(paths["the kernel"], "--fit", "--image", paths["the image"], "--dtb", paths["the tree"],
        "--initrd", paths["the initrd"], "-o", paths[which], code=2, says="is read for this: give another name")
    assert all(paths[name].read_bytes() == path.read_bytes() for name, path in files.items())


def test_reading_a_file_that_is_not_there(kernels, tmp_path):
    gone = tmp_path / "gone"
    for words in (["gone"], ["--before", "gone"], ["--unwrap", "gone"], [kernels["small"], "--image", "gone"],
                  [kernels["small"], "--dtb", "gone"], [kernels["small"], "--fit", "--initrd", "gone"]):
        run(*words, "-o", "out", code=2, says="gone: No such file", cwd=tmp_path)
    assert not gone.exists() and list(tmp_path.iterdir()) == []


# ---- where the monitor is found --------------------------------------------------------------

@pytest.mark.parametrize("place, given, name, make", [
    ("share/oopsmon", zimage(), "oopsmon-generic.zimage", image),
    ("generic", zimage(), "oopsmon-generic.zimage", image),
    ("share/oopsmon", image64(), "oopsmon-generic64.image", monitor64),
    ("generic64", image64(), "oopsmon-generic64.image", monitor64),
], ids=lambda value: value if isinstance(value, str) else "")
def test_image_beside_the_program(place, given, name, make, tmp_path):
    """An installation that was moved anywhere; a build folder. The kernel says which one is needed."""
    kernel = tmp_path / "kernel"
    kernel.write_bytes(given)
    program = tmp_path / "x" / "bin" / "oopsmon"
    program.parent.mkdir(parents=True)
    shutil.copy(PROGRAM, program)
    other = tmp_path / "x" / place / name
    other.parent.mkdir(parents=True)
    other.write_bytes(make(version=re.sub(r"\d+$", "251", VERSION)))
    out = tmp_path / "out"
    subprocess.run([program, "wrap", kernel, "-o", out], check=True, timeout=60)
    assert info(out)["monitor"]["version"].endswith(".251")


def test_no_image_anywhere(kernels, tmp_path):
    program = tmp_path / "bin" / "oopsmon"
    program.parent.mkdir()
    shutil.copy(PROGRAM, program)
    if any(pathlib.Path(p, "share/oopsmon").exists() for p in ("/usr", "/usr/local")):
        pytest.fail("oopsmon is installed on this machine: its images would be found")
    (tmp_path / "given").write_bytes(image64())
    for words, name in (([kernels["small"]], "oopsmon-generic.zimage"),
                        ([tmp_path / "given"], "oopsmon-generic64.image"),
                        (["--before", UBOOT], "oopsmon-qemu-virt.bin")):
        done = subprocess.run([program, "wrap", *words, "-o", tmp_path / "out"], capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert f"{name} is not installed in share/oopsmon: run `make install` in oopsmon's source" in done.stderr
        assert "--image=FILE" in done.stderr
