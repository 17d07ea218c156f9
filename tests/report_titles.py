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
import bench  # noqa: E402
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


def count(program, files, verbose, signatures):
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
        if crash:
            signatures.append((title, crash["signature"]))
        equal += crash.get("title") == title
        if verbose and crash.get("title") != title:
            print(f"  {path.name}: {title} <> {crash.get('title')}")
        if word:
            functions += 1
            said = " ".join(str(crash.get(k, "")) for k in ("cause", "fault", "pc", "lr", "task", "trace"))
            named += word.search(said) is not None
    return total, seen, named, functions, equal, fair


def several(pairs):
    """{first: seconds} for each first that has more than one second."""
    found = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
    return {first: seconds for first, seconds in found.items() if len(seconds) > 1}


def figures(sums, signatures):
    """The tables of docs/benchmarks.md."""
    total, seen, named, functions, equal, fair = sums
    apart, alike = several(signatures), several((s, t) for t, s in signatures)
    return (f"| reports | seen | named | equal |\n| ---: | ---: | ---: | ---: |\n"
            f"| {total} | {seen}, {100 * seen / total:.0f} % | {named} of {functions}, {100 * named / functions:.0f} % "
            f"| {equal} of {fair}, {100 * equal / fair:.0f} % |\n\n"
            f"| signatures of | different | stand for several titles | titles | have several signatures |\n"
            f"| ---: | ---: | ---: | ---: | ---: |\n"
            f"| {len(signatures)} reports | {len({s for _, s in signatures})} | {len(alike)} "
            f"| {len({t for t, _ in signatures})} | {len(apart)} |\n")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=pathlib.Path, help="the logs, one a file")
    options.add_argument("--program", default=ROOT / "build/host/oopsmon", help="(default: %(default)s)")
    options.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options.add_argument("-v", "--verbose", action="store_true", help="also the titles that differ")
    options = options.parse_args()
    paths = sorted((p for p in options.folder.iterdir() if p.is_file()), key=lambda p: (len(p.name), p.name))
    logs = [(p, got) for p in paths if (got := read(p))]
    parts = {"worked on": [x for i, x in enumerate(logs) if i % 3 != 2], "checked with": logs[2::3]}
    signatures, sums = [], []
    for name, files in parts.items():
        sums.append(count(options.program, files, options.verbose, signatures))
        total, seen, named, functions, equal, fair = sums[-1]
        print(f"{name}: {total} logs, crash seen in {seen}; culprit named in {named} of {functions}; "
              f"title equal in {equal} of {fair}")
    text = figures([sum(column) for column in zip(*sums)], signatures)
    print(text, end="")
    if options.verbose:
        for title, found in several(signatures).items():
            print(f"  {title}: {', '.join(sorted(found))}")
        for signature, found in several((s, t) for t, s in signatures).items():
            print(f"  {signature}: {', '.join(sorted(found))}")
    if options.write:
        bench.write(text, "tests/report_titles.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
