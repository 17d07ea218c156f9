# SPDX-License-Identifier: BSD-2-Clause
"""One file in place of the kernel on every board: cold boot, crash, warm reset, records, Linux.

boards.py has what is typed for each board. docs/boards.md names these tests.
"""
import boards
import pytest
import starts
from omlab import guest


def cycle(machine):
    """The records are reported before Linux, which reads the same bytes; then a clean reboot."""
    cold = starts.boot(machine, starts.COLD, 1, timeout=90)
    assert cold.is_plain and cold.base, cold.lines
    guest.step(machine, "pmsg hello")
    guest.start(machine, "panic")
    warm = starts.boot(machine, starts.PANIC, 2, timeout=90)
    assert warm.base == cold.base
    assert set(warm.records) >= {"dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"}
    assert b"Kernel panic - not syncing: sysrq" in warm.records["dmesg-ramoops-0"]
    starts.compare(warm, guest.pstore(machine))
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3, timeout=90).is_plain


@pytest.mark.parametrize("name", boards.WRAPPED)
def test_wrapped(machine, build, wrapped, name):
    """In place of the kernel, for whatever starts that."""
    cycle(machine(**boards.parts(name, build), kernel=wrapped))


@pytest.mark.parametrize("name", boards.FROM_FLASH)
def test_from_flash(machine, build, tmp_path, name):
    """At the reset vector, with the kernel after the monitor in the same flash."""
    cycle(machine(**boards.flash_parts(name, build, tmp_path)))
