# SPDX-License-Identifier: BSD-2-Clause
"""What a goal needs: the host program no cross compiler, and no download if the system has the libraries."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 900 * float(os.environ.get("OOPSMON_SLOW", 1))


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory):
    """Every program of this system but those of a cross compiler."""
    folder = tmp_path_factory.mktemp("bin")
    for place in os.environ["PATH"].split(os.pathsep):
        for program in pathlib.Path(place).iterdir() if pathlib.Path(place).is_dir() else ():
            if not program.name.startswith("arm-") and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The tree, with a script in it that fetches nothing."""
    tree = tmp_path_factory.mktemp("source")
    (tree / "tools").mkdir()
    for path in [ROOT / name for name in ("Makefile", "firmware", "board", "ld", "docs", "tests")]:
        (tree / path.name).symlink_to(path)
    for path in (ROOT / "tools").iterdir():
        (tree / "tools" / path.name).symlink_to(path)
    fetch = tree / "tools" / "fetch_source.sh"
    fetch.unlink()
    fetch.write_text("#!/bin/sh\necho \"no network for $1\" >&2\nexit 1\n")
    fetch.chmod(0o755)
    return tree


def make(tree, out, path, *words):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", "-C", str(tree), f"O={out}", "CROSS=/nonexistent/arm-", *words],
                          capture_output=True, text=True, timeout=LIMIT, env={**clean, "PATH": str(path)})


@pytest.mark.parametrize("words,groups,libraries", [
    (["host"], {"build", "host"}, {"zlib", "fdt"}),
    (["host", "SYSTEM_LIBS=1"], {"syslibs"}, set()),
    (["install-host", "SYSTEM_LIBS=1"], {"syslibs"}, set()),
    (["install-hook"], set(), set()),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_commands_of_the_host_program(tmp_path, bin_folder, words, groups, libraries):
    """What make would do in an empty build folder."""
    said = make(ROOT, tmp_path / "o", bin_folder, "-n", *words)
    assert said.returncode == 0, said.stderr
    assert set(re.findall(r"tools/setup\.sh (\w+)", said.stdout)) == groups
    assert set(re.findall(r"tools/fetch_source\.sh (\w+)", said.stdout)) == libraries
    assert "/nonexistent" not in said.stdout and "arm-none-eabi" not in said.stdout
    assert (said.stdout.count("gcc ") > 100) == (words != ["install-hook"])


@pytest.mark.parametrize("goal, groups", [("all", {"build", "image"}), ("install", {"build", "image", "host"})])
def test_images_are_made_by_the_cross_compiler(goal, groups, tmp_path, bin_folder):
    """The test above would see one."""
    said = make(ROOT, tmp_path / "o", bin_folder, "-n", goal)
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("/nonexistent/arm-gcc ") > 100
    assert set(re.findall(r"tools/setup\.sh (\w+)", said.stdout)) == groups


@pytest.mark.parametrize("goal", ["build", "host", "syslibs", "image", "demo", "test", "arches"])
def test_set_up_of_a_goal(tmp_path, goal):
    """On a machine where no package is installed, without root: the packages it asks for."""
    for name, code in (("dpkg-query", "exit 1"), ("id", "echo 1000"), ("sudo", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)
    said = subprocess.run([ROOT / "tools/setup.sh", goal], capture_output=True, text=True, timeout=60,
                          env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert said.returncode == 1
    asked = set(re.search(r"install -y --no-install-recommends ([^'\n]*)", said.stderr)[1].split())
    cross = goal in ("image", "demo", "test")
    assert "gcc" in asked
    assert ("gcc-arm-none-eabi" in asked) == cross
    assert ("qemu-system-arm" in asked) == (goal in ("demo", "test"))
    assert ("libelf-dev" in asked) == (goal not in ("build", "image", "arches"))
    assert ({"gcc-s390x-linux-gnu", "qemu-user"} <= asked) == (goal == "arches")
    assert ({"zlib1g-dev", "libfdt-dev"} <= asked) == (goal in ("syslibs", "test"))


def outcome(program, folder, *words):
    """What it prints and the files that it writes."""
    folder.mkdir()
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, timeout=LIMIT)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
             if path.is_file()}
    return done.returncode, done.stdout, done.stderr, files


def test_host_program_with_the_system_s_libraries(build, dtbs, source, bin_folder, tmp_path):
    """Built with nothing fetched and no cross compiler, it reads and writes what the other does."""
    out = tmp_path / "o"
    without = make(source, out, bin_folder, "host")
    assert without.returncode != 0 and "no network for" in without.stderr
    done = make(source, out, bin_folder, "host", "SYSTEM_LIBS=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (out / "deps" / "zlib" / ".ready").exists()
    ours, pinned = out / "host" / "oopsmon", build / "host" / "oopsmon"
    needs = [subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
             for program in (ours, pinned)]
    assert ["libfdt.so" in text for text in needs] == [True, False]

    data, regions = ROOT / "tests/data", ROOT / "tests/data/regions"
    rows = [["decode", "-o", "out", "--join", regions / "a61-full-ecc16/region.bin.xz"],
            ["decode", "-o", "out", regions / "a61-twocrashes/region.bin.xz"],
            ["decode", "-o", "out", "--json", regions / "a61-midwrite0-ecc16/region.bin.xz"],
            ["plan", dtbs / "bcm2836-rpi-2-b.dtb", "-o", "with.dtb"]]
    rows += [["decode", "-o", "out", path] for path in sorted((data / "report").glob("*.log*"))[:3]]
    written = 0
    for i, words in enumerate(rows):
        one, other = (outcome(program, tmp_path / f"{i}-{name}", *words)
                      for program, name in ((ours, "ours"), (pinned, "pinned")))
        assert one == other, words
        assert one[0] == 0, (words, one[2])
        written += len(one[3])
    assert written >= 10


def test_unit_tests_link_lower_floors_only():
    """Each unit test is in one group of tests/unit/objects.mk, which links no higher floor."""
    text = (ROOT / "tests/unit/objects.mk").read_text().replace("\\\n", " ")
    rows = {name: words.split() for name, words in re.findall(r"^([\w-]+) :=(.*)$", text, re.M)}
    floors = {name: int(floor) for name, floor in
              re.findall(r'"(\w+)": (\d)', (ROOT / "tests/floors.py").read_text())}
    groups = [name[:-len("-tests")] for name in rows if name.endswith("-tests")]
    named = [test for group in groups for test in rows[f"{group}-tests"]]
    assert sorted(named) == sorted(path.stem for path in (ROOT / "tests/unit").glob("*_test.c"))
    assert {group for group in groups if group in floors} == set(floors)
    for group in set(groups) & set(floors):
        assert rows[f"links-{group}"][0] == group
        assert all(floors[folder] < floors[group] for folder in rows[f"links-{group}"][1:]), group
    said = subprocess.run(["make", "-n", "-B", "build/unit/utc_test"], cwd=ROOT, capture_output=True,
                          text=True, timeout=LIMIT, env={"PATH": os.environ["PATH"], "HOME": "/"})
    link = [line for line in said.stdout.splitlines() if "-lcmocka" in line or "--start-group" in line]
    assert re.findall(r"unit/(\w+)\.a", " ".join(link)) == ["base", "libs"]
