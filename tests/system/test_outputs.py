# SPDX-License-Identifier: BSD-2-Clause
"""What the commands write where others may write as well, and where little fits: no
link that somebody put there is followed, a file is whole or not there, and what was there before
stays until then."""
import json
import lzma
import os
import pathlib
import resource
import subprocess

import pytest
from archives import archive, flash, writer  # noqa: F401 (writer is a fixture)

from omlab import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
NAME = "base-a32-ecc16"
SECRET = b"not for others\n"


@pytest.fixture(scope="module")
def inputs(writer, tmp_path_factory):  # noqa: F811
    """{command: input}"""
    folder = tmp_path_factory.mktemp("inputs")
    region = folder / "region.bin"
    region.write_bytes(lzma.decompress((report.REGIONS / NAME / "region.bin.xz").read_bytes()))
    image = flash(folder / "flash.img")
    assert archive(writer, image, NAME) == 0
    return {("decode",): region, ("decode", "--join"): region, ("archive", "extract"): image}


COMMANDS = [("decode",), ("decode", "--join"), ("archive", "extract")]


def run(command, path, out, **how):
    done = subprocess.run([PROGRAM, *command, "-o", out, path], capture_output=True, timeout=120,
                          check=False, **how)
    assert b"Sanitizer" not in done.stderr
    return done.returncode, done.stderr.decode()


def written(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def good(inputs, tmp_path):
    """What a command writes where nobody was before: {command: {path: bytes}}."""
    out = {}
    for number, command in enumerate(COMMANDS):
        folder = tmp_path / f"good-{number}"
        assert run(command, inputs[command], folder)[0] == 0
        out[command] = written(folder)
        assert len(out[command]) >= 3
    return out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", ["{}", ".{}.new"])
def test_planted_links_are_not_followed(command, name, inputs, good, tmp_path):
    """In place of every file, and of every name it has while it is written. decode takes another
    folder if it would have to replace one."""
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    out = tmp_path / "out"
    for path in good[command]:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).with_name(name.format(path.name)).symlink_to(secret)
    planted = {p for p in out.rglob("*") if p.is_symlink()}
    assert run(command, inputs[command], out) == (0, "")
    assert secret.read_bytes() == SECRET and len(planted) == len(good[command])
    if command[0] == "archive":
        assert written(out) == good[command] and not any(p.is_symlink() for p in planted)
        return
    takes = "-2" if name == "{}" else ""
    now = {path: data for path, data in written(out).items() if data != SECRET}
    assert now == {path.parent.with_name(path.parent.name + takes) / path.name: data
                   for path, data in good[command].items()}
    assert all(p.is_symlink() for p in planted)


def test_a_folder_that_is_a_link_is_not_entered(inputs, good, tmp_path):
    command = ("archive", "extract")
    other = tmp_path / "other"
    other.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    names = {path.parts[0] for path in good[command]}
    for name in names:
        (out / name).symlink_to(other)
    code, err = run(command, inputs[command], out)
    assert code == 2 and len(names) == 1
    assert f"{names.pop()}: Too many levels of symbolic links" in err
    assert list(other.iterdir()) == []


