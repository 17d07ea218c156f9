# SPDX-License-Identifier: BSD-2-Clause
"""ramoops regions as kernels from 3.10 to the newest write them: test input for the decoder.

A model of the writer, made from a description of the format alone and sharing nothing with
firmware/core. A Region is RAM; boot() lets a kernel find its zones there and clear what that
kernel clears; dump(), console(), pmsg() and trace() write as it would. Regions that a
big-endian kernel wrote, or one that died in the middle of a write, can be made as well.
"""
import collections
import ctypes
import ctypes.util
import functools
import struct
import zlib

BLOCK = 128          #: data bytes per parity block
HEADER_BYTES = 12    #: signature, start, size
SIGNATURE = 0x43474244

Sizes = collections.namedtuple("Sizes", "region record console ftrace pmsg ecc per_cpu",
                               defaults=(0, 0, 0, 0, 0, False))
Place = collections.namedtuple("Place", "kind index off bytes")

#: What a dump left: @text is all that was to be kept; the last bytes of @stored (what
#: stands after the header line) are missing if @cut; @packing is None for plain text.
Dump = collections.namedtuple("Dump", "slot reason count time packing text stored cut")


# ---- Reed-Solomon over GF(256), 0x11d, first root 1 ----------------------------------------

def _powers():
    exp, x = [], 1
    for _ in range(255):
        exp.append(x)
        x = x << 1 ^ (0x11d if x & 0x80 else 0)
    return exp * 2


EXP = _powers()
LOG = {x: i for i, x in enumerate(EXP[:255])}


def generator(roots):
    """Coefficients of the generator, highest power first, with the leading 1."""
    g = [1]
    for i in range(roots):
        g = [a ^ (EXP[LOG[b] + i] if b else 0) for a, b in zip(g + [0], [0] + g)]
    return g


@functools.lru_cache
def _steps(roots):
    """What each byte that leaves the division adds to the rest, as numbers of @roots bytes."""
    logs = [LOG[c] for c in generator(roots)[1:]]
    return [0] + [int.from_bytes(bytes(EXP[LOG[top] + c] for c in logs), "big")
                  for top in range(1, 256)]


def parity(data, roots):
    """The parity bytes of a block, in stored order."""
    steps, rest, shift = _steps(roots), 0, 8 * (roots - 1)
    low = (1 << shift) - 1
    for byte in data:
        rest = (rest & low) << 8 ^ steps[byte ^ rest >> shift]
    return rest.to_bytes(roots, "big")


# ---- packing ---------------------------------------------------------------------------------

def _zlib(text):
    packer = zlib.compressobj(6, zlib.DEFLATED, 12, 4)
    return packer.compress(text) + packer.flush()


def _deflate(bits, text):
    packer = zlib.compressobj(6, zlib.DEFLATED, -bits, 8)
    return packer.compress(text) + packer.flush()


@functools.lru_cache
def _library(name):
    return ctypes.CDLL(ctypes.util.find_library(name))


def _lz4(text):
    out = ctypes.create_string_buffer(len(text) * 2 + 64)
    size = _library("lz4").LZ4_compress_default(text, out, len(text), len(out))
    return out.raw[:size]


def _lzo(text):
    out, work = (ctypes.create_string_buffer(n) for n in (len(text) * 2 + 128, 1 << 18))
    size = ctypes.c_size_t()
    lib = _library("lzo2")
    lib.lzo1x_1_compress(text, ctypes.c_size_t(len(text)), out, ctypes.byref(size), work)
    return out.raw[:size.value]


def _zstd(text):
    lib = _library("zstd")
    lib.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(text) * 2 + 1024)
    size = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), text, ctypes.c_size_t(len(text)), 3)
    return out.raw[:size]


PACKERS = {"zlib": _zlib, "deflate11": functools.partial(_deflate, 11),
           "deflate": functools.partial(_deflate, 15), "lz4": _lz4, "lzo": _lzo, "zstd": _zstd}


