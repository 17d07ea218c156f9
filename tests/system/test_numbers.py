# SPDX-License-Identifier: BSD-2-Clause
"""Numbers and words that are sent or kept: the documents against tests/unit/wire_numbers_test.c.

That test holds the same rows against the enums, so that neither can change alone.
"""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST = (ROOT / "tests/unit/wire_numbers_test.c").read_text()


def rows(name):
    """(name, value, number) of one table of the unit test."""
    table = TEST[TEST.index(f" {name}[] = {{"):]
    table = table[:table.index("};\n")]
    number = {f"1 << {n}": 1 << n for n in range(32)}
    return [(word, value, number.get(text) or int(text)) for word, value, text in
            re.findall(r'\{ "([^"]+)", (\w+), ([\w <]+) \}', table)]


def words(name):
    table = TEST[TEST.index(f" {name}[] = {{"):]
    return re.findall(r'"([^"]+)"', table[:table.index("};\n")])


def page(name):
    return (ROOT / "docs" / name).read_text()


def listed(text, head):
    """(number, text) of the table with this head."""
    table = text[text.index(head) + len(head):]
    return [(int(number), word.strip("`")) for number, word in
            re.findall(r"^\| (\d+) \| (.*) \|$", table[:table.index("\n\n")], re.M)]


def test_eras():
    assert listed(page("report-format.md"), "| era | kernels |") == [
        (number, name) for name, _, number in rows("eras")]
    assert len(rows("eras")) == 6


def test_notes():
    given = rows("notes")
    header = (ROOT / "firmware/core/log/record.h").read_text()
    assert {value for _, value, _ in given} == set(re.findall(r"(NOTE_\w+)\s*=", header))
    assert listed(page("report-format.md"), "| bit | note |") == [
        (number.bit_length() - 1, name) for name, _, number in given]
    printed = re.findall(r'\{ (NOTE_\w+), "([\w-]+)" \}', (ROOT / "tools/oopsmon/json.c").read_text())
    assert sorted(printed) == sorted((value, name) for name, value, _ in given)
    assert len(given) >= 20


def test_entry_kinds():
    row = re.search(r"^\| 24 \| entry kind: (.*) \|$", page("retained-page.md"), re.M)[1]
    assert row == ", ".join(f"{number} {name}" for name, _, number in rows("entries"))
    header = (ROOT / "firmware/core/crash/retained.h").read_text()
    enum = re.search(r"enum retained_entry \{([^}]*)\}", header)[1]
    assert len(rows("entries")) == enum.count("RETAINED_") == 3


def test_kinds_of_streams():
    table = listed(page("archive-format.md"), "| kind | the stream is |")
    given = rows("kinds")
    assert [number for number, _ in table] == [number for _, _, number in given]
    assert all(text.startswith(name) for (_, text), (name, _, _) in zip(table, given))
    assert len(given) == 2


@pytest.mark.parametrize("table,line", [("verdicts", r"^\| `verdict W` \| (.*) \|$"),
                                        ("qualities", r"^\| `quality=Q` \| (.*) \|$"),
                                        ("packings", r"^\| `packing=P` \| (.*) \|$")])
def test_words(table, line):
    text = re.search(line, page("report-format.md"), re.M)[1]
    assert re.findall(r"`([\w-]+)`", text) == words(table)
