# SPDX-License-Identifier: BSD-2-Clause
"""A region's files by `oopsmon decode` against those that Linux's pstore listed.

With the sizes given, Linux's ECC notice is asked for as well and every byte must be Linux's, so
the numbers of corrected bytes and bad blocks are, too; by itself the files come without notice.
ftrace text is compared entry by entry, without symbols, and with ECC in the way of omlab.escape:
there Linux's own entries are out of step. Other differences that are meant stand in the row
(matrix.Known).
"""
import csv
import re
import shutil
import subprocess
from typing import NamedTuple

import matrix
from omlab import escape

FILE = re.compile(r"(?:dmesg|console|pmsg|ftrace)-ramoops-\d+(?:\.enc\.z)?")


class Verdict(NamedTuple):
    word: str  # PASS, KNOWN (differs as the row says), FAIL
    why: str


class Golden(NamedTuple):
    data: bytes
    st_size: int


def sizes(row):
    """The options that give a row's sizes."""
    options = [f"--{name}-size={getattr(row, name)}"
               for name in ("record", "console", "ftrace", "pmsg", "ecc")]
    return options + ([f"--per-cpu={row.cpus}"] if row.flags & 1 and row.ftrace else [])


def notices(row):
    """The option that puts the writer's ECC notice after our records."""
    return ["--linux-notices=" + ("old" if row.kernel == matrix.OLD else "new")]


def golden_of(folder):
    """Linux's files: of the kernel that wrote the region, if it read it, too."""
    kind = "writer" if (folder / "writer").exists() else "golden"
    with open(folder / f"{kind}.tsv", encoding="ascii", newline="") as file:
        return {r["name"]: Golden((folder / kind / r["name"]).read_bytes(), int(r["st_size"]))
                for r in csv.DictReader(file, delimiter="\t")}


def decode(program, region, options, out):
    """Our files by name and the table; ValueError when the program does not do its work."""
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run([program, "decode", *options, "-o", out, region], capture_output=True,
                          timeout=120, check=False)
    out.with_suffix(".txt").write_bytes(done.stdout + done.stderr)
    if done.returncode not in (0, 1):
        raise ValueError(f"exit code {done.returncode}: " +
                         done.stderr.decode(errors="replace").strip().split("\n")[0])
    files = {p.name: p.read_bytes() for p in out.glob("*/*") if FILE.fullmatch(p.name)}
    return files, done.stdout.decode(errors="replace")


def compare(row, golden, ours, said, noticed):
    """What is wrong, and which known differences were seen: two lists of words."""
    wrong, seen = [], []
    bare = {name.removesuffix(".enc.z"): data for name, data in ours.items()}
    known = {k.file: k for k in row.known}
    for name, file in golden.items():
        if name in known:
            wrong += meant(known[name], file.data, bare.get(name.removesuffix(".enc.z")), row.ecc,
                           said)
            seen.append(f"{name}: {known[name].why}")
        elif name not in ours:
            wrong.append(f"{name} is missing")
        elif why := difference(row, name, ours[name], file, noticed):
            wrong.append(f"{name}: {why}")
    for name in sorted(set(ours) - set(golden)):
        if name in known and not known[name].linux:
            wrong += meant(known[name], b"", ours[name], 0, said)
            seen.append(f"{name}: {known[name].why}")
        elif not {name + ".enc.z", name.removesuffix(".enc.z")} & set(golden):
            wrong.append(f"{name} is none of Linux's files")
    wrong += [f"{k.file} is not there" for k in row.known
              if not k.linux and k.file not in ours]
    return wrong, seen


def difference(row, name, ours, file, noticed):
    """"" or how our file differs from Linux's; noticed: ours has the notice, too."""
    if noticed and not name.startswith("ftrace-"):
        return escape.difference(name, ours, file.data, 0)
    why = escape.difference(name, ours, file.data, row.ecc, file.st_size)
    if why and row.ecc and name.startswith("ftrace-"):
        # a reader with that bug mended has the entries alone
        return why if escape.difference(name, ours, file.data, 0) else ""
    return why


def meant(known, linux, ours, ecc, said):
    """What is wrong with a file that is meant to differ."""
    if ours is None:
        return [f"{known.file} is missing"]
    if not ours.startswith(known.starts):
        return [f"{known.file} begins with {ours[:32]!r}, not with {known.starts!r}"]
    if known.says and not re.search(rf"^{re.escape(known.file)}.* {known.says}", said, re.MULTILINE):
        return [f"{known.file} is not called {known.says}"]
    if known.lead and ours != known.lead + escape.linux_file(known.file, linux, ecc).data:
        return [f"{known.file} is not {known.lead!r} and then what Linux shows"]
    return []


def region(row, folder, program):
    """Two verdicts: decoded with the sizes given, and by itself."""
    golden = golden_of(folder)
    verdicts = []
    for options, out in ((sizes(row) + notices(row), "ours"), ([], "alone")):
        try:
            wrong, seen = compare(
                row, golden, *decode(program, folder / "region.bin", options, folder / out),
                noticed=bool(options))
        except ValueError as error:
            wrong, seen = [str(error)], []
        verdicts.append(Verdict("FAIL", f"{out}: " + "; ".join(wrong)) if wrong else
                        Verdict("KNOWN", "; ".join(seen)) if seen else Verdict("PASS", ""))
    return verdicts
