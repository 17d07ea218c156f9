# SPDX-License-Identifier: BSD-2-Clause
"""Device tree blobs, read and written: small, for test input and for looking at results.

Format: Devicetree Specification 0.4, chapter 5. Properties are bytes; node order stays.
"""
import struct

MAGIC = 0xD00DFEED
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
HEADER_SIZE = 40


class Node:
    """A node: name, properties (name -> bytes), child nodes, all in order."""

    def __init__(self, name="", props=None, nodes=()):
        self.name = name
        self.props = dict(props or {})
        self.nodes = list(nodes)

    def find(self, path):
        """The node at a path such as "/reserved-memory/ramoops"; names may omit @address."""
        node = self
        for part in filter(None, path.split("/")):
            node = next((n for n in node.nodes
                         if part in (n.name, n.name.partition("@")[0])), None)
            if node is None:
                return None
        return node

    def add(self, name, props=None, first=False):
        """A new child node with properties; returns it."""
        node = Node(name, props)
        self.nodes.insert(0 if first else len(self.nodes), node)
        return node

    def walk(self, path=""):
        """(path, node) of this node and all below it."""
        yield path or "/", self
        for node in self.nodes:
            yield from node.walk(f"{path}/{node.name}")

    def compatible(self, string):
        """All nodes from here on that have the string among their compatibles."""
        return [n for _, n in self.walk() if string in strings(n.props.get("compatible", b""))]


class Tree:
    """A whole blob: root node, /memreserve/ rows, boot CPU."""

    def __init__(self, root=None, reserve=(), boot_cpu=0):
        self.root = root or Node()
        self.reserve = list(reserve)
        self.boot_cpu = boot_cpu

    def find(self, path):
        return self.root.find(path)


def cells(*values):
    """32-bit big-endian cells as property bytes."""
    return b"".join(struct.pack(">I", v) for v in values)


def numbers(data):
    """Property bytes as a list of 32-bit cells."""
    return [n for (n,) in struct.iter_unpack(">I", data[:len(data) & ~3])]


def text(*values):
    """Strings as property bytes."""
    return b"".join(v.encode() + b"\0" for v in values)


def strings(data):
    """Property bytes as a list of strings."""
    return data.rstrip(b"\0").decode("latin-1").split("\0") if data else []


def parse(blob):
    """bytes -> Tree; ValueError when it is no sound blob."""
    try:
        return _parse(blob)
    except (struct.error, IndexError) as error:
        raise ValueError(f"device tree blob is cut or broken: {error}") from error


def _parse(blob):
    magic, _, structure, names, reserve, _, _, boot_cpu = struct.unpack_from(">8I", blob)
    if magic != MAGIC:
        raise ValueError("no device tree blob")
    rows = []
    while any(row := struct.unpack_from(">QQ", blob, reserve)):
        rows.append(row)
        reserve += 16
    stack, root, at = [], None, structure
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN_NODE:
            end = blob.index(b"\0", at)
            node = Node(blob[at:end].decode("latin-1"))
            at = (end + 4) & ~3
            if stack:
                stack[-1].nodes.append(node)
            root = root or node
            stack.append(node)
        elif token == PROP:
            size, offset = struct.unpack_from(">II", blob, at)
            name = blob[names + offset:blob.index(b"\0", names + offset)].decode("latin-1")
            stack[-1].props[name] = blob[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == END_NODE:
            stack.pop()
        elif token == END:
            return Tree(root, rows, boot_cpu)
        elif token != NOP:
            raise ValueError(f"unknown token {token} in a device tree blob")


def build(tree, slack=0):
    """Tree -> bytes, full to the brim but for `slack` bytes at the end."""
    names, offsets, body = bytearray(), {}, bytearray()

    def emit(node):
        body.extend(cells(BEGIN_NODE) + _padded(node.name.encode("latin-1") + b"\0"))
        for name, value in node.props.items():
            if name not in offsets:
                offsets[name] = len(names)
                names.extend(name.encode("latin-1") + b"\0")
            body.extend(cells(PROP, len(value), offsets[name]) + _padded(value))
        for child in node.nodes:
            emit(child)
        body.extend(cells(END_NODE))

    emit(tree.root)
    body.extend(cells(END))
    rows = b"".join(struct.pack(">QQ", *row) for row in [*tree.reserve, (0, 0)])
    structure = HEADER_SIZE + len(rows)
    string_start = structure + len(body)
    total = string_start + len(names) + slack
    header = cells(MAGIC, total, structure, string_start, HEADER_SIZE, 17, 16, tree.boot_cpu,
                   len(names), len(body))
    return header + rows + bytes(body) + bytes(names) + bytes(slack)


def _padded(data):
    return data + bytes(-len(data) % 4)


def add_ramoops(tree, address, size, **props):
    """A ramoops node as a board would have it; props such as record_size=0x10000, ecc_size=16."""
    root = tree.root
    width = {name: numbers(root.props.get(name, cells(2)))[0]
             for name in ("#address-cells", "#size-cells")}
    reserved = root.find("/reserved-memory") or root.add(
        "reserved-memory", {n: cells(v) for n, v in width.items()} | {"ranges": b""})
    reg = b"".join(v.to_bytes(4 * numbers(reserved.props[n])[0], "big")
                   for v, n in ((address, "#address-cells"), (size, "#size-cells")))
    return reserved.add(f"ramoops@{address:x}", {
        "compatible": text("ramoops"), "reg": reg, "no-map": b"",
        **{name.replace("_", "-"): cells(v) for name, v in props.items()}})