def test_the_folder_itself_may_be_a_link(inputs, good, tmp_path):
    """It is the user's own word."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "out").symlink_to(real)
    for command in COMMANDS:
        assert run(command, inputs[command], tmp_path / "out") == (0, "")
        assert set(good[command]) <= set(written(real))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("limit", [0, 100, 4096])
def test_files_that_may_not_grow(command, limit, inputs, good, tmp_path):
    """As on a full disk: exit code 2, the reason, no file cut short, the old one as it was."""
    out = tmp_path / "out"
    for path in good[command]:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(b"old")
    code, err = run(command, inputs[command], out,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert code == 2 and "File too large" in err
    whole = {path.name: data for path, data in good[command].items()}
    now = written(out)
    kept = {path for path in now if path in good[command]}
    assert kept == set(good[command]) and (command[0] == "decode" or kept == set(now))
    assert all(data in (b"old", whole[path.name]) for path, data in now.items())
    assert b"old" in now.values() and (command[0] == "archive" or {now[p] for p in kept} == {b"old"})


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_folder_that_takes_nothing(command, inputs, tmp_path):
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != pathlib.Path("/"):
            folder.chmod(folder.stat().st_mode | 0o111)
    data = inputs[command].read_bytes()
    copy = tmp_path / "input"
    copy.write_bytes(data)
    how = {"user": 65534} if os.geteuid() == 0 else {}
    code, err = run(command, copy, out, **how)
    assert code == 2 and "Permission denied" in err and str(out) in err
    assert list(out.iterdir()) == []


# ---- one file: what `-o FILE` of plan, erase and wrap leads to ------------------------------

FILES = ["plan", "erase", "wrap"]


def write_file(command, tmp_path, out, **how):
    """(exit code, standard error) of the command that writes @out, a path of any form."""
    given = tmp_path / "given"
    if not given.exists():
        if command == "wrap":
            given.write_bytes((BUILD / "kernel" / "zImage").read_bytes())
        elif command == "plan":
            dts = ROOT / "tests" / "data" / "dts" / "plain.dts"
            subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", given, dts], timeout=60, check=True)
        else:
            packed = report.REGIONS / NAME / "region.bin.xz"
            given.write_bytes(lzma.decompress(packed.read_bytes()))
    given.chmod(0o644)
    return run((command,), given, out, **how)


@pytest.fixture(params=FILES)
def filed(request, tmp_path):
    """(command, what it writes where nobody was before)"""
    assert write_file(request.param, tmp_path, tmp_path / "good") == (0, "")
    return request.param, (tmp_path / "good").read_bytes()


def test_a_file_in_the_folder_where_one_is(filed, tmp_path):
    """A name without a folder, and a file that is replaced."""
    command, data = filed
    for old in (None, b"old" * 5000):
        if old:
            (tmp_path / "out").write_bytes(old)
        assert write_file(command, tmp_path, "out", cwd=tmp_path) == (0, "")
        assert (tmp_path / "out").read_bytes() == data
    assert {p.name for p in tmp_path.iterdir()} == {"given", "good", "out"}


@pytest.mark.parametrize("name", ["out", ".out.new"])
def test_a_file_replaces_a_link(name, filed, tmp_path):
    command, data = filed
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.write_bytes(SECRET)
    folder.mkdir()
    (folder / name).symlink_to(secret)
    assert write_file(command, tmp_path, folder / "out") == (0, "")
    assert secret.read_bytes() == SECRET
    assert [(p.name, p.is_symlink()) for p in folder.iterdir()] == [("out", False)]
    assert (folder / "out").read_bytes() == data


def test_a_file_is_whole_or_the_old_one(filed, tmp_path):
    """As on a full disk: at none of these sizes is a part of it left."""
    command, data = filed
    folder = tmp_path / "folder"
    folder.mkdir()
    for limit in (0, 1, 100, len(data) - 1):
        old = b"o" * limit
        (folder / "out").write_bytes(old)
        code, err = write_file(command, tmp_path, folder / "out", preexec_fn=lambda n=limit: resource.setrlimit(
            resource.RLIMIT_FSIZE, (n, n)))
        assert code == 2 and f"{folder / 'out'}: File too large" in err
        assert written(folder) == {pathlib.Path("out"): old}


def test_a_device_is_written_to(filed, tmp_path):
    assert write_file(filed[0], tmp_path, "/dev/null") == (0, "")
    assert write_file(filed[0], tmp_path, "/dev/full")[1].count("/dev/full: No space left on device") == 1
    assert all(pathlib.Path(path).is_char_device() for path in ("/dev/null", "/dev/full"))


@pytest.mark.parametrize("there, why", [
    ("folder", "Is a directory"), ("pipe", "File exists"), ("link to a device", "File exists"),
    ("nothing, in no folder", "No such file"), ("no name", "Is a directory"), ("closed", "Permission denied")])
def test_no_file_in_place_of_something_else(there, why, filed, tmp_path):
    """Least of all in place of a device, which root would replace."""
    command, _ = filed
    folder = tmp_path / "folder"
    out = folder / "out"
    folder.mkdir()
    how = {}
    if there == "folder":
        out.mkdir()
    elif there == "pipe":
        os.mkfifo(out)
    elif there == "link to a device":
        out.symlink_to("/dev/null")
    elif there == "nothing, in no folder":
        out = folder / "not-there" / "out"
    elif there == "no name":
        out = f"{folder}/"
    else:
        folder.chmod(0o555)
        for parent in (tmp_path, *tmp_path.parents):
            if parent.stat().st_uid == os.geteuid() and parent != pathlib.Path("/"):
                parent.chmod(parent.stat().st_mode | 0o111)
        how = {"user": 65534} if os.geteuid() == 0 else {}
    before = sorted((p.name, p.lstat().st_mode) for p in folder.iterdir())
    code, err = write_file(command, tmp_path, out, **how)
    assert code == 2 and f"{out}: {why}" in err
    assert sorted((p.name, p.lstat().st_mode) for p in folder.iterdir()) == before


# ---- logs of ports, and JSON ----------------------------------------------------------------

def test_the_log_of_a_port_is_no_link(tmp_path):
    """watch appends to DIR/NAME.log: to a file, not through a link, not into a pipe."""
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    said = []
    for kind in ("link", "pipe"):
        out = tmp_path / kind
        out.mkdir()
        if kind == "link":
            (out / "b.log").symlink_to(secret)
        else:
            os.mkfifo(out / "b.log")
        done = subprocess.run([PROGRAM, "watch", "-o", out, "b=/dev/not-there"], timeout=60,
                              capture_output=True, check=False)
        said.append((done.returncode, b"b.log: " in done.stderr))
    assert said == [(2, True), (2, True)]
    assert secret.read_bytes() == SECRET


def test_json_is_whole(inputs, tmp_path):
    """report.json is moved in place last: whoever sees it sees all files it names."""
    out = tmp_path / "out"
    assert run(("archive", "extract"), inputs["archive", "extract"], out)[0] == 0
    (path,) = out.glob("*/report.json")
    names = {r["name"] for r in json.loads(path.read_bytes())["records"]}
    assert names and names <= {p.name for p in path.parent.iterdir()}
