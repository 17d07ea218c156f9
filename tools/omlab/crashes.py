# SPDX-License-Identifier: BSD-2-Clause
"""What `oopsmon decode -o DIR` writes: a folder of each crash, its records' files in it."""
import pathlib


def folders(out):
    """The crashes' folders, by name."""
    found = sorted(path for path in pathlib.Path(out).iterdir()) if pathlib.Path(out).is_dir() else []
    assert all(path.is_dir() and not path.name.startswith(".") for path in found), found
    return found


def only(out):
    """The folder of the only crash in it."""
    (folder,) = folders(out)
    return folder


def files(out):
    """{name: bytes} of the only crash's records, {} if there is none; without report.json."""
    found = folders(out)
    assert len(found) <= 1, found
    return {path.name: path.read_bytes() for folder in found for path in folder.iterdir()
            if path.name != "report.json"}
