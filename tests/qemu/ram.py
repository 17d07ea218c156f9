# SPDX-License-Identifier: BSD-2-Clause
"""RAM that outlives a warm reset: taken from one machine, changed, put into another."""
import struct
from typing import NamedTuple

from omlab import guest, qemu
import starts

PAGE = 4096
DTB = 0x40000000  # where QEMU puts its tree on this board
# records as text, to be read without a decoder; of several values the last one counts
APPEND = "console=ttyAMA0 panic=-1 oopsmon.fetch_seconds=0 oopsmon.report=text"
HEADER = 12  # of a zone: signature, start, size


class Capture(NamedTuple):
    """What a dying kernel left: the ramoops region and the monitor's retained page."""
    base: int
    region: bytes
    page_at: int
    page: bytes

    @property
    def rows(self):
        return [(self.base, self.region), (self.page_at, self.page)]

    def change(self, at, data):
        """The same with bytes of the region replaced."""
        return self._replace(region=self.region[:at] + data + self.region[at + len(data):])

    def without_page(self):
        return self._replace(page=bytes(PAGE))

    def zone(self, at):
        """(signature, start, size) of the zone at an offset."""
        return struct.unpack_from("<III", self.region, at)


def page_address(machine):
    """The retained page's place in the tree that the guest has."""
    for path, value in starts.node(machine).items():
        if path.startswith("./oopsmon@") and path.endswith("/reg"):
            return int(value[:len(value) // 2], 16)  # as many cells as the size has
    raise AssertionError("the tree has no retained page")


def take(words, steps):
    """A first boot with these steps; the last one ends in a reset."""
    with qemu.Machine(words) as machine:
        start = starts.boot(machine, starts.COLD)
        where = page_address(machine)
        for step in steps[:-1]:
            guest.step(machine, step)
        machine.stop_at_reset()
        guest.start(machine, steps[-1])
        machine.wait_reset_stop()
        return Capture(start.base, machine.read_physical(start.base, start.size), where,
                       machine.read_physical(where, PAGE))


def fill(dbg, rows, zeroes=False):
    """Write (address, bytes) rows to physical memory; at power-on zeroes are there already.

    Unlike -device loader this happens once and not again at every reset.
    """
    dbg.physical(True)
    for address, data in rows:
        for at in range(0, len(data), PAGE):
            if zeroes or any(data[at:at + PAGE]):
                dbg.write(address + at, data[at:at + PAGE])
    dbg.physical(False)
