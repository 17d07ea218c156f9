# SPDX-License-Identifier: BSD-2-Clause
"""Small C programs around firmware/core, built with sanitizers for tests and benches; among
them the model of Linux's reader (tests/fault/linux_reader.c)."""
import fcntl
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Core allocates nothing that could leak (make check-purity). Looking for leaks at the end of
# each start would read all of a program's workspace, which takes longer than its work.
NO_LEAK_CHECK = b'const char *__asan_default_options(void) { return "detect_leaks=0"; }'

OLD, NEW = 3, 5  # enum era of a reading kernel: 6.1 long-term, 6.6 and later


def compiled(build, source, folder, *others):
    """The program of @source (below the tree), in @folder, linked with core under ASan and UBSan.

    @others are more of the unit tests' archives, before core: "drivers", "libs".

    Processes may ask for the same one at a time: each makes its own and moves it in place.
    """
    archives = [build / "unit" / f"{name}.a" for name in (*others, "core")]
    with open(build / "core.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # an archive that is there may be of older sources
        subprocess.run(["make", "-s", "-C", ROOT, f"O={build}", *archives], check=True)
    out = folder / pathlib.Path(source).stem
    made = folder / f"{out.name}.{os.getpid()}"
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-std=c11", "-g", "-O1", "-D_GNU_SOURCE",
                    "-Wall", "-Wextra", "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", f"-I{ROOT}/firmware", f"-I{ROOT}/tests",
                    f"-isystem{build}/deps/zlib", f"-isystem{build}/deps/fdt", ROOT / source,
                    "-Wl,--start-group", *archives, "-Wl,--end-group", "-o", made,
                    "-x", "c", "-"], input=NO_LEAK_CHECK, check=True)
    made.replace(out)
    return out


def linux_reader(build, folder):
    return compiled(build, "tests/fault/linux_reader.c", folder)


def era_of(name):
    """The reader's era of a recorded region, by the kernel in its name ("k612-tight")."""
    return NEW if re.match(r"[a-z]+(6(1[2-9]|[2-9])|7)", name) else OLD


def linux_files(reader, image, sizes, cpus, era):
    """{file: bytes} that Linux would show; .enc.z: packed bytes. None: it takes no such sizes.

    sizes: record, console, ftrace, pmsg and ecc; cpus 0: one ftrace zone.
    """
    done = subprocess.run([reader, *map(str, sizes), str(cpus), str(era)], input=image,
                          capture_output=True, timeout=60)
    if done.returncode == 2:
        return None
    assert done.returncode == 0, done.stderr.decode()
    files, rest = {}, done.stdout
    while rest:
        head, rest = rest.split(b"\n", 1)
        name, size = head.decode().split()
        files[name], rest = rest[:int(size)], rest[int(size):]
    return files
