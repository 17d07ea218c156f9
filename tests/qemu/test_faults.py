# SPDX-License-Identifier: BSD-2-Clause
"""Faults of the monitor itself, made with a debugger: Linux is started all the same."""
import re

import pytest
import ram
import starts
from omlab import guest

# Steps in their order: function, and its name on the console.
STEPS = [
    ("tree_step", "reading the device tree"),
    ("bootargs_step", "reading the command line"),
    ("plan_step", "planning the carve-out"),
    ("archive_plan_step", "looking for the archive's place"),
    ("page_read_step", "looking for the retained page"),
    ("memory_step", "looking for memory to work in"),
    ("crash_read_step", "reading the last kernel's records"),
    ("verdict_step", "printing the verdict"),
    ("archive_step", "archiving the last kernel's records"),
    ("report_step", "reporting the last kernel's records"),
    ("fetch_step", "answering a request for the records"),
    ("kernel_size_step", "looking at the kernel's size"),
    ("page_write_step", "writing the retained page"),
    ("archive_console_step", "showing the archive"),
    ("payload_step", "starting Linux"),
]
NAMES = dict(STEPS)
REGISTERS = re.compile(r"(.*) while (.*): pc ([0-9a-f]{8}) lr [0-9a-f]{8} sp [0-9a-f]{8} "
                       r"psr [0-9a-f]{8} address ([0-9a-f]{8}) status ([0-9a-f]{3})")


def place(symbols, name):
    return symbols[name] & ~1


def faults(start):
    """(kind, step, pc, address, status) of every fault told."""
    return [REGISTERS.fullmatch(text).groups() for code, text in start.notices if code == 901]


def check_report(start, name, kind):
    """One fault, told with all registers, and the step that was given up."""
    ((told, step, *_),) = faults(start)
    assert (told, step) == (kind, name), start.lines
    given_up = [text for code, text in start.notices if code == 902]
    assert given_up == [f"{name} was given up after a fault; going on"]
    registers = " ".join(line for line in start.lines if line.startswith("oopsmon:   "))
    assert all(re.search(rf"\br{i} [0-9a-f]{{8}}", registers) for i in range(13)), start.lines


@pytest.fixture
def paused(virt, capture):
    """A machine that crashed, was reset, and waits before the monitor's first instruction."""
    def make(**parts):
        machine = virt(stopped=True, **parts)
        dbg = machine.debugger()
        ram.fill(dbg, capture("pmsg hello", "ftrace", "panic").rows)
        return machine, dbg
    return make


# What a start is worth without one step: verdict, records told; and what the next one says,
# after a clean reboot: what was not told, or not remembered as told, is told then. Where
# Linux had no carve-out (None) nothing can be said: it used that RAM itself. Without the command
# line the records are told in the default way, armored.
MISSING = {
    "bootargs_step": (starts.PANIC, 0, starts.CLEAN),
    "plan_step": (starts.PANIC, 4, None),
    "archive_plan_step": (starts.PANIC, 4, starts.CLEAN),
    "page_read_step": (starts.UNVERIFIED, 4, starts.CLEAN),
    "memory_step": (starts.NO_LOG, 0, starts.PANIC),
    "crash_read_step": (starts.NO_LOG, 0, starts.PANIC),
    "verdict_step": (None, 0, starts.CLEAN),
    "archive_step": (starts.PANIC, 4, starts.CLEAN),
    "report_step": (starts.PANIC, 0, starts.PANIC),
    "fetch_step": (starts.PANIC, 4, starts.CLEAN),
    "kernel_size_step": (starts.PANIC, 4, starts.CLEAN),
    "page_write_step": (starts.PANIC, 4, starts.PANIC),
    "archive_console_step": (starts.PANIC, 4, starts.CLEAN),
    "payload_step": (starts.PANIC, 4, None),
}


@pytest.mark.parametrize("function", list(MISSING))
def test_step(paused, symbols, function):
    """A jump into nowhere at the beginning of a step: the others are done, Linux starts."""
    verdict, records, verdict_then = MISSING[function]
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, function))
        dbg.set_register("pc", 0)
    start = starts.boot(machine, verdict, notices=[901, 902])
    check_report(start, NAMES[function], "prefetch abort")
    assert len(start.records) == records, start.lines
    if verdict_then:
        guest.start(machine, "reboot-clean")
        starts.boot(machine, verdict_then)


def test_no_tree(paused, symbols):
    """Without a tree there is nothing to go on with: the monitor halts, and answers."""
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, "tree_step"))
        dbg.set_register("pc", 0)
    machine.expect("^oopsmon: E902 reading the device tree was given up")
    machine.expect("^oopsmon: halted: no device tree")
    machine.send("h")
    machine.expect("^oopsmon: halted: no device tree")


