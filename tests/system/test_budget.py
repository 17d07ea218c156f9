# SPDX-License-Identifier: BSD-2-Clause
"""The budgets of docs/benchmarks.md: instructions to the kernel, and words on a clean boot."""
import re

import bench


def test_cold_and_clean_boot_stay_within_budget(build):
    cold, clean = bench.boots_of(build, (), "reboot")
    assert cold.instructions <= bench.INSTRUCTIONS_MAX
    assert clean.instructions <= bench.CLEAN_INSTRUCTIONS_MAX
    log = (build / "bench" / "reboot.log").read_bytes()
    said = [line for line in log.split(b"\n") if line.startswith(b"oopsmon")]
    assert [line.split(b": ")[1].split(b";")[0] for line in said] == [
        b"cold boot, RAM was not kept", b"warm boot 2, the last kernel rebooted cleanly"]
    assert sum(len(line) + 1 for line in said) == cold.uart_bytes + clean.uart_bytes


def test_a_panic_is_archived_and_reported_within_budget(build):
    """With an archive that is used for the first time, so that all of it is looked through."""
    _, panic = bench.boots_of(build, ("pmsg bench", "ftrace"), "panic")
    log = (build / "bench" / "panic.log").read_bytes()
    assert b"as entry 1 of the archive in flash" in log
    assert len(re.findall(rb"^-----END OOPSMON REPORT 2----- id [0-9a-f]{8} complete", log, re.M)) == 1
    assert panic.instructions <= bench.PANIC_INSTRUCTIONS_MAX
