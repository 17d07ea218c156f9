#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real ramoops regions of real kernels, and whether `oopsmon decode` reads them as Linux does.

    run.py --build build [--only PATTERN] [--again] [--store NAME …]

Each row of matrix.py is one crash: a kernel boots under QEMU's virt (32-bit ARM, no monitor),
does the row's steps and ends; QEMU is stopped right there and the region is saved; the machine
is reset with its RAM, and the files that Linux's pstore lists at that next boot are saved byte
for byte (golden). BUILD/corpus/NAME then has region.bin, golden/, golden.tsv, meta.txt,
reader.txt, and the serial line's log. A row that is there already is not run again unless
--again is given. Then every region is decoded, with its sizes given and by itself, and each
file is compared. Exit status 0: all of it as it should be.

--store copies regions to tests/data/regions, where every test run decodes them.
"""
import argparse
import concurrent.futures
import csv
import fnmatch
import hashlib
import lzma
import pathlib
import random
import re
import shlex
import shutil
import sys
import time

import compare
import matrix
from omlab import fdt, guest, initrd, qemu

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORED = ROOT / "tests" / "data" / "regions"
ADDRESS = 0x5FA00000
INDEX = ("name", "record", "console", "ftrace", "pmsg", "ecc", "per_cpu", "note")
READER = ("uname -a; echo '--- /proc/cmdline'; cat /proc/cmdline; echo '--- kernel log lines'; "
          "dmesg | grep -E 'ramoops|pstore' | sed 's/^<[0-9]*>//; s/^\\[[^]]*\\] //'; "
          "for m in ramoops pstore; do echo \"--- $m parameters\"; cd /sys/module/$m/parameters && "
          "for f in *; do echo $f=$(cat $f); done; cd /; done")


# ---- one crash -------------------------------------------------------------------------
def files_for_guest():
    """What steps write into the zones; the same bytes in every run."""
    rng = random.Random(1)
    return {"random": rng.randbytes(40000), "logd": matrix.logd_stream(),
            "oddtext": matrix.ODD_TEXT, "noise": matrix.noise(rng)}


def node_properties(row):
    """The ramoops node's numbers, as add_ramoops() takes them."""
    numbers = {"record_size": row.record, "console_size": row.console, "ftrace_size": row.ftrace,
               "pmsg_size": row.pmsg, "ecc_size": row.ecc, "flags": row.flags,
               "max_reason": row.max_reason}
    return {name: value for name, value in numbers.items() if value}


def words_for(row, kernel, folder, extra=()):
    """QEMU's command line for a kernel of this row; makes initrd and device tree."""
    parts = dict(kernel=kernel / "zImage", initrd=folder / "initrd.gz",
                 append=f"console=ttyAMA0 panic=-1 {row.append}".strip(),
                 extra=["-smp", row.cpus, *extra])
    parts["initrd"].write_bytes(initrd.guest(kernel / "busybox", files_for_guest().items()))
    tree = fdt.parse(qemu.dump_dtb(qemu.command(**parts)))
    fdt.add_ramoops(tree, ADDRESS, row.region, **node_properties(row))
    (folder / "dtb").write_bytes(fdt.build(tree, slack=0x1000))
    return qemu.command(**parts, dtb=folder / "dtb")


def address_of(symbol, system_map):
    for line in system_map.read_text(encoding="ascii").splitlines():
        if line.endswith(f" {symbol}"):
            return int(line.split()[0], 16)
    raise ValueError(f"{system_map} has no {symbol}")


def stop_in(machine, system_map, symbol, times):
    """Go on until the kernel enters a function for the nth time; the machine is stopped then."""
    dbg = machine.debugger()
    for _ in range(times):
        dbg.run_to(address_of(symbol, system_map))
        dbg.step()  # off the breakpoint
    dbg.leave()


def boot_and_end(machine, row, steps, symbols):
    """One boot with its steps, up to the pause after its end."""
    guest.ready(machine, 90)
    for step in steps[:-1]:
        guest.step(machine, step, 90)
    if row.stop_after or row.stop_at:
        guest.start(machine, steps[-1])
        time.sleep(row.stop_after or 1)
        machine.stop()
        if row.stop_at:
            stop_in(machine, symbols, *row.stop_at)
        return
    machine.stop_at_reset()
    guest.start(machine, steps[-1])
    machine.wait_reset_stop(90)