# ---- kernels -----------------------------------------------------------------------------------

def power_of_two(x):
    """The largest power of two that is not larger; 0 stays 0."""
    return 1 << x.bit_length() - 1 if x else 0


class Kernel:
    """One kernel's ways. @compress: what `pstore.compress=` or the build chose, None: nothing,
    "deflate": the default; @cpu_in_ip: bits of ip that hold the CPU on 32-bit ARM (1 or 3);
    @resets: whether a dmesg zone is cleared before it is written (default: by the version)."""

    def __init__(self, version, wide=True, big_endian=False, compress="deflate", cpus=1,
                 cpu_in_ip=0, resets=None):
        self.version = version if len(version) == 3 else (*version, 0)
        self.wide, self.compress, self.cpus, self.cpu_in_ip = wide, compress, cpus, cpu_in_ip
        self.order = ">" if big_endian else "<"
        self.resets = self.since(5, 5) if resets is None else resets

    def since(self, *version):
        return self.version >= version

    @property
    def even(self):
        """Zone sizes are rounded down to even; stable 6.1 has that as well."""
        return self.since(6, 6) or (6, 1, 176) <= self.version < (6, 2)

    @property
    def code(self):
        major, minor, sub = self.version
        return major << 16 | minor << 8 | min(sub, 255)

    @property
    def packing(self):
        """A key of PACKERS, None: plain text."""
        if not self.since(3, 12) or self.compress is None:
            return None
        if self.compress != "deflate" and not self.since(6, 6):
            return self.compress
        if self.since(6, 6):
            return "deflate"
        return "deflate11" if self.since(4, 17) else "zlib"

    def head(self, time, packed):
        """The line before a record's text."""
        seconds, usec = time
        if not self.since(3, 12):
            return b"====%d.%d\n" % (seconds, usec)
        form = b"====%d.%06d-%c\n" if self.since(4, 18) else b"====%d.%d-%c\n"
        return form % (seconds, usec, b"C" if packed else b"D")

    def big_room(self, room):
        """Bytes of text that are gathered to be packed into @room bytes."""
        if self.packing in ("lz4", "lzo", "zstd"):
            return room + room // 256 + 64
        if 4000 <= room <= 10000 and not self.since(6, 6):
            return room * 100 // 45
        return room * 100 // (56 if room < 4000 and not self.since(6, 6) else 60)

    def entry(self, counter, cpu, ip, parent):
        """One function call as the ftrace zone has it."""
        if self.cpu_in_ip:
            ip |= cpu
        if not self.since(4, 10):
            if self.cpu_in_ip:
                return struct.pack(f"{self.order}II", ip, parent)
            form = "QQI4x" if self.wide else "III"
            return struct.pack(self.order + form, ip, parent, cpu)
        stamp = counter if self.cpu_in_ip else counter << 8 | cpu
        return struct.pack(self.order + ("QQQ" if self.wide else "IIQ"), ip, parent, stamp)

    def entry_line(self, counter, cpu, ip, parent):
        """The same as a kernel without symbols prints it."""
        head = f"CPU:{cpu} ts:{counter}" if self.since(4, 10) else f"{cpu}"
        digits = 16 if self.wide else 8
        ip |= cpu if self.cpu_in_ip else 0
        return (f"{head} {ip:08x}  {parent:08x}  "
                f"0x{ip:0{digits}x} <- 0x{parent:0{digits}x}\n").encode()


