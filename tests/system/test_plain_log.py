# SPDX-License-Identifier: BSD-2-Clause
"""`decode` of a log that somebody saved as text, and the same crash from a region."""
import json
import os
import pathlib
import subprocess

import pytest

from omlab import ramoops

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")) / "host" / "oopsmon"

LOG = b"""[    5.000000] Unable to handle kernel NULL pointer dereference at virtual address 00000004
[    5.000000] Internal error: Oops: 5 [#1] SMP ARM
[    5.000000] CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2
[    5.000000] PC is at kiln_poll+0x20/0x50
[    5.000000]  kiln_poll from kiln_work+0x18/0x40
[    5.000000] Kernel panic - not syncing: Fatal exception
"""
TITLE = "BUG: unable to handle kernel NULL pointer dereference in kiln_poll"


def decode(*words, given=None):
    return subprocess.run([PROGRAM, "decode", *words], input=given, capture_output=True)


def with_prefix(before):
    return b"".join(before + line for line in LOG.splitlines(keepends=True))


@pytest.mark.parametrize("log", [LOG, with_prefix(b"<4>"), with_prefix(b"Jan  1 00:00:01 board kernel: "),
                                 LOG.replace(b"] ", b"] I[1:  sh:   38] "), b"boot: hello\n\n" + LOG],
                         ids=["console", "pstore", "syslog", "vendor", "bootloader"])
def test_crash_of_a_plain_log(log):
    done = decode("--json", "-", given=log)
    document = json.loads(done.stdout)
    assert done.returncode == 0 and document["regions"] == []
    crash = document["logs"][0]["crash"]
    assert crash["title"] == TITLE and crash["kind"] == "oops" and crash["panicked"]
    assert crash["signature"].startswith("kiln_poll-1-")
    table = decode("-", given=log).stdout.decode()
    assert f"title     {TITLE} ({crash['signature']})\n" in table


def test_the_same_from_a_region():
    region = ramoops.Region(ramoops.Sizes(region=65536, record=16384, console=16384, ftrace=0, pmsg=0, ecc=0))
    region = region.boot(ramoops.Kernel((6, 1, 100)))
    region.console(LOG)
    sizes = ["--record-size=16384", "--console-size=16384"]
    document = json.loads(decode("--json", *sizes, "-", given=bytes(region.ram)).stdout)
    crash = next(r["crash"] for r in document["regions"][0]["records"] if r.get("crash"))
    plain = json.loads(decode("--json", "-", given=LOG).stdout)["logs"][0]["crash"]
    assert crash == plain


def test_text_without_a_crash_is_refused():
    done = decode("-", given=b"[    5.000000] usb 1-1: new device\n" * 20)
    assert done.returncode == 2 and b"no ramoops region" in done.stderr


def test_nothing_in_a_log_moves_the_cursor():
    done = decode("-", given=LOG.replace(b"Fatal", b"\x1b[2J\x9bFatal"))
    assert done.returncode == 0 and set(done.stdout) <= set(range(32, 127)) | {10}


def test_a_log_has_no_records_to_write(tmp_path):
    done = decode("-o", tmp_path / "out", "-", given=LOG)
    assert done.returncode == 1 and b"no records" in done.stderr
    assert not (tmp_path / "out").exists()
