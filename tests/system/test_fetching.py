# SPDX-License-Identifier: BSD-2-Clause
"""tools/fetch_source.sh: where a pinned package comes from, and what is refused.

The script is a copy whose pins and mirrors are the test's: a web server on this machine has a
package that dpkg made here.
"""
import functools
import hashlib
import http.server
import os
import pathlib
import re
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH_IN_POOL = "l/linux/linux-image-1-armmp_1_armhf.deb"
TREES = ("am335x-boneblack.dtb", "vendor/other.dtb")


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A package as Debian's kernels are, in a mirror's pool."""
    top = tmp_path_factory.mktemp("mirror")
    content = top / "content"
    for tree in TREES:
        path = content / "usr/lib/linux-image-1-armmp" / tree
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"tree {path.name}")
    (content / "boot").mkdir()
    (content / "boot/vmlinuz-1-armmp").write_text("kernel")
    (content / "DEBIAN").mkdir()
    (content / "DEBIAN/control").write_text(
        "Package: linux-image-1-armmp\nVersion: 1\nArchitecture: armhf\n"
        "Maintainer: none <none@example.org>\nDescription: none\n")
    deb = top / "full/pool/main" / PATH_IN_POOL
    deb.parent.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "-b", content, deb], check=True, stdout=subprocess.DEVNULL)
    wrong = top / "wrong/pool/main" / PATH_IN_POOL
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(deb.read_bytes()[:-1] + b"x")
    (top / "empty").mkdir()
    return top, deb


@pytest.fixture(scope="module")
def server(package):
    """Its address; each folder of the package's is a mirror."""
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(
        Handler, directory=str(package[0])))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()


@pytest.fixture
def fetch(package, server, tmp_path):
    """Runs the script: fetch(own mirrors, those of DEBIAN_MIRRORS, pins) as folders of the server."""
    text = (ROOT / "tools/fetch_source.sh").read_text()

    def run(own, debian, pins=None, source=()):
        sha256 = hashlib.sha256(package[1].read_bytes()).hexdigest()
        pins = pins or [(sha256, PATH_IN_POOL)]
        lines = "\n".join(f"{pin}\n{path}" for pin, path in pins)
        script, count = re.subn(r'(armmp\)\n\tpinned=")[^"]*', rf"\g<1>{lines}", text)
        assert count == 1
        (tmp_path / "fetch_source.sh").write_text(script)
        (tmp_path / "mirrors.sh").write_text(
            "#!/bin/sh\n" + "".join(f"echo main {server}/{d}/\n" for d in own))
        for name in ("fetch_source.sh", "mirrors.sh"):
            (tmp_path / name).chmod(0o755)
        done = subprocess.run([tmp_path / "fetch_source.sh", "armmp", tmp_path / "out",
                               tmp_path / "cache", *source], capture_output=True, text=True,
                              timeout=120, env={
                                  **os.environ, "no_proxy": "127.0.0.1",
                                  "DEBIAN_MIRRORS": " ".join(f"{server}/{d}/" for d in debian)})
        return done, tmp_path / "out"
    return run


def has_all(out):
    return all((out / name).is_file() for name in (*TREES, "vmlinuz", ".ready"))


@pytest.mark.parametrize("own, debian", [
    (["full"], []),
    (["empty", "full"], []),
    (["empty"], ["full"]),
    ([], ["empty", "full"]),
    (["wrong", "full"], []),
    (["wrong"], ["empty", "wrong", "full"]),
], ids=lambda folders: "+".join(folders) or "none")
def test_first_that_has_it(fetch, own, debian):
    """A mirror may have dropped it, or have something else of that name."""
    done, out = fetch(own, debian)
    assert done.returncode == 0, done.stderr
    assert has_all(out)
    again, out = fetch([], [])  # from the cache
    assert again.returncode == 0 and has_all(out)


def test_other_version(fetch, package):
    """The second pin, where no server has the first."""
    sha256 = hashlib.sha256(package[1].read_bytes()).hexdigest()
    done, out = fetch(["full"], [], pins=[("0" * 64, "l/linux/linux-image-2_2_armhf.deb"),
                                          (sha256, PATH_IN_POOL)])
    assert done.returncode == 0, done.stderr
    assert has_all(out)


@pytest.mark.parametrize("own, debian", [([], []), (["empty"], ["empty"]), (["wrong"], ["wrong"])])
def test_nowhere(fetch, own, debian, tmp_path):
    done, out = fetch(own, debian)
    assert done.returncode == 1
    assert "armmp could not be fetched" in done.stderr
    assert f"put linux-image-1-armmp_1_armhf.deb into {tmp_path}/cache" in done.stderr
    assert "make ARMMP_SRC=" in done.stderr
    assert not out.exists()
    assert not list((tmp_path / "cache").glob("*"))


def test_from_a_folder(fetch, package):
    content = package[0] / "content"
    for source in (content, content / "usr/lib/linux-image-1-armmp"):
        done, out = fetch([], [], source=[source])
        assert done.returncode == 0, done.stderr
        assert all((out / name).is_file() for name in (*TREES, ".ready"))
    done, _ = fetch([], [], source=[package[0] / "empty"])
    assert done.returncode == 1
    assert "no am335x-boneblack.dtb below" in done.stderr and "ARMMP_SRC" in done.stderr
