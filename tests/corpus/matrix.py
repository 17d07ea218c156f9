# SPDX-License-Identifier: BSD-2-Clause
"""The matrix of `make corpus` as data: which kernel crashes how, with which ramoops node.

Steps are those of tools/guest/init; the last one of a boot ends it. Facts about Linux that
make a row what it is stand in its note. Where Linux's own reading is not what a reader should
show, the row says so in `known`, and what must be true instead.
"""
import base64
import struct
from typing import NamedTuple

K = 1024
OLD, LTS, NEW, NEWEST = "5.10", "6.1", "6.12", "newest"
KERNELS = (OLD, LTS, NEW, NEWEST)


class Known(NamedTuple):
    """Where our file is meant to differ from Linux's, and what holds for ours instead."""
    file: str  # Linux's name for it; "*": every file
    why: str
    starts: bytes = b""  # ours begins with this
    lead: bytes = b""  # ours is this, then Linux's bytes
    says: str = ""  # stands in the file's line of our table
    linux: bool = True  # Linux has the file at all


class Row(NamedTuple):
    name: str
    kernel: str
    note: str
    boots: tuple  # of tuples of steps
    region: int = 256 * K
    record: int = 16 * K
    console: int = 32 * K
    ftrace: int = 0
    pmsg: int = 8 * K
    ecc: int = 16
    flags: int = 0
    max_reason: int = 0  # 0: the property is left out
    cpus: int = 1
    append: str = ""
    stop_after: float = 0  # the last step is stopped from outside after so many seconds,
    stop_at: tuple = ()  # or when the kernel comes to a function for the nth time
    reader: str = ""  # another kernel reads
    poke: tuple = ()  # (offset, bytes) written between crash and reading
    known: tuple = ()


# ---- what the guest writes -----------------------------------------------------------------
ODD_TEXT = "".join([
    "   three blanks lead\n", "tab\there, trailing blanks   \n", "Zürich, Привет, 日本語, 🐧\n",
]).encode() + (b"latin-1: \xe4\xf6\xfc\xdf caf\xe9\n" b"\x1b[31mred\x1b[0m and \x07 bell\n"
               b"back\\slash %s %n percent\n" b"\x80\xfe\xff stray bytes\n" b"====1.2-D\n"
               b"oopsmon: ---- end of dmesg-ramoops-0 ----\n")


def noise(rng):
    """Lines that no compressor makes smaller than three quarters."""
    return b"".join(base64.b64encode(rng.randbytes(90)) + b"\n" for _ in range(400))


def logd_entry(number, tag, text):
    """One entry as Android's liblog writes it to /dev/pmsg0 (docs/ramoops.md, pmsg)."""
    payload = bytes([4 + number % 3]) + tag + b"\0" + text + b"\0"
    head = struct.pack("<BHII", number % 5, 1000 + number, 1700000000 + number, number * 1000)
    return struct.pack("<cHHH", b"l", 7 + len(head) + len(payload), 10000 + number, 700) + head + payload


def logd_stream():
    return b"".join(logd_entry(n, b"tag%d" % (n % 4), b"message %d of the app \xc3\xa4" % n)
                    for n in range(150))


# Newer kernels print from a thread of their own: the sleep lets it end before the step does, so
# that none of its lines cuts one of the guest's.
def flood(lines, words="the quick brown fox jumps over the lazy dog"):
    """A step that fills the kernel log, and so the console zone."""
    return (f'sh i=0; while [ $i -lt {lines} ]; do echo "flood $i: {words}" > /dev/kmsg; '
            'i=$((i+1)); done; sleep 1')


def kmsg(file):
    """A step that logs each line of a file; the file's bytes stay as they are."""
    return f"sh while IFS= read -r l; do printf '%s\\n' \"$l\" > /dev/kmsg; done < /{file}; sleep 1"


TRACE = ("sh cd /sys/kernel/tracing && echo 'vfs_*' > set_ftrace_filter && "
         "echo 1 > /sys/kernel/debug/pstore/record_ftrace && "
         "for i in 1 2 3; do taskset 1 ls / > /dev/null; taskset {last} ls / > /dev/null; done; "
         "echo 0 > /sys/kernel/debug/pstore/record_ftrace; cd /")
