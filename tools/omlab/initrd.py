# SPDX-License-Identifier: BSD-2-Clause
"""Initial ram disks: the newc cpio format, and the guest made of busybox and tools/guest.

The same files give the same bytes: times are 0, inode numbers count up, gzip carries
no name.
"""
import argparse
import gzip
import pathlib
import stat

GUEST = pathlib.Path(__file__).resolve().parent.parent / "guest"
# Folders that init mounts on, and the one device node it needs before devtmpfs is there.
FOLDERS = ("bin", "dev", "etc", "proc", "sys", "tmp")


def _entry(number, name, mode, data=b"", device=(0, 0)):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def cpio(entries):
    """newc archive of (name, mode, data) or (name, mode, data, (major, minor)) rows."""
    out = [_entry(i + 1, *e) for i, e in enumerate(entries)]
    return b"".join(out) + _entry(0, "TRAILER!!!", 0)


def guest(busybox, extra=()):
    """The guest as a gzipped cpio: busybox, tools/guest/init, and extra (name, bytes) files."""
    entries = [(name, stat.S_IFDIR | 0o755) for name in FOLDERS]
    entries.append(("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)))
    entries.append(("bin/busybox", stat.S_IFREG | 0o755, pathlib.Path(busybox).read_bytes()))
    entries.append(("bin/sh", stat.S_IFLNK | 0o777, b"busybox"))
    entries.append(("init", stat.S_IFREG | 0o755, (GUEST / "init").read_bytes()))
    entries += [(name, stat.S_IFREG | 0o644, data) for name, data in extra]
    return gzip.compress(cpio(entries), 9, mtime=0)


def guest_of(kernel_folder):
    """The guest from what tools/kernel.sh provides; a user's own kernel has no modules."""
    folder = pathlib.Path(kernel_folder)
    modules = [folder / name for name in ("lkdtm.ko", "reed_solomon.ko", "ramoops.ko")]
    return guest(folder / "busybox", [(m.name, m.read_bytes()) for m in modules if m.exists()])


def main():
    parser = argparse.ArgumentParser(description="Make the guest's initial ram disk.")
    parser.add_argument("kernel", help="folder made by tools/kernel.sh")
    parser.add_argument("out")
    args = parser.parse_args()
    pathlib.Path(args.out).write_bytes(guest_of(args.kernel))


if __name__ == "__main__":
    main()
