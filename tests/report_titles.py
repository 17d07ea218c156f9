#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How many of a folder of real kernel logs are explained: crash seen, culprit named, title equal.

Each file: header lines ("TITLE: what a peer calls it"), an empty line, the console's text. The
folder is the user's. Logs are counted in two parts: every third is for checking alone, so that
words added for the others do not make the figures look better than they are.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from omlab import ramoops  # noqa: E402


def read(path):
    """(title, log) of a file, or None if it has no title to compare with."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\n") if b": " in line)
    if b"TITLE" not in fields or fields.get(b"SUPPRESSED") == b"Y":
        return None
    return fields[b"TITLE"].decode(errors="replace"), body.split(b"\nREPORT:\n")[0] + b"\n"


def crash_of(program, log):
    """The crash that the program finds in a dead kernel's console with this text."""
    size = 1 << max(14, (len(log) + 4096).bit_length())
    region = ramoops.Region(ramoops.Sizes(region=size * 2, record=size, console=size, ftrace=0, pmsg=0, ecc=0))
    region = region.boot(ramoops.Kernel((6, 1, 100)))
    region.console(log)
    with tempfile.NamedTemporaryFile() as file:
        file.write(region.ram)
        file.flush()
        done = subprocess.run([program, "decode", "--json", f"--record-size={size}", f"--console-size={size}",
                               file.name], capture_output=True)
    try:
        regions = json.loads(done.stdout)["regions"]
    except ValueError:
        return None
    return next((r["crash"] for g in regions for r in g["records"] if r.get("crash")), None)


def count(program, files, verbose):
    seen = named = functions = equal = fair = total = 0
    for path, (title, log) in files:
        crash = crash_of(program, log) or {}
        found = re.search(r" (?:in|at) ([A-Za-z_][\w.]*)", title)
        function = found and found.group(1)
        total += 1
        seen += bool(crash)
        word = function and re.compile(rf"\b(?:__\w+?_)?{re.escape(function)}\b")
        if function == "corrupted" or word and not word.search(log.decode(errors="replace")):
            continue  # nothing to find: our own title stands
        fair += 1
        equal += crash.get("title") == title
        if verbose and crash.get("title") != title:
            print(f"  {path.name}: {title} <> {crash.get('title')}")
        if word:
            functions += 1
            said = " ".join(str(crash.get(k, "")) for k in ("cause", "fault", "pc", "lr", "task", "trace"))
            named += word.search(said) is not None
    return total, seen, named, functions, equal, fair


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=pathlib.Path, help="the logs, one a file")
    options.add_argument("--program", default=ROOT / "build/host/oopsmon", help="(default: %(default)s)")
    options.add_argument("-v", "--verbose", action="store_true", help="also the titles that differ")
    options = options.parse_args()
    paths = sorted((p for p in options.folder.iterdir() if p.is_file()), key=lambda p: (len(p.name), p.name))
    logs = [(p, got) for p in paths if (got := read(p))]
    parts = {"worked on": [x for i, x in enumerate(logs) if i % 3 != 2], "checked with": logs[2::3]}
    for name, files in parts.items():
        total, seen, named, functions, equal, fair = count(options.program, files, options.verbose)
        print(f"{name}: {total} logs, crash seen in {seen}; culprit named in {named} of {functions}; "
              f"title equal in {equal} of {fair}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
