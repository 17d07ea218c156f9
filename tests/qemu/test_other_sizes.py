# SPDX-License-Identifier: BSD-2-Clause
"""The sizes that the monitor knows are not those of the region: it says so, and reads what the headers show."""
import re
import struct

import pytest
import starts
from omlab import ramoops

KERNEL = ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1)
CONSOLE = b"".join(b"[%5d.%06d] console line %d\n" % (n, n * 7, n) for n in range(900))
K = 1 << 10


def region_of(total, record, console, last, ecc):
    """(bytes, what stands in each record) of a region after an oops and a panic."""
    region = ramoops.Region(ramoops.Sizes(total, record, console, last, last, ecc, True)).boot(KERNEL)
    want = {}
    for n, reason in enumerate(("Oops", "Panic")):
        lines = [b"<4>[%5d.%06d] crash %d line %d\n" % (100 + n, line, n, line) for line in range(60)]
        lines.append(b"<0>[%5d.000061] Kernel panic - not syncing: of other sizes\n" % (100 + n))
        dump = region.dump(reason, lines, (1700000000 + n, 5))
        want[f"dmesg-ramoops-{dump.slot}"] = dump.text
    region.console(CONSOLE)
    want["console-ramoops-0"] = CONSOLE
    return bytearray(region.ram), want


#: What the region has in place of 64K, 256K, 128K and ECC 16, which is what the page says; then what is said.
SIZES = [
    ("records half", (32 * K, 256 * K, 128 * K, 16), "zone headers outside its zones"),
    ("records twice", (128 * K, 256 * K, 128 * K, 16), "zones? without parity where it puts that"),
    ("console twice", (64 * K, 512 * K, 128 * K, 16), "zone"),
    ("no ECC", (64 * K, 256 * K, 128 * K, 0), "zones without parity where it puts that"),
    ("more ECC", (64 * K, 256 * K, 128 * K, 32), "zones without parity where it puts that"),
]


@pytest.mark.parametrize("has, why", [row[1:] for row in SIZES], ids=[row[0].replace(" ", "-") for row in SIZES])
@pytest.mark.parametrize("page", [True, False], ids=["page", "no-page"])
def test_sizes_that_do_not_fit(warm, capture, has, why, page):
    crash = capture("panic")
    record, console, last, ecc = has
    content, want = region_of(len(crash.region), record, console, last, ecc)
    rows = crash._replace(region=bytes(content)).rows
    if not page:
        rows = [row for row in rows if row[0] != crash.page_at]
    machine = warm(rows, "oopsmon.report=text oopsmon.archive=none")
    start = starts.wait(machine, starts.PANIC if page else starts.UNVERIFIED, 2 if page else 1,
                        [306] if page else [306, 301])
    (said,) = [text for code, text in start.notices if code == 306]
    assert f"the sizes known for the ramoops region at {crash.base:#x} do not fit: " in said
    assert said.endswith(": it is read by those that the bytes show")
    assert re.search(rf": \d+ {why}", said), said
    assert start.records == want


def test_no_ecc_is_known_but_the_zones_have_it(warm, capture):
    """Sizes without ECC fit the places, but only with it can flipped bits be repaired."""
    crash = capture("panic", more="oopsmon.ecc_size=0")
    content, want = region_of(len(crash.region), 64 * K, 256 * K, 128 * K, 16)
    content[12 + 700] ^= 0x40
    machine = warm(crash._replace(region=bytes(content)).rows,
                   "oopsmon.report=text oopsmon.archive=none oopsmon.ecc_size=0")
    start = starts.wait(machine, starts.PANIC, 2, [306])
    assert start.records == want


def test_headers_of_an_earlier_kernel_are_no_news(warm, capture):
    """All zones are in place: what older sizes left between their logs changes nothing and is not said."""
    crash = capture("panic")
    content, want = region_of(len(crash.region), 64 * K, 256 * K, 128 * K, 16)
    for off in range(32 * K, 512 * K, 64 * K):
        content[off:off + 12] = struct.pack("<III", ramoops.SIGNATURE, 5, 5)
    machine = warm(crash._replace(region=bytes(content)).rows, "oopsmon.report=text oopsmon.archive=none")
    start = starts.wait(machine, starts.PANIC, 2)
    assert start.records == want