def layout(sizes, kernel):
    """The zones, in the order they lie; ValueError if this kernel's ramoops does not start."""
    region = sizes.region if kernel.since(3, 11) else power_of_two(sizes.region)
    record, console, ftrace, pmsg = (
        power_of_two(x) for x in (sizes.record, sizes.console, sizes.ftrace, sizes.pmsg))
    if not kernel.since(4, 0):
        pmsg = 0
    room = region - console - ftrace - pmsg
    if room < 0 or (record and room < record and (room or not kernel.since(4, 10))):
        raise ValueError("no room for these zones")
    count = room // record if record else 0
    ftrace_zones = kernel.cpus if sizes.per_cpu and kernel.since(4, 10) else 1

    def share(total, n):
        each = total // n if n else 0
        return each & ~1 if kernel.even else each

    each = share(room, count) if kernel.since(4, 10) else record
    kinds = [("dmesg", count, each), ("console", 1, console),
             ("ftrace", ftrace_zones, share(ftrace, ftrace_zones)), ("pmsg", 1, pmsg)]
    if kernel.since(6, 2):
        kinds[2:] = kinds[:1:-1]
    places, off = [], 0
    for kind, n, size in kinds:
        for i in range(n if size else 0):
            places.append(Place(kind, i, off, size))
            off += size
    return places


# ---- zones ---------------------------------------------------------------------------------------

