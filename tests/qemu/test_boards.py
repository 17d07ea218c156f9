# SPDX-License-Identifier: BSD-2-Clause
"""One file in place of the kernel on every board: cold boot, crash, warm reset, records, Linux.

boards.py has what is typed for each board. docs/boards.md names these tests.
"""
import boards
import pytest


@pytest.mark.parametrize("name", boards.WRAPPED)
def test_wrapped(machine, build, wrapped, name):
    """In place of the kernel, for whatever starts that."""
    boards.cycle(machine(**boards.parts(name, build), kernel=wrapped))


@pytest.mark.parametrize("name", boards.FROM_FLASH)
def test_from_flash(machine, build, tmp_path, name):
    """At the reset vector, with the kernel after the monitor in the same flash."""
    boards.cycle(machine(**boards.flash_parts(name, build, tmp_path)))
