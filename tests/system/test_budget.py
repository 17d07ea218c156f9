# SPDX-License-Identifier: BSD-2-Clause
"""The budgets of docs/benchmarks.md: instructions to the kernel, and words on a clean boot."""
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