KINDS = [
    ("write to the evidence", lambda s, base: {"pc": place(s, "memset"), "r0": base, "r1": 0, "r2": 64},
     "data abort", 0x80d),
    ("write to the text", lambda s, base: {"pc": place(s, "memset"), "r0": s["__text_start"], "r1": 0, "r2": 64},
     "data abort", 0x80f),
    ("write to the null page", lambda s, base: {"pc": place(s, "memset"), "r0": 0, "r1": 0, "r2": 64},
     "data abort", 0x805),
    ("write to constants", lambda s, base: {"pc": place(s, "memset"), "r0": s["__rodata_start"],
                                            "r1": 0, "r2": 64}, "data abort", 0x80f),
    ("code in data", lambda s, base: {"pc": s["boot"]}, "prefetch abort", 0x00f),
    ("code in the evidence", lambda s, base: {"pc": base}, "prefetch abort", None),
    ("stack overflow", lambda s, base: {"sp": s["__stack_start"] + 8}, "data abort", 0x807),
    ("undefined instruction", lambda s, base: {"pc": place(s, "__stack_chk_fail")},
     "undefined instruction", None),
    ("read where no RAM is", lambda s, base: {"pc": place(s, "memcmp"), "r0": 0xc0000000, "r1": s["__text_start"],
                                              "r2": 4}, "data abort", None),
]


@pytest.mark.parametrize("change, kind, status", [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
def test_kind(paused, symbols, capture, change, kind, status):
    """What the memory map forbids ends the step it happens in, and hurts nothing."""
    crash = capture("pmsg hello", "ftrace", "panic")
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, "record_read"))
        for name, value in change(symbols, crash.base).items():
            dbg.set_register(name, value)
        dbg.run_to(place(symbols, "leave"))
        assert machine.read_physical(crash.base, len(crash.region)) == crash.region
    start = starts.boot(machine, starts.NO_LOG, 2, notices=[901, 902])
    check_report(start, NAMES["crash_read_step"], kind)
    if status is not None:
        assert int(faults(start)[0][4], 16) == status, start.lines


@pytest.mark.parametrize("function", ["page_write_step", "payload_step"])
def test_evidence_is_mapped_while_it_is_read(paused, symbols, capture, function):
    """Afterwards not even reading it is possible."""
    crash = capture("pmsg hello", "ftrace", "panic")
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, function))
        for name, value in {"pc": place(symbols, "memcmp"), "r0": crash.base, "r1": symbols["__text_start"],
                            "r2": 4}.items():
            dbg.set_register(name, value)
    start = starts.boot(machine, starts.PANIC, 2, notices=[901, 902])
    check_report(start, NAMES[function], "data abort")
    assert int(faults(start)[0][3], 16) == crash.base


def test_in_the_middle_of_a_line(paused, symbols):
    """A fault while a record is printed begins a line of its own."""
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, "begin_row"))
        dbg.run_to(place(symbols, "con_text"))
        dbg.set_register("pc", 0)
    start = starts.boot(machine, starts.PANIC, 2, notices=[901, 902])
    check_report(start, NAMES["report_step"], "prefetch abort")


def run_with_faults(machine, dbg, symbols, functions, end):
    """Every call of these functions faults, at every start, until `end` is reached."""
    where = {place(symbols, name): name for name in functions}
    hits = []
    for address in [*where, place(symbols, end)]:
        dbg.breakpoint(address)
    while len(hits) < 20:
        dbg.cont()
        dbg.wait_stop()
        pc = dbg.pc
        if pc not in where:
            break
        hits.append(where[pc])
        # step over the breakpoint: the jump itself needs no instruction of the function
        dbg.set_register("pc", 0)
    for address in [*where, place(symbols, end)]:
        dbg.breakpoint(address, False)
    return hits


# Functions that fault at every start; resets until Linux is started, and what is said then.
ALWAYS = [
    (["page_read_step"], 0, starts.UNVERIFIED, [901, 902]),
    (["page_read_step", "crash_read_step"], 1, starts.NO_LOG, [904, 904]),
    (["plan_step", "page_read_step", "crash_read_step"], 1, starts.NO_LOG, [904, 904, 901, 902]),
    (["plan_step", "page_read_step", "crash_read_step", "verdict_step"], 2, None, [904] * 4),
    (["crash_read_step", "page_write_step"], 1, starts.NO_LOG, [904, 904]),
]


@pytest.mark.parametrize("functions, resets, verdict, notices", ALWAYS,
                         ids=[" ".join(a[0]) for a in ALWAYS])