TRACE1, TRACE2 = TRACE.format(last=1), TRACE.format(last=2)
RANDOM_PMSG = "sh dd if=/random of=/dev/pmsg0 bs={bs} count={count} 2> /dev/null"
HELLO = "pmsg hello from userspace"
LOUD = "printk.devkmsg=on"
PANIC = ((HELLO, "panic"),)
OOPSES = (("oops", "pmsg after the first", "oops", "panic-on-oops", "oops"),)
ENDLESS_KMSG = ('sh while :; do echo "endless flood: some words that make a line of text" '
                '> /dev/kmsg; done')
# pieces, for the tail of a long write would be the same bytes at the same place each time
ENDLESS_PMSG = "sh while :; do dd if=/random of=/dev/pmsg0 bs=1999 2> /dev/null; done"


NO_842 = (Known("dmesg-ramoops-0", "nothing outside Linux unpacks 842: the bytes are kept and "
                "labelled", starts=b"\x02\x83", says="unreadable"),)


# ---- the rows ------------------------------------------------------------------------------
def short(kernel):
    return kernel.replace(".", "")


def everywhere(name, note, kernels=KERNELS, **parts):
    """The same row for several kernels."""
    return [Row(name=f"k{short(k)}-{name}", kernel=k, note=f"{k}: {note}", **parts)
            for k in kernels]


def ecc_rows():
    """Parity sizes, odd ones and the largest included, over all kernels."""
    for at, ecc in enumerate((1, 2, 7, 8, 32, 64, 127, 0)):
        kernel = KERNELS[at % 4]
        yield Row(f"k{short(kernel)}-ecc{ecc}", kernel, f"{kernel}: {ecc} bytes of parity per block",
                  ((HELLO, TRACE1, flood(120), "panic"),), ecc=ecc, ftrace=8 * K, flags=1,
                  append=LOUD)
    yield Row("knewest-ecc127", NEWEST, "newest: the most parity there can be", PANIC, ecc=127)


BLANKS = b" \n\t leading white space\n"


def dmesg_record(text, kind=b"D"):
    """A plain record in a zone without ECC, as ramoops writes one."""
    data = b"====1700000000.123456-" + kind + b"\n" + text
    return b"DBGC" + struct.pack("<II", len(data), len(data)) + data