def write(row, words, log, symbols):
    """The crash, and the next boot of the same machine: (region, pstore files, reader's words)."""
    with qemu.Machine(words, log_file=log) as machine:
        for steps in row.boots[:-1]:
            boot_and_end(machine, row, steps, symbols)
            machine.go_on()
        boot_and_end(machine, row, row.boots[-1], symbols)
        region = machine.read_physical(ADDRESS, row.region)
        if row.poke:
            return region, {}, ""
        machine.go_on()
        return region, *read(machine)


def read(machine):
    guest.ready(machine, 90)
    return guest.pstore(machine, 120), guest.step(machine, "sh " + READER, 60).decode()


def capture(row, kernels, folder):
    """Run a row and leave everything in its folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = words_for(row, kernels / row.kernel, folder)
    region, files, said = write(row, words, folder / "console.log",
                                kernels / row.kernel / "System.map")
    by = "warm system_reset of the same machine, RAM kept"
    if row.reader or row.poke:
        if row.reader:
            save_files(folder / "writer", files)
        for at, data in row.poke:
            region = region[:at] + data + region[at + len(data):]
        by = "another machine, with the region put into its RAM before it started"
        (folder / "region.bin").write_bytes(region)
        loader = qemu.load_at(ADDRESS, folder / "region.bin")
        reading = words_for(row, kernels / (row.reader or row.kernel), folder, loader)
        with qemu.Machine(reading, log_file=folder / "reader.log") as machine:
            files, said = read(machine)
    save_files(folder / "golden", files)
    (folder / "reader.txt").write_text(said, encoding="utf-8")
    (folder / "meta.txt").write_text(meta(row, kernels, words, by, files), encoding="utf-8")
    for name in ("initrd.gz", "dtb"):
        (folder / name).unlink()
    (folder / "region.bin").write_bytes(region)  # last: the row is complete


def save_files(folder, files):
    """pstore's files as they are, and beside the folder what stat() said of them."""
    folder.mkdir()
    for name, file in files.items():
        (folder / name).write_bytes(file.data)
    folder.with_suffix(".tsv").write_text("name\tbytes\tst_size\tsha256\n" + "".join(
        f"{name}\t{len(f.data)}\t{f.st_size}\t{hashlib.sha256(f.data).hexdigest()}\n"
        for name, f in sorted(files.items())), encoding="ascii")


def meta(row, kernels, words, by, listed):
    """How the region was made, for people."""
    def version(kernel):
        text = (kernels / kernel / "version").read_text(encoding="ascii").strip()
        return f"Linux {text}, Debian's source, tools/kernel-corpus.config"
    props = " ".join(f"{n.replace('_', '-')} = <{v:#x}>;" for n, v in node_properties(row).items())
    shown = [w.replace(str(kernels), "KERNELS") for w in words]
    shown = [pathlib.Path(w).name if w.startswith("/") else w for w in shown]
    lines = [
        f"scenario: {row.name}", f"note: {row.note}",
        f"writer: {version(row.kernel)}", f"reader: {version(row.reader or row.kernel)}",
        f"read by: {by}", f"region.address: {ADDRESS:#x}", f"region.bytes: {row.region:#x}",
        f"dt node: ramoops@{ADDRESS:x} {{ compatible = \"ramoops\"; no-map; "
        f"reg = <0 {ADDRESS:#x} 0 {row.region:#x}>; {props} }};",
        "command: " + shlex.join(shown)]
    for number, steps in enumerate(row.boots, 1):
        lines += [f"boot {number}, steps of tools/guest/init:", *(f"  {s}" for s in steps)]
    if row.reader:
        lines += ["golden: what the writer itself showed at its next boot",
                  f"the reader's files: {', '.join(sorted(listed)) or 'none'}"]
    if row.stop_after:
        lines.append(f"ended: QEMU was stopped {row.stop_after} s into the last step")
    if row.stop_at:
        lines.append("ended: QEMU was stopped where the kernel came to {} for the {}. time after a "
                     "second of the last step".format(*row.stop_at))
    lines += [f"changed before reading: {len(data)} bytes at {at:#x}" for at, data in row.poke]
    return "\n".join(lines) + "\n"


# ---- all of them -----------------------------------------------------------------------
def fingerprint(row, kernels):
    """What a saved region depends on: its row and the kernels; another one is made anew."""
    parts = [repr(row._replace(note="", known=()))]
    parts += [(kernels / k / "version").read_text(encoding="ascii")
              for k in (row.kernel, row.reader) if k]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def prepare(row, kernels, corpus, again):
    """"" when the row's region is there (now), else why not."""
    folder = corpus / row.name
    mark = folder / "row"
    want = fingerprint(row, kernels)
    if not again and mark.exists() and mark.read_text(encoding="ascii") == want:
        return ""
    for attempt in range(2):  # a kernel's message may cut a line of the guest's
        try:
            capture(row, kernels, folder)
            break
        except (AssertionError, OSError, ValueError) as error:
            if attempt:
                return str(error).splitlines()[0]
    mark.write_text(want, encoding="ascii")
    return ""


