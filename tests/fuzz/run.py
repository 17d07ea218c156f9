#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the fuzzers (`make fuzz`), and copies what they found worth keeping into the tree
(`make fuzz-keep`). docs/testing.md says how to work with it.

Corpora grow in the cache, one folder per target, shared by both engines. What broke a target
goes to the crashes folder and makes the run fail.
"""
import argparse
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KEPT = pathlib.Path(__file__).resolve().parents[1] / "data" / "fuzz"
FILES_MAX, FILE_BYTES_MAX, FOUND_BYTES_MAX = 90, 8192, 50_000
INPUT_BYTES = {"region": 20000, "zone": 6000, "rs": 600, "dmesg": 4000, "unpack": 9000,
               "holes": 1100, "headline": 20000, "escape": 1200, "cmdline": 5100, "plan": 6000, "console": 3000,
               "partition": 2000,
               "retained": 4200, "ftrace": 6000, "pmsg": 9000,
               "zimage": 400, "wrap": 3000, "search": 20000, "join": 6000, "damage": 1000,
               "packings": 6000, "armor": 90, "rs16": 700, "ymodem": 4000,
               "gather": 2000, "report": 4000, "archive": 1200, "archive_entry": 1200,
               "pack": 3000, "kmsg": 6000}
TIMEOUT_SECONDS = 60  # of wall time, on a machine that may be busy
SLOW_SECONDS = 5  # of processor time: a finding
AFL_INPUTS_MAX = 200
SAY_SECONDS = 15


def sanitizer_options():
    return {**os.environ, "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0",
            "UBSAN_OPTIONS": "abort_on_error=1:print_stacktrace=1"}


class LibFuzzer:
    """One target under libFuzzer; status() reads its own progress lines."""

    def __init__(self, place, name, seconds):
        self.log = open(place.logs / f"{name}.libfuzzer.log", "w+b")
        self.prefix = place.crashes / f"{name}-"
        command = [place.build / "libfuzzer" / name, f"-max_total_time={seconds}",
                   f"-timeout={TIMEOUT_SECONDS}", f"-report_slow_units={SLOW_SECONDS}", "-rss_limit_mb=2048",
                   f"-max_len={INPUT_BYTES.get(name, 8192)}", f"-artifact_prefix={self.prefix}",
                   "-print_final_stats=1", place.corpus(name), KEPT / name]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def status(self):
        """(executions, coverage as text)."""
        self.log.flush()
        text = pathlib.Path(self.log.name).read_bytes()[-20000:].decode(errors="replace")
        rows = re.findall(r"^#(\d+)\t.*?cov: (\d+)", text, re.MULTILINE)
        last = rows[-1] if rows else (0, 0)
        done = re.findall(r"^stat::number_of_executed_units: (\d+)", text, re.MULTILINE)
        return int(done[-1] if done else last[0]), f"{last[1]} edges"

    def stop(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self):
        return self.process.returncode == 0

    def clear(self):
        self.log.close()


class Afl:
    """One target under afl-fuzz, started from the shared corpus; its queue goes back there."""

    def __init__(self, place, name, seconds):
        self.place, self.name = place, name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=place.afl))
        seeds = self.folder / "in"
        seeds.mkdir()
        # afl-fuzz runs each several times before it starts: the small ones, and not too many
        found = sorted(place.corpus(name).iterdir(), key=lambda path: path.stat().st_size)
        for path in [*found[:AFL_INPUTS_MAX], *(KEPT / name).iterdir()]:
            if path.stat().st_size:
                shutil.copy(path, seeds / path.name)
        self.out = self.folder / "out"
        self.log = open(place.logs / f"{name}.afl.log", "w+b")
        env = {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
               "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_FAST_CAL": "1",
               "AFL_CMPLOG_ONLY_NEW": "1", "AFL_EXIT_ON_SEED_ISSUES": "0"}
        command = ["afl-fuzz", "-V", str(seconds), "-m", "none", "-t", f"{TIMEOUT_SECONDS}000+",
                   "-G", str(INPUT_BYTES.get(name, 8192)), "-i", seeds, "-o", self.out, "--",
                   place.build / "afl" / name]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                        env={**sanitizer_options(), **env})

    def status(self):
        try:
            text = (self.out / "default" / "fuzzer_stats").read_text()
        except OSError:
            return 0, "starting"
        stats = dict(re.findall(r"^(\w+)\s*: (.*)$", text, re.MULTILINE))
        return int(stats.get("execs_done", 0)), f"{stats.get('edges_found', '?')} edges"

    def stop(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self):
        for kind in ("crashes", "hangs"):
            for path in (self.out / "default" / kind).glob("id:*"):
                data = path.read_bytes()
                name = f"{self.name}-{kind}-{hashlib.sha1(data).hexdigest()}"
                (self.place.crashes / name).write_bytes(data)
        for path in (self.out / "default" / "queue").glob("id:*"):
            data = path.read_bytes()
            (self.place.corpus(self.name) / hashlib.sha1(data).hexdigest()).write_bytes(data)
        return (self.out / "default" / "fuzzer_stats").exists()

    def clear(self):
        self.log.close()
        shutil.rmtree(self.folder)


ENGINES = {"libfuzzer": LibFuzzer, "afl": Afl}


class Place:
    """Where things are."""

    def __init__(self, options):
        self.build = options.build / "fuzz"
        self.cache = options.cache / "fuzz"
        self.crashes = self.build / "crashes"
        self.logs = self.build / "logs"
        self.afl = self.build / "afl-work"
        for folder in (self.crashes, self.logs, self.afl, self.cache):
            folder.mkdir(parents=True, exist_ok=True)

    def corpus(self, name):
        folder = self.cache / name
        folder.mkdir(exist_ok=True)
        return folder

    def findings(self, name):
        return sorted(self.crashes.glob(f"{name}-*"))

    def drop_not_slow(self, name):
        """Inputs that only took long because the machine was busy are no findings."""
        for path in self.findings(name):
            if not any(word in path.name for word in ("-slow-unit-", "-timeout-", "-hangs-")):
                continue
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run([self.build / "libfuzzer" / name, "-timeout=600", path],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < SLOW_SECONDS:
                path.unlink()

    def tidy(self, name):
        """Reduce the shared corpus of @name to the inputs that reach something."""
        old = self.corpus(name)
        new = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}.", dir=self.cache))
        done = self.merge(name, [new, old, KEPT / name])
        if done.returncode == 0:
            shutil.rmtree(old)
            new.rename(old)
        else:
            shutil.rmtree(new)

    def merge(self, name, folders, *options):
        return subprocess.run(
            [self.build / "libfuzzer" / name, "-merge=1", f"-timeout={TIMEOUT_SECONDS}",
             f"-max_len={INPUT_BYTES.get(name, 8192)}", f"-artifact_prefix={self.crashes / name}-",
             *options, *folders], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


# ---- make fuzz -----------------------------------------------------------------------------

def say(engine, name, runner, seconds, n_findings):
    runs, coverage = runner.status()
    print(f"  {engine} {name:10} {seconds:5.0f} s  {runs:>11,} executions  {coverage:>12}  "
          f"{n_findings} findings", flush=True)
    return runs, coverage


def run_one(place, options, running, name):
    """Start the next target."""
    before = set(place.findings(name))
    place.tidy(name)
    running[name] = (ENGINES[options.engine](place, name, options.time), time.time(), before)


def end_one(place, options, name, entry):
    """Note what a target that ended has done; returns the number of its findings."""
    runner, start, before = entry
    seconds = time.time() - start
    good = runner.finish()
    place.drop_not_slow(name)
    found = len(set(place.findings(name)) - before)
    runs, coverage = say(options.engine, name, runner, seconds, found)
    runner.clear()
    if not good and not found:
        print(f"{options.engine} {name}: ended before its time, see {place.logs}", file=sys.stderr)
        found += 1
        for path in place.findings(name):
            print(f"    {path}")
    with open(place.cache / "runs.tsv", "a") as table:
        table.write(f"{time.strftime('%F %H:%M')}\t{name}\t{options.engine}\t{seconds:.0f}\t{runs}"
                    f"\t{coverage}\t{found}\n")
    return found


def fuzz(place, options):
    waiting, running, found, last = list(options.targets), {}, 0, 0.0
    try:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                run_one(place, options, running, waiting.pop(0))
            time.sleep(0.5)
            for name in [n for n, e in running.items() if e[0].process.poll() is not None]:
                found += end_one(place, options, name, running.pop(name))
            if time.time() - last > SAY_SECONDS:
                last = time.time()
                for name, (runner, start, before) in running.items():
                    say(options.engine, name, runner, time.time() - start,
                        len(set(place.findings(name)) - before))
    finally:
        for runner, _, _ in running.values():
            runner.stop()
    if found:
        print(f"fuzz: {found} finding(s) in {place.crashes}; run one again with\n"
              f"    make {place.build}/replay/TARGET && {place.build}/replay/TARGET FILE")
    return 1 if found else 0


# ---- make fuzz-keep ------------------------------------------------------------------------

def reached(place, name, folder):
    """{file: set of features} of the files in @folder, from libFuzzer's own merge."""
    with tempfile.TemporaryDirectory() as scratch:
        control = pathlib.Path(scratch) / "control"
        empty = pathlib.Path(scratch) / "empty"
        empty.mkdir()
        place.merge(name, [empty, folder], f"-merge_control_file={control}", "-use_value_profile=0")
        lines = control.read_text().splitlines()
    count = int(lines[0])
    files = lines[2:2 + count]
    features = {}
    for line in lines[2 + count:]:
        kind, number, *values = line.split()
        if kind == "FT":
            features[pathlib.Path(files[int(number)])] = {int(v) // 8 for v in values}
    return features


def keep_target(place, name):
    """Fill up tests/data/fuzz/@name with the inputs that add most to what stands there."""
    place.tidy(name)
    features = {}
    for folder in (KEPT / name, place.corpus(name)):
        features.update(reached(place, name, folder))
    kept = [p for p in features if p.parent == KEPT / name]
    known = set().union(*(features[p] for p in kept)) if kept else set()
    room = FOUND_BYTES_MAX - sum(p.stat().st_size for p in (KEPT / name).glob("found-*"))
    places = FILES_MAX - len(list((KEPT / name).iterdir()))
    others = {p: f for p, f in features.items()
              if p.parent != KEPT / name and p.stat().st_size <= FILE_BYTES_MAX}
    added = 0
    while others and added < places:
        best = max(others, key=lambda p: (len(others[p] - known), -p.stat().st_size))
        gain = others.pop(best) - known
        if not gain:
            break
        if best.stat().st_size > room:
            continue
        data = best.read_bytes()
        (KEPT / name / f"found-{hashlib.sha1(data).hexdigest()[:12]}").write_bytes(data)
        room -= len(data)
        known |= gain
        added += 1
    print(f"  {name:10} {added} added, {len(list((KEPT / name).iterdir()))} files, "
          f"{sum(p.stat().st_size for p in (KEPT / name).iterdir()):,} bytes")


# ---- the table of docs/testing.md ----------------------------------------------------------

def tell(place, options):
    """All runs so far, by target and engine, as rows of a Markdown table."""
    sums = {}
    for line in (place.cache / "runs.tsv").read_text().splitlines():
        _, name, engine, seconds, runs, coverage, _ = line.split("\t")
        row = sums.setdefault(name, {}).setdefault(engine, [0, 0, 0])
        row[0] += int(seconds)
        row[1] += int(runs)
        row[2] = int(coverage.split()[0]) if coverage.split()[0].isdigit() else row[2]
    for name in options.targets:
        cells = [name]
        for engine in ENGINES:
            seconds, runs, edges = sums.get(name, {}).get(engine, [0, 0, 0])
            cells += [f"{seconds / 60:.0f}", f"{runs:,}", f"{edges:,}"]
        print(f"| {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fuzz", "keep", "table"))
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--engine", choices=ENGINES, default="libfuzzer")
    parser.add_argument("--time", type=int, default=60, help="seconds per target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    place = Place(options)
    if options.what == "fuzz":
        return fuzz(place, options)
    if options.what == "table":
        tell(place, options)
        return 0
    for name in options.targets:
        keep_target(place, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
