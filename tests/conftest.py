# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the whole system share: the build folder, machines, the guest.

Run by `make check-system`; by hand: OOPSMON_BUILD=build python3 -m pytest tests
A machine's serial log is kept in BUILD/system/TEST.log (TEST-2.log for a second one).
"""
import os
import pathlib
import re
import signal
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from omlab import qemu, treecheck  # noqa: E402 (needs the path above)

# A shell starts what runs in the background with SIGINT ignored, and that is inherited: programs
# like sb of lrzsz would never end by a test's SIGINT.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    config.addinivalue_line("markers", "matrix: a longer cell of docs/boards.md, for `make matrix`")


def pytest_collection_modifyitems(config, items):
    """`make test` has one cell of each kind, `make matrix` the others."""
    if os.environ.get("OOPSMON_MATRIX"):
        return
    longer = [item for item in items if item.get_closest_marker("matrix")]
    config.hook.pytest_deselected(items=longer)
    items[:] = [item for item in items if item not in set(longer)]


@pytest.fixture(scope="session")
def build():
    """The build folder."""
    folder = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
    if not (folder / "kernel" / ".ready").exists():
        pytest.exit(f"{folder} is not built: run `make check-system`", returncode=2)
    return folder


@pytest.fixture(scope="session")
def image(build):
    """The image for QEMU's virt machine."""
    return build / "qemu-virt" / "oopsmon-qemu-virt.bin"


@pytest.fixture(scope="session")
def elf(build):
    """The same with symbols."""
    return build / "qemu-virt" / "oopsmon-qemu-virt.elf"


@pytest.fixture(scope="session")
def zimage(build):
    return build / "kernel" / "zImage"


@pytest.fixture(scope="session")
def initrd(build):
    return build / "guest" / "initrd.gz"


@pytest.fixture(scope="session")
def dtbs(build):
    """Folder with the device trees of real boards."""
    return build / "kernel" / "dtbs"


@pytest.fixture(scope="session")
def schema(build, tmp_path_factory):
    """The kernel's schemas of reserved memory and flash partitions, for dt-validate."""
    out = tmp_path_factory.mktemp("schema") / "schema.json"
    return treecheck.make_schema(build / "kernel" / "bindings", out)


@pytest.fixture
def machine(request, build, image, zimage, initrd):
    """Factory of machines: machine(append="…", memory=256, stopped=True, …).

    Takes what qemu.command() and qemu.Machine() take; image, kernel and initrd are there
    unless they are given (None leaves one out). Every machine ends with the test.
    """
    folder = build / "system"
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^\w.-]+", "_", request.node.name)
    running = []

    def make(on_line=None, stopped=False, **parts):
        parts = {"bios": image, "kernel": zimage, "initrd": initrd,
                 "append": "console=ttyAMA0 panic=1", **parts}
        if parts["kernel"] is None:
            parts = {**parts, "initrd": None, "append": None}
        log = folder / f"{name}{f'-{len(running) + 1}' if running else ''}.log"
        running.append(qemu.Machine(qemu.command(**parts), on_line, log, stopped))
        return running[-1]

    yield make
    for one in running:
        one.close()
