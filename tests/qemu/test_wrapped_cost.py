# SPDX-License-Identifier: BSD-2-Clause
"""What a wrapped kernel's start costs: the limits of tools/bench_wrapped.py, on a clock that counts instructions."""
import bench_wrapped


def test_nothing_to_report(build):
    """One line, and no more instructions than the limit; the check of the kernel is counted apart."""
    plain, sent, check, size = bench_wrapped.measure(build)
    print(f"{plain:,} instructions, {sent} bytes sent, {check:.2f} instructions for each of {size:,} bytes")
    assert 500_000 < plain <= bench_wrapped.INSTRUCTIONS_MAX
    assert sent < 100
    assert 0.5 < check <= bench_wrapped.CHECK_MAX


def test_damaged_kernel(machine, wrapped, tmp_path):
    """One bit: refused, whatever the bit; and the console answers."""
    data = bytearray(wrapped.read_bytes())
    data[-100_001] ^= 4
    path = tmp_path / "damaged"
    path.write_bytes(data)
    one = machine(bios=None, kernel=path)
    one.expect(r"^oopsmon: E409 the wrapped kernel is damaged \(CRC [0-9a-f]{8}, made with [0-9a-f]{8}\): refused")
    one.expect("^oopsmon: halted: no kernel was started")
    one.send("h")
    one.expect("Keys: s show records again")
