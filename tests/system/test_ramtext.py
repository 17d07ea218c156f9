# SPDX-License-Identifier: BSD-2-Clause
"""Code that runs while the flash cannot be read: it must not need anything that stands there."""
import re
import subprocess

from omlab import gdb

LINE = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{4} ?)+\s*\t(\S+)\t?([^@\n]*)(?:@ \(?([0-9a-f]+))?", re.M)
BRANCH = re.compile(r"^(b|bl|b[a-z]{2}|cbn?z)(\.n|\.w)?$")
TARGET = re.compile(r"\b([0-9a-f]+) <")


def instructions(elf):
    """(address, mnemonic, operands, address of a literal or None) of the section."""
    text = subprocess.run(["arm-none-eabi-objdump", "-d", "-j", ".ramtext", elf], check=True,
                          capture_output=True, text=True).stdout
    for match in LINE.finditer(text):
        where, what, operands, literal = match.groups()
        yield int(where, 16), what, operands, literal and int(literal, 16)


def test_needs_nothing_from_the_image(elf):
    names = gdb.symbols(elf)
    own = range(names["__ramtext_start"], names["__ramtext_end"])
    n_branches = n_all = 0
    for where, what, operands, literal in instructions(elf):
        n_all += 1
        assert where in own
        assert what != "svc" and not what.startswith("tb"), (hex(where), what)  # no tables
        assert what not in ("blx", "bx") or operands.strip() == "lr", (hex(where), what, operands)
        if BRANCH.match(what):
            n_branches += 1
            assert int(TARGET.search(operands)[1], 16) in own, (hex(where), what, operands)
        if "[pc" in operands or what.startswith("adr"):
            assert literal in own, (hex(where), what, operands)
        assert not re.search(r"\bpc\b", operands) or "[pc" in operands or what.startswith("pop") \
            or what.startswith("ldmia"), (hex(where), what, operands)
    assert n_all > 100 and n_branches > 20  # that is: the listing was understood


def test_is_where_the_driver_wants_it(elf):
    """The functions that talk to the chips are in that section, and what they call is inlined."""
    names = gdb.symbols(elf)
    own = range(names["__ramtext_start"], names["__ramtext_end"])
    for name in ("run", "send", "wait", "ended", "give_up", "arch_ticks", "arch_image_back"):
        assert names[name] & ~1 in own, name