class Zone:
    """A ring in RAM with a header and, with ECC, parity after it."""

    def __init__(self, ram, place, ecc, signature=SIGNATURE, order="<", lazy=False):
        self.ram, self.place, self.ecc = ram, place, ecc
        self.signature, self.order = signature, order
        self.lazy = lazy  # start may stand at the capacity: 3.11 to 3.14
        self.payload = payload = place.bytes - HEADER_BYTES
        self.blocks = -(-(payload - ecc) // (BLOCK + ecc)) if ecc else 0
        spare = (self.blocks + 1) * ecc if ecc else 0
        if spare >= payload:
            raise ValueError("parity does not fit into the zone")
        self.cap = payload - spare
        self.data = place.off + HEADER_BYTES
        self.start = self.size = 0

    def _header(self, with_parity=True):
        header = struct.pack(self.order + "III", self.signature, self.start, self.size)
        self.ram[self.place.off:self.data] = header
        if self.ecc and with_parity:
            at = self.data + self.cap + self.blocks * self.ecc
            self.ram[at:at + self.ecc] = parity(header, self.ecc)

    def _cover(self, first, last):
        """Parity of the blocks of ring bytes first .. last - 1."""
        for i in range(first // BLOCK, -(-last // BLOCK) if self.ecc else 0):
            at = self.data + self.cap + i * self.ecc
            block = self.ram[self.data + i * BLOCK:self.data + min((i + 1) * BLOCK, self.cap)]
            self.ram[at:at + self.ecc] = parity(block, self.ecc)

    def zap(self):
        """Forget the log: its bytes and their parity stay."""
        self.start = self.size = 0
        self._header()

    def probe(self, keep):
        """What a booting kernel does with the zone: keep an old log or forget it."""
        signature, start, size = struct.unpack_from(self.order + "III", self.ram, self.place.off)
        self.start, self.size = start, size
        if signature != self.signature or size > self.cap or start > size or not keep:
            self.zap()

    def write(self, data, died=None):
        """One write. @died: after how many bytes of it the machine stopped; the header comes
        first and its parity last, so what is left is a header that is ahead of the data."""
        data = data[-self.cap:]
        at = self.start
        self.size = min(self.size + len(data), self.cap)
        self.start += len(data)
        if self.start >= self.cap + self.lazy:
            self.start -= self.cap
        self._header(with_parity=False)
        done = data if died is None else data[:died]
        for from_, part in ((at, done[:self.cap - at]), (0, done[self.cap - at:])):
            self.ram[self.data + from_:self.data + from_ + len(part)] = part
            if died is None and part:
                self._cover(from_, from_ + len(part))
        if died is None:
            self._header()

    def log(self):
        """The log as a reader puts it together."""
        ring = bytes(self.ram[self.data:self.data + self.size])
        return ring[self.start:] + ring[:self.start]


# ---- regions -------------------------------------------------------------------------------------

class Region:
    """RAM at one address, across the boots of any kernels."""

    def __init__(self, sizes, ram=None):
        self.sizes = sizes
        self.ram = bytearray(sizes.region) if ram is None else bytearray(ram)
        self.kernel, self.zones, self.slot, self.count, self.counter = None, {}, 0, 0, 0

    def boot(self, kernel):
        """A kernel starts: it finds the zones or makes them."""
        self.kernel, self.slot, self.count, self.counter = kernel, 0, 0, 0
        self.zones = {}
        for place in layout(self.sizes, kernel):
            of_ftrace = place.kind == "ftrace"
            zone = Zone(self.ram, place, self.sizes.ecc,
                        SIGNATURE ^ (kernel.code if of_ftrace else 0), kernel.order,
                        (3, 11) <= kernel.version < (3, 15))
            zone.probe(keep=place.kind == "dmesg" or (of_ftrace and kernel.since(4, 10)))
            self.zones[place.kind, place.index] = zone
        return self

    def zone(self, kind, index=0):
        return self.zones[kind, index]

    def console(self, text):
        self.zone("console").write(text)

    def pmsg(self, data):
        self.zone("pmsg").write(data)

    def trace(self, cpu, ip, parent):
        """One function call; returns the line that a reader shows of it."""
        zone = self.zone("ftrace", cpu if ("ftrace", 1) in self.zones else 0)
        zone.write(self.kernel.entry(self.counter, cpu, ip, parent))
        line = self.kernel.entry_line(self.counter, cpu, ip, parent)
        self.counter += 1
        return line

    def dump(self, reason, lines, time=(1700000000, 123), died=None, most=None):
        """A crash: the newest of the kernel log's @lines go to the next dmesg zone. @most: bytes
        of text that are packed, whatever the kernel takes."""
        kernel, zone = self.kernel, self.zone("dmesg", self.slot)
        self.count += 1
        title = b"%s#%d Part1\n" % (reason.encode(), self.count)
        room = self._text_room(zone)
        packing = kernel.packing
        stored = None
        if packing:
            text = title + newest(lines, (most or kernel.big_room(room)) - len(title))
            stored = PACKERS[packing](text)
            if len(stored) > room:
                packing, stored = None, None
                text = self._unpackable(text, title, room)
        else:
            text = title + newest(lines, room - len(title))
        head = kernel.head(time, stored is not None)
        full = text if stored is None else stored
        kept = full[:zone.cap - len(head)]
        if kernel.resets:
            zone.zap()
        zone.write(head)
        zone.write(kept, died)
        dump = Dump(self.slot, reason, self.count, time, packing, text, kept, kept != full)
        self.slot = (self.slot + 1) % sum(kind == "dmesg" for kind, _ in self.zones)
        return dump

    def _text_room(self, zone):
        """Bytes of the buffer that a record is made in."""
        if self.kernel.since(4, 19, 78):
            return zone.cap
        return max(power_of_two(self.sizes.record), 1024 if self.sizes.console else 0)

    def _unpackable(self, text, title, room):
        """What is stored of a text that does not shrink enough."""
        if self.kernel.since(6, 6):
            return text[:room].ljust(room, b"\0")
        return title + text[len(title):][-(room - len(title)):]


def newest(lines, room):
    """The last of @lines that fit, whole."""
    kept = len(lines)
    while kept and room >= len(lines[kept - 1]):
        kept -= 1
        room -= len(lines[kept])
    return b"".join(lines[kept:])


# ---- Android -----------------------------------------------------------------------------------

def logd_frame(tag, message, when=(1700000000, 5000000), priority=4, log=0, uid=1000, pid=77,
               tid=77):
    """One message as Android's liblog writes it to /dev/pmsg0."""
    payload = bytes([priority]) + tag + b"\0" + message + b"\0"
    return struct.pack("<BHHHBHII", 0x6c, 18 + len(payload), uid, pid, log, tid, *when) + payload