def test_always(paused, symbols, functions, resets, verdict, notices):
    """Faults that come every time delay Linux by some resets; then it starts."""
    machine, dbg = paused()
    with dbg:
        hits = run_with_faults(machine, dbg, symbols, functions, "leave")
    assert sorted(hits) == sorted(functions)
    for _ in range(resets):
        machine.expect("second fault: resetting")
    starts.boot(machine, verdict, notices=notices)
    assert machine.log.count(b"second fault: resetting the board") == resets
    guest.start(machine, "reboot-clean")
    machine.expect("Restarting system")
    start = starts.wait(machine)  # nothing is left out any more
    assert start.verdict


def test_payload_always(paused, symbols):
    """Not even the plain start works: no loop of resets, but a halt that answers."""
    machine, dbg = paused()
    with dbg:
        hits = run_with_faults(machine, dbg, symbols, ["payload_step"], "halt")
    assert hits == ["payload_step"] * 2
    machine.expect("^oopsmon: E904 starting Linux ended in a reset")
    machine.expect("^oopsmon: halted: no kernel was started. Keys:")
    machine.send("r")
    machine.expect("^oopsmon: resetting")
    starts.boot(machine)


def test_in_the_report(paused, symbols):
    """A fault while a fault is reported is not reported again: the board resets, Linux starts."""
    machine, dbg = paused()
    with dbg:
        dbg.run_to(place(symbols, "page_read_step"))
        dbg.set_register("pc", 0)
        dbg.run_to(place(symbols, "notice"))
        dbg.set_register("pc", 0)
    machine.expect("^oopsmon: second fault: resetting the board")
    assert b"E901" not in machine.log
    starts.boot(machine, starts.UNVERIFIED, notices=[904])


def test_in_the_reset(paused, symbols):
    """A fault there ends it: no loop, and nothing more is said."""
    machine, dbg = paused()
    with dbg:
        for function in ("page_read_step", "notice", "app_fault_reset"):
            dbg.run_to(place(symbols, function))
            dbg.set_register("pc", 0)
    machine.quiet_for(0.5)
    assert machine.log == b""
    machine.reset()
    starts.boot(machine, starts.PANIC, 2)


def fault_at(machine, symbols, key, function):
    """A key, whose answer jumps into nowhere at the beginning of this function."""
    with machine.debugger() as dbg:
        dbg.breakpoint(place(symbols, function))
        dbg.cont()
        machine.send(key)
        dbg.wait_stop()
        assert dbg.pc == place(symbols, function)
        dbg.breakpoint(place(symbols, function), False)
        dbg.set_register("pc", 0)
    machine.expect("^oopsmon: E901 prefetch abort while halted: pc 00000000 ")
    machine.expect("^oopsmon:   r7 .*\r\n")


@pytest.fixture
def halted(virt, capture):
    """A machine without a kernel that has a crash to show, at the halt prompt."""
    machine = virt(kernel=None, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, capture("pmsg hello", "ftrace", "panic").rows)
    machine.expect("^oopsmon: halted: no kernel was started. Keys:")
    return machine


ANSWERS = [("s", "report_print"), ("a", "archive_console"), ("s", "chapters_of"), ("s", "report_print")]


def test_at_the_prompt(halted, symbols):
    """Keys whose answers fault, one after the other: the board stays alive and shows the records."""
    for key, function in ANSWERS:
        fault_at(halted, symbols, key, function)
        halted.send("h")
        halted.expect("^oopsmon: halted: no kernel was started. Keys:")
    halted.send("s")
    halted.expect("END OOPSMON REPORT 2----- id [0-9a-f]{8} complete\r\n")
    halted.send("r")
    halted.expect("^oopsmon: resetting")
    halted.expect("^oopsmon .*: warm boot 3, ")


@pytest.mark.parametrize("key, said", [("r", "E104 no way to reset"), ("o", "this board cannot be")])
def test_reset_faults(halted, symbols, key, said):
    """A board that faults when it is to be reset still answers."""
    for _ in range(2):
        fault_at(halted, symbols, key, "arch_hvc")
        halted.expect(f"^oopsmon: {said}")
    halted.send("s")
    halted.expect("END OOPSMON REPORT 2----- id [0-9a-f]{8} complete\r\n")


def test_halt_after_faults(paused, symbols):
    """Between two steps at every start: the monitor halts, and faults do not end that either."""
    machine, dbg = paused(kernel=None)
    with dbg:
        for _ in range(2):
            dbg.run_to(place(symbols, "memory_base"))
            dbg.set_register("pc", 0)
    machine.expect("^oopsmon: second fault: resetting the board")
    machine.expect("^oopsmon: halted: the monitor faults at every start. Keys:")
    for _ in range(3):
        fault_at(machine, symbols, "a", "archive_console")
    machine.send("h")
    machine.expect("^oopsmon: halted: the monitor faults at every start. Keys:")