ROWS = [
    *everywhere("carve-out", "the sizes that the monitor plans, everything in them",
                boots=((HELLO, TRACE1, "panic"),), region=2048 * K, record=64 * K,
                console=256 * K, ftrace=128 * K, pmsg=128 * K, flags=1),
    *everywhere("nodiv", "no size is a power of two and none divides the region; no ECC",
                boots=((HELLO, TRACE1, "panic"),), region=0xC3000, record=0x23000,
                console=0x9800, ftrace=0x1900, pmsg=0x3001, ecc=0, flags=1),
    *everywhere("oopses", "two Oopses survived, then Oops and panic by panic_on_oops",
                boots=OOPSES, record=8 * K),
    *everywhere("smp2-ecc0", "two CPUs, an ftrace zone for each, no ECC",
                boots=((HELLO, TRACE2, "panic"),), ecc=0, ftrace=16 * K, flags=1, cpus=2),
    *everywhere("smp2-ecc16", "two CPUs, an ftrace zone for each, ECC: Linux's text is out of step",
                boots=((HELLO, TRACE2, "panic"),), ftrace=16 * K, flags=1, cpus=2),
    *ecc_rows(),
    Row("k61-smp3", LTS, "6.1: three CPUs, so the ftrace zones do not divide and pmsg moves",
        ((HELLO, TRACE2, "panic"),), ecc=0, ftrace=4 * K, flags=1, cpus=3),
    Row("knewest-smp3", NEWEST, "newest: three CPUs, the ftrace zones do not divide",
        ((HELLO, TRACE2, "panic"),), ftrace=4 * K, flags=1, cpus=3),
    Row("k510-ftrace-one", OLD, "5.10: one ftrace zone for all CPUs, wrapped",
        ((TRACE1, TRACE1, "panic"),), ecc=0, ftrace=1 * K),
    # which zones there are
    Row("k510-console-only", OLD, "5.10: no record-size: the console is at the region's start",
        (("panic",),), record=0, pmsg=0, region=64 * K),
    Row("knewest-console-only", NEWEST, "newest: no record-size: the console is at the region's start",
        (("panic",),), record=0, pmsg=0, region=64 * K),
    Row("k61-pmsg-only", LTS, "6.1: pmsg alone", PANIC, record=0, console=0, region=32 * K),
    Row("k612-records-only", NEW, "6.12: dmesg records alone", (("panic",),), console=0, pmsg=0),
    Row("k612-record0", NEW, "6.12: record-size 0, console and pmsg",
        PANIC, record=0, region=128 * K, ecc=8),
    Row("k61-no-console", LTS, "6.1: no console zone", PANIC, console=0, ecc=0),
    Row("k510-record4k", OLD, "5.10: the smallest usual records", PANIC, record=4 * K, region=48 * K,
        console=4 * K, pmsg=1 * K),
    Row("k612-record128k", NEW, "6.12: records of 128 KiB", PANIC, record=128 * K, region=500 * K),
    Row("k612-tight", NEW, "6.12: 20 KiB in all, wrapped console, two CPUs",
        ((HELLO, flood(60), "panic"),), region=20 * K, record=4 * K, console=2 * K, pmsg=1 * K,
        ftrace=2 * K, flags=1, cpus=2, ecc=0, append=LOUD),
    # rings
    *everywhere("conwrap", "a small console wrapped many times",
                boots=((flood(200), "panic"),), console=4 * K, append=LOUD),
    *everywhere("pmsgwrap", "random bytes in odd pieces, pmsg wrapped",
                (OLD, NEW), boots=((RANDOM_PMSG.format(bs=997, count=31), "panic"),)),
    Row("k61-pmsgwrap-ecc0", LTS, "6.1: random bytes, pmsg wrapped, no ECC",
        ((RANDOM_PMSG.format(bs=501, count=77), "panic"),), ecc=0),
    Row("knewest-pmsgfull", NEWEST, "newest: one write longer than pmsg keeps its tail",
        (("sh cat /random /random > /dev/pmsg0", "panic"),), ecc=0, pmsg=4 * K),
    *everywhere("logd", "pmsg as Android's logd writes it", (LTS, NEWEST),
                boots=(("sh cat /logd > /dev/pmsg0", "panic"),)),
    Row("k612-logdwrap", NEW, "6.12: logd's framing, wrapped: the oldest entry is cut",
        (("sh cat /logd /logd /logd > /dev/pmsg0", "panic"),), pmsg=4 * K),
    # ends without a panic
    *everywhere("shutdown", "reboot with max-reason 4 leaves a Shutdown record",
                boots=((HELLO, "reboot"),), max_reason=4),
    *everywhere("emergency", "sysrq-b with max-reason 3 leaves an Emergency record", (OLD, NEWEST),
                boots=((HELLO, "sysrq-b"),), max_reason=3),
    Row("k61-reboot", LTS, "6.1: a reboot without a record", ((HELLO, "reboot"),)),
    Row("k612-poweroff", NEW, "6.12: power-off with max-reason 4; RAM was kept all the same",
        ((HELLO, "poweroff"),), max_reason=4),
    Row("k61-oops-reboot", LTS, "6.1: an Oops, then a clean reboot with max-reason 4",
        (("oops", "reboot"),), max_reason=4, record=8 * K),
    # several
    *everywhere("ring", "more dumps than slots: the ring of records wraps", (LTS, NEWEST),
                boots=(("oops", "oops", "oops", "panic"),), region=40 * K, record=8 * K,
                console=8 * K, pmsg=4 * K),
    *everywhere("init-dies", "a BUG in init: an Oops, then a panic for that", (OLD, NEWEST),
                boots=((HELLO, "sh echo BUG > /sys/kernel/debug/provoke-crash/DIRECT"),)),
    *everywhere("twoboots", "two crashes, nobody read between them", (OLD, NEW),
                boots=((HELLO, "oops", "panic"), ("pmsg second boot", "panic"))),
    # how much text, and how it is packed
    *everywhere("kmsg64k", "pstore.kmsg_bytes=65536 and a full log", boots=(
        (flood(400), "panic"),), append=f"{LOUD} pstore.kmsg_bytes=65536", region=512 * K),
    *everywhere("noise", "text that does not compress", (LTS, NEW, NEWEST),
                boots=((kmsg("noise"), "panic"),), append=f"{LOUD} log_buf_len=256K", record=8 * K),
    *[Row(f"k{short(k)}-{c}", k, f"{k}: pstore.compress={c}", ((HELLO, flood(50), "panic"),),
          append=f"{LOUD} pstore.compress={c}", record=8 * K, known=NO_842 if c == "842" else ())
      for k in (OLD, LTS) for c in ("lzo", "lz4", "lz4hc", "842", "zstd", "none")],
    *everywhere("none", "pstore.compress=none", (NEW, NEWEST), boots=PANIC,
                append="pstore.compress=none", record=4 * K),
    # what stands in it
    *everywhere("oddtext", "UTF-8, Latin-1, escapes and leading blanks in log and pmsg",
                (LTS, NEWEST), boots=((kmsg("oddtext"), "sh cat /oddtext > /dev/pmsg0", "panic"),),
                append=LOUD),
    *everywhere("quiet", "booted quietly: hardly any console", (OLD, NEW), boots=PANIC,
                append="quiet"),
    # another kernel reads: the writer's own reading is compared, the other's is only kept
    *[Row(f"k{short(a)}-by-{short(b)}", a, f"{a}, read by {b} too, which has pmsg elsewhere",
          ((HELLO, TRACE1, "panic"),), ftrace=8 * K, flags=1, reader=b)
      for a, b in ((OLD, NEW), (NEW, OLD), (LTS, NEWEST))],
    # Linux's reader has a bug
    *everywhere("tiny", "a log so short that its deflate stream begins with white space",
                boots=(("sh dmesg -c > /dev/null", "reboot"),), max_reason=4,
                known=(Known("dmesg-ramoops-0.enc.z", "Linux eats the stream's first byte, 0x0b, "
                             "as white space", starts=b"Shutdown#1 Part1\n<"),)),
    *everywhere("blank-lead", "a plain record that begins with white space", (LTS, NEWEST),
                boots=(("panic",),), ecc=0, poke=((0, dmesg_record(BLANKS + b"text\n")),),
                known=(Known("dmesg-ramoops-0", "Linux eats white space after a record's header",
                             lead=BLANKS[:len(BLANKS) - len(BLANKS.lstrip())]),)),
    *everywhere("empty-record", "a record of nothing but its header, before another",
                (NEW, NEWEST), boots=(("oops", "panic"),), ecc=0, poke=((0, dmesg_record(b"")),),
                known=(Known("dmesg-ramoops-0", "Linux lists no empty record", linux=False),
                       Known("dmesg-ramoops-1", "Linux lists nothing after an empty record",
                             starts=b"Panic#2 Part1\n", linux=False),
                       Known("console-ramoops-0", "Linux lists nothing after an empty record",
                             starts=b"[    0.000000] Booting Linux", linux=False))),
    # stopped from outside
    Row("k61-midwrite-ecc16", LTS, "6.1: stopped in the middle of a console flood",
        ((ENDLESS_KMSG,),), stop_after=1.37, console=4 * K, append=LOUD),
    Row("k510-midwrite-pmsg", OLD, "5.10: stopped in the middle of a pmsg flood",
        ((ENDLESS_PMSG,),), stop_after=1.11, pmsg=16 * K, ecc=64),
    *everywhere("torn", "stopped inside a write: header and data are ahead of their parity",
                boots=((HELLO, RANDOM_PMSG.format(bs=3000, count=4), ENDLESS_PMSG),),
                stop_at=("encode_rs8", 7)),
    *everywhere("torn-console", "stopped inside a line of the console: its parity is old",
                (LTS, NEW), boots=((ENDLESS_KMSG,),), stop_at=("encode_rs8", 2), console=4 * K,
                append=LOUD),
    Row("knewest-midwrite-ecc0", NEWEST, "newest: stopped in the middle of a console flood, no ECC",
        ((ENDLESS_KMSG,),), stop_after=0.83, console=8 * K, ecc=0, append=LOUD),
]
BY_NAME = {row.name: row for row in ROWS}
assert len(BY_NAME) == len(ROWS)
