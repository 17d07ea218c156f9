# SPDX-License-Identifier: BSD-2-Clause
"""What others say of a device tree: dtc by its warnings, dt-validate by the kernel's schemas."""
import os
import pathlib
import re
import subprocess


def run(*command):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def warnings(tree):
    """dtc's warnings, each with its node."""
    done = run("dtc", "-I", "dtb", "-O", "dtb", "-o", os.devnull, tree)
    assert done.returncode == 0, done.stderr
    return {line.split(": ", 1)[1] for line in done.stderr.splitlines()}


def make_schema(bindings, out):
    """The schemas in a folder, as dt-validate wants them."""
    done = run("dt-mk-schema", "-j", "-o", out, bindings)
    assert done.returncode == 0, done.stderr
    return out


def complaints(schema, limit, *trees):
    """What dt-validate says by the schemas whose path has @limit: {tree: {message}}."""
    assert all(pathlib.Path(tree).exists() for tree in trees)  # else dt-validate says nothing
    done = run("dt-validate", "-l", limit, "-s", schema, *trees)
    assert done.returncode == 0, done.stderr
    found = {pathlib.Path(tree): set() for tree in trees}
    for line in done.stderr.splitlines():
        match = re.match(r"(/.*\.dtb): (.*)", line)
        if match:
            found[pathlib.Path(match[1])].add(match[2])
    return found
