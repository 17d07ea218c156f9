#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds that each folder of firmware/core uses lower floors only, and the image none of offline/.

    floors.py NM FOLDER MAP     (FOLDER: core's objects, below it the folders; MAP: the image's)

By include lines, and by the names that the objects import.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORE = ROOT / "firmware" / "core"

#: The floor of each folder; docs/architecture.md says what they hold.
FLOORS = {"base": 1,
          "ecc": 2, "tree": 2, "ymodem": 2, "log": 2,
          "ramoops": 3, "printk": 3,
          "place": 4, "crash": 4, "boot": 4,
          "report": 5,
          "archive": 6, "offline": 6}


def may_use(user, used):
    return user == used or FLOORS[used] < FLOORS[user]


def wrong_includes():
    """(file, header) of each include line that goes up or to another folder of the same floor."""
    seen = 0
    for source in sorted(CORE.glob("*/*.[ch]")):
        for folder, name in re.findall(r'#include "core/(\w+)/(\w+\.h)"', source.read_text()):
            seen += 1
            if not may_use(source.parent.name, folder):
                yield f"{source.relative_to(ROOT)} includes core/{folder}/{name}"
    assert seen > 100, "include lines are written otherwise than this looks for them"


def names(nm, path, option):
    said = subprocess.run([nm, option, path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in said.splitlines() if line}


def wrong_imports(nm, objects):
    """What an object takes from one that it may not use."""
    defined = {name: path for path in objects for name in names(nm, path, "--defined-only")
               if re.search(r"^[a-z]", name)}
    seen = 0
    for path in objects:
        for name in sorted(names(nm, path, "-u")):
            owner = defined.get(name)
            if not owner:
                continue
            seen += 1
            if not may_use(path.parent.name, owner.parent.name):
                yield (f"{path.parent.name}/{path.stem} uses {name} of "
                       f"{owner.parent.name}/{owner.stem}")
    assert seen > 100, "nm names no imports"


def main():
    nm, folder, image_map = sys.argv[1:]
    sources = sorted(CORE.glob("*/*.c"))
    objects = [pathlib.Path(folder) / source.parent.name / (source.stem + ".o") for source in sources]
    wrong = [f"{source.relative_to(ROOT)} is on no floor" for source in
             [*CORE.glob("*.[ch]"), *(s for s in sources if s.parent.name not in FLOORS)]]
    wrong += wrong_includes()
    wrong += wrong_imports(nm, objects)
    text = pathlib.Path(image_map).read_text()
    linked = set(re.findall(r"core\.a\((\w+)\.o\)", text.split("\nDiscarded input sections", 1)[0]))
    assert len(linked) > 20, f"{image_map} does not name core's objects"
    wrong += [f"the image has {source.parent.name}/{source.stem}" for source in sources
              if source.parent.name == "offline" and source.stem in linked]
    for line in wrong:
        print(f"oopsmon: {line}", file=sys.stderr)
    if not wrong:
        print(f"floors: {len(objects)} objects in {len(FLOORS)} folders use lower floors only")
    return bool(wrong)


sys.exit(main())
