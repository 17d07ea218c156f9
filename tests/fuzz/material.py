# SPDX-License-Identifier: BSD-2-Clause
"""What seeds are made of: zones and regions as docs/ramoops.md has them, text of recorded regions."""
import lzma
import pathlib
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"

SIG = 0x43474244
LINUX_6_1 = 6 << 16 | 1 << 8 | 192
LINUX_6_12 = 6 << 16 | 12 << 8 | 1
TARGETS = {}


def target(make):
    """Marks a generator of (name, bytes) as the seeds of the target it is called after."""
    TARGETS[make.__name__] = make
    return make


# ---- the format, from docs/ramoops.md ------------------------------------------------------

EXP, LOG = [1], {}
for _i in range(254):
    EXP.append(EXP[-1] << 1 if EXP[-1] < 128 else (EXP[-1] << 1) ^ 0x11d)
LOG = {v: i for i, v in enumerate(EXP)}


def times(a, b):
    return EXP[(LOG[a] + LOG[b]) % 255] if a and b else 0


def parity(data, roots):
    """Reed-Solomon parity of one block; zeros where the code cannot be, as Linux leaves them."""
    if roots == 0 or len(data) + roots > 255:
        return bytes(roots)
    gen = [1]
    for i in range(roots):
        gen = [a ^ times(b, EXP[i]) for a, b in zip(gen + [0], [0] + gen)]
    rest = [0] * roots
    for byte in data:
        lead = byte ^ rest[0]
        rest = [a ^ times(lead, g) for a, g in zip(rest[1:] + [0], gen[1:])]
    return bytes(rest)


def zone(size, ecc, log=b"", xor=0, head=None, big=False):
    """A zone as a kernel leaves it once @log was written; @head replaces (start, size)."""
    room = size - 12
    blocks = -(-(room - ecc) // (128 + ecc)) if ecc else 0
    cap = room - ((blocks + 1) * ecc if ecc else 0)
    start = len(log) % cap if len(log) >= cap else len(log)
    data = log.ljust(cap, b"\0") if len(log) <= cap else (
        log[len(log) - start:] + log[-cap:len(log) - start])
    head = struct.pack(">3I" if big else "<3I", SIG ^ xor, *(head or (start, min(len(log), cap))))
    used = -(-cap // 128)
    out = head + data
    for i in range(blocks):
        out += parity(data[i * 128:(i + 1) * 128], ecc) if i < used else bytes(ecc)
    return out + parity(head, ecc)


def region_head(rec, con, ftr, pmg, size, ecc, flags=0, cpus=0):
    return struct.pack("<5IHBB", rec, con, ftr, pmg, size, ecc, flags, cpus)


def dmesg(text, packing="C", time=b"1700000000.000007", level=9, bits=-15):
    """A dmesg log: header line and text, packed if @packing is "C"."""
    if packing == "C":
        packer = zlib.compressobj(level, zlib.DEFLATED, bits)
        text = packer.compress(text) + packer.flush()
    return b"====" + time + (b"-" + packing.encode() if packing else b"") + b"\n" + text


def region(rec, con, ftr, pmg, ecc, *, dumps=(), console=b"", pmsg=b"", ftrace=(b"",),
           version=LINUX_6_1, pmsg_first=False, flags=0, spare=0):
    """Head and bytes of a region; dmesg zones are as long as @rec, the last ones empty."""
    zones = [zone(rec, ecc, log) for log in dumps]
    ftr_zones = [zone(ftr // len(ftrace), ecc, log, version) for log in ftrace] if ftr else []
    tail = [zone(pmg, ecc, pmsg)] if pmg else []
    tail = tail + ftr_zones if pmsg_first else ftr_zones + tail
    raw = b"".join(zones + ([zone(con, ecc, console)] if con else []) + tail) + bytes(spare)
    per_cpu = 1 if len(ftrace) > 1 else 0
    return region_head(rec, con, ftr, pmg, 0, ecc, flags | per_cpu,
                       len(ftrace) if per_cpu else 0) + raw


# ---- material from the recorded regions ----------------------------------------------------

def unpacked(name, path="region.bin"):
    return lzma.open(DATA / "regions" / name / f"{path}.xz").read()


def golden(name, file):
    return unpacked(name, f"golden/{file}")


def cut_text(text, first, last):
    """The beginning and the end of a log, whole lines."""
    head = text[:first].rpartition(b"\n")[0] + b"\n"
    return head + text[-last:].partition(b"\n")[2]


def crash_text(limit=1600):
    text = golden("d61-basic-ecc16", "dmesg-ramoops-0").rpartition(b"\nECC: ")[0] + b"\n"
    return cut_text(text, limit // 2, limit // 2)


def console_text(limit=900):
    return golden("f612a64-full-ecc0", "console-ramoops-0")[-limit:]


def entries_32(n, cpu=0, step=3):
    return b"".join(struct.pack("<IIQ", 0xc0100000 + 64 * i | cpu, 0xc0200000 + 4 * i, 10 + step * i)
                    for i in range(n))


def entries_64(n, cpu=0, step=3):
    return b"".join(struct.pack("<QQQ", 0xffff800010000000 + 64 * i, 0xffff800010200000 + 4 * i,
                                (10 + step * i) << 8 | cpu) for i in range(n))


def logd(prio, tag, message, log_id=0, uid=1000, pid=77):
    """One entry of Android's liblog in pmsg."""
    body = (bytes([prio]) + tag + b"\0" + message + b"\0") if prio else message
    log = struct.pack("<BHII", log_id, pid + 1, 1700000000, 123456789) + body
    return struct.pack("<BHHH", ord("l"), 7 + len(log), uid, pid) + log


PMSG = (b"first line from user space\n\x1b[2Jescape\x00nul\xff\xfe\xc3(\n" +
        bytes(range(256)))
LOGD = b"".join(logd(3 + i % 5, b"tag%d" % i, b"message %d" % i * (1 + i), i % 5)
                for i in range(12)) + logd(0, b"", struct.pack("<IBi", 42, 0, -1), 2)

#: (start, size) that no writer leaves, for a zone of capacity @cap.
HOSTILE_HEADS = [(0, 0), (0, 1), (1, 0), (0xffffffff, 0xffffffff), (0x80000000, 0x80000000),
                 (0x7fffffff, 0x7fffffff), (0xffffffff, 1), (1, 0xffffffff), (5, 4), (3, 200)]
