# SPDX-License-Identifier: BSD-2-Clause
"""An entry of an archive as a file of its own."""
import json
import random
import struct

import pytest

from omlab import ramoops, report
from archives import (CRASHES, region, oopsmon, listed, entries, files, writer, archive, three,
                      image, golden, chunks)


def entry(image, number):
    """The entry's bytes, by docs/archive-format.md."""
    data = image.read_bytes()
    return b"".join(data[at + 64:at + 64 + size]
                    for at, n, _, size, _ in chunks(data) if n == number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_entry_file(three, golden, tmp_path, number):
    path = tmp_path / f"oopsmon-entry-{number}.bin"
    path.write_bytes(entry(three, number))
    (theirs,) = [e for e in entries(three)[1] if e["entry"] == number]
    code, (ours,) = entries(path)
    assert (code, ours) == (0, theirs)
    code, out, err = oopsmon("archive", "ls", path)
    assert (code, err) == (0, "") and f"{number}  " in out
    assert out.startswith("entry of an archive, ")
    assert oopsmon("archive", "verify", path)[::2] == (0, "")
    for i, command in enumerate((["archive", "extract"], ["decode"])):
        code, _, err = oopsmon(*command, path, "-o", tmp_path / f"{i}")
        assert (code, err) == (0, "")
        (folder,) = (tmp_path / f"{i}").iterdir()
        assert folder.name == f"{number:04}-panic-{theirs['id']}"
        saved = files(folder)
        assert {k: v for k, v in saved.items() if "ramoops" in k and ".logcat" not in k} == \
            {k: v for k, v in golden[CRASHES[number - 1]].items() if ".logcat" not in k}
    code, _, err = oopsmon("archive", "extract", path, "-o", tmp_path / "no", "9")
    assert code == 2 and "no entry 9" in err


def test_entry_file_of_another_name(three, tmp_path):
    path = tmp_path / "crash.bin"
    path.write_bytes(entry(three, 2))
    code, archives = listed(path)
    assert code == 0
    assert (archives[0]["blocks"], archives[0]["block_bytes"]) == (None, None)
    assert archives[0]["entries"][0]["entry"] is None
    code, out, _ = oopsmon("archive", "extract", path, "-o", tmp_path / "out")
    assert code == 0
    assert [f.name[:6] for f in (tmp_path / "out").iterdir()] == ["panic-"]
    with open(path, "rb") as stdin:
        assert oopsmon("archive", "ls", "-", stdin=stdin)[0] == 0
    with open(path, "rb") as stdin:
        assert oopsmon("decode", "-", stdin=stdin)[0] == 0
    code, _, err = oopsmon("decode", "-", input=path.read_bytes())
    assert code == 2 and "save it to a file first" in err


def damaged_entries(data):
    """{row: (bytes, states that are right, exit codes of extract)}"""
    middle, card = len(data) // 2, data.index(b"\n\n") + 2
    bad = bytearray(data)
    bad[middle] ^= 1
    return {
        "padded": (data + b"\x1a" * (-len(data) % 1024), ["complete"], [0]),
        "cut": (data[:middle], ["incomplete"], [1]),
        "its last byte": (data[:-1], ["incomplete"], [1]),
        "in the card": (data[:card - 20], ["incomplete"], [1]),
        "the card only": (data[:card], ["incomplete"], [1]),
        "a flipped bit": (bytes(bad), ["damaged"], [1]),
        "another crash's card": (data.replace(b"\nboot 2 ", b"\nboot 5 "), ["damaged"], [0, 1]),
        "rubbish after": (data + b"rubbish" * 200, ["complete", "incomplete"], [0, 1]),
    }


@pytest.mark.parametrize("row", damaged_entries(b"x\n\n"))
def test_damaged_entry_file(three, golden, tmp_path, row):
    """A record that is not labelled is what the region had."""
    data, states, codes = damaged_entries(entry(three, 1))[row]
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(data)
    code, (found,) = entries(path)
    assert found["state"] in states and code == (found["state"] != "complete")
    assert oopsmon("archive", "verify", path)[0] == code
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] in codes
    for folder in (tmp_path / "out").glob("*"):
        ours = files(folder)
        for record in json.loads(ours["report.json"])["records"]:
            assert record["lost_bytes"] or \
                ours[record["name"]] == golden[CRASHES[0]][record["name"]]


def test_entry_file_cut_anywhere(three, tmp_path):
    """Also between two chapters: only the whole one is complete."""
    data = entry(three, 3)
    path = tmp_path / "oopsmon-entry-3.bin"
    at = data.index(b"\n\n") + 2
    ends = []
    while at < len(data):
        at += 8 + (struct.unpack_from("<I", data, at)[0] & 0xffffff)  # the rest is the packing
        ends.append(at)
    assert ends[-1] == len(data)
    for end in ends:
        path.write_bytes(data[:end])
        code, (found,) = entries(path)
        assert (code, found["state"]) == ((0, "complete") if end == len(data)
                                          else (1, "incomplete"))


@pytest.mark.parametrize("seed", range(20))
def test_nothing_damaged_in_an_entry_file_passes_for_sound(three, golden, tmp_path, seed):
    dice = random.Random(seed)
    data = bytearray(entry(three, 1))
    for _ in range(dice.randrange(1, 4)):
        at, size = dice.randrange(len(data) - 1), dice.choice([1, 4, 40, 300])
        how = dice.randrange(3)
        if how == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            data[at:at + size] = dice.randbytes(size)
        elif len(data) > 500:
            del data[at:at + size]
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(data)
    if oopsmon("archive", "ls", path)[0] == 2:  # its first line is damaged
        return
    code = oopsmon("archive", "verify", path)[0]
    assert code in (0, 1)
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] in (0, 1)
    for folder in (tmp_path / "out").glob("*"):
        ours = files(folder)
        for record in json.loads(ours["report.json"])["records"]:
            if "text-lost" not in record["notes"]:
                assert ours[record["name"]] == golden[CRASHES[0]][record["name"]]
            else:
                assert code == 1 and record["quality"] in ("salvaged", "unreadable")


def test_entry_file_of_a_newer_version(three, tmp_path):
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(entry(three, 1).replace(b"oopsmon entry 1\n", b"oopsmon entry 2\n"))
    for command in (["archive", "ls"], ["archive", "verify"], ["decode"]):
        code, _, err = oopsmon(*command, path)
        assert code == 2 and "newer version of the format: get a newer oopsmon" in err


def test_partition_by_ymodem(image, tmp_path):
    """The whole partition under the name it is sent with."""
    path = image.rename(tmp_path / "oopsmon-archive.bin")
    assert entries(path)[0] == 0
    assert oopsmon("decode", path)[0] == 0