def table(rows, failures, corpus, program):
    """Compare and print; the number of rows that are not as they should be."""
    wide = max(len(row.name) for row in rows)
    print(f"{'region':{wide}}  kernel  files  sizes  alone  what")
    failed = 0
    for row in rows:
        why = failures[row.name]
        if why:
            verdicts, count = [compare.Verdict("FAIL", f"not made: {why}")] * 2, 0
        else:
            verdicts = compare.region(row, corpus / row.name, program)
            count = len(compare.golden_of(corpus / row.name))
        bad = any(v.word == "FAIL" for v in verdicts)
        failed += bad
        what = "; ".join(dict.fromkeys(v.why for v in verdicts if v.why)) or row.note
        print(f"{row.name:{wide}}  {row.kernel:6}  {count:5}  {verdicts[0].word:5}  "
              f"{verdicts[1].word:5}  {what}", flush=True)
    print(f"corpus: {len(rows) - failed} of {len(rows)} regions PASS, {failed} FAIL; "
          f"all is in {corpus}")
    return failed


def series_named(text, kernels):
    """A row's words with the number of the newest series in place of "newest"."""
    number = ".".join((kernels / "newest" / "version").read_text(encoding="ascii").split(".")[:2])
    return re.sub("^knewest-", f"k{number.replace('.', '')}-", text).replace("newest", number)


def store(row, corpus):
    """A region of the corpus into tests/data/regions, in the shape of those that are there."""
    kernels = corpus / "kernels"
    name, note = series_named(row.name, kernels), series_named(row.note, kernels)
    source, target = corpus / row.name, STORED / name
    shutil.rmtree(target, ignore_errors=True)
    (target / "golden").mkdir(parents=True)
    pack = dict(format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)
    (target / "region.bin.xz").write_bytes(lzma.compress((source / "region.bin").read_bytes(), **pack))
    for path in (source / ("writer" if row.reader else "golden")).iterdir():
        (target / "golden" / f"{path.name}.xz").write_bytes(lzma.compress(path.read_bytes(), **pack))
    for file in ("meta.txt", "reader.txt"):
        text = (source / file).read_text(encoding="utf-8")
        (target / file).write_text(series_named(text.replace("knewest-", f"{name.split('-')[0]}-"),
                                                kernels), encoding="utf-8")
    with open(STORED / "index.tsv", encoding="utf-8", newline="") as file:
        lines = [r for r in csv.DictReader(file, delimiter="\t") if r["name"] != name]
    lines.append({"name": name, "record": f"{row.record:#x}", "console": f"{row.console:#x}",
                  "ftrace": f"{row.ftrace:#x}", "pmsg": f"{row.pmsg:#x}", "ecc": row.ecc,
                  "per_cpu": row.cpus if row.flags & 1 and row.ftrace else "-", "note": note})
    with open(STORED / "index.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, INDEX, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(lines, key=lambda r: r["name"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--only", default="*", help="names of rows, with * and ?")
    parser.add_argument("--again", action="store_true", help="crash kernels again")
    parser.add_argument("--jobs", type=int, default=2, help="machines at a time (2)")
    parser.add_argument("--store", nargs="+", default=[], metavar="NAME",
                        help="copy these regions to tests/data/regions")
    options = parser.parse_args()
    corpus = options.build.resolve() / "corpus"
    kernels = corpus / "kernels"
    if options.store:
        for name in options.store:
            store(matrix.BY_NAME[name], corpus)
        return 0
    rows = [row for row in matrix.ROWS if fnmatch.fnmatch(row.name, options.only)]
    if not rows:
        parser.error(f"no row is called {options.only}")
    failures = {}
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = {pool.submit(prepare, row, kernels, corpus, options.again): row for row in rows}
        for number, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            failures[jobs[job].name] = job.result()
            end = "\r" if sys.stdout.isatty() and number < len(rows) else "\n"
            if sys.stdout.isatty() or number % 10 == 0 or number == len(rows):
                print(f"  CORPUS  {number} of {len(rows)} regions "
                      f"({time.monotonic() - begin:.0f} s)\033[K"[:None if end == "\r" else -3],
                      end=end, flush=True)
    return 1 if table(rows, failures, corpus, options.build.resolve() / "host" / "oopsmon") else 0


if __name__ == "__main__":
    sys.exit(main())
