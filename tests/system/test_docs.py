# SPDX-License-Identifier: BSD-2-Clause
"""Documents that repeat what the sources say must say the same."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def codes(text, pattern):
    return sorted(int(n) for n in re.findall(pattern, text, re.MULTILINE))


def test_every_notice_is_documented_once():
    """Those of the image, and those of a plan, which the host program prints as well."""
    known = set(codes((ROOT / "firmware/app/notice.h").read_text(), r"NOTICE_\w+ = (\d+)"))
    table = (ROOT / "firmware/core/place/plan_notes.c").read_text()
    names = (ROOT / "firmware/core/place/plan_notes.h").read_text()
    plan = codes(table, r"{ PLAN_N_\w+, (\d+),") + codes(names, r"PLAN_NOTE_\w+ = (\d+)")
    assert len(plan) == len(set(plan)) == int(re.search(r"PLAN_NOTES = (\d+)", names)[1])
    page = (ROOT / "docs/notices.md").read_text()
    assert codes(page, r"^\| E(\d+) \|") == sorted(known | set(plan))


def test_every_notice_is_used():
    used = set()
    for source in (ROOT / "firmware/app").rglob("*.c"):
        used |= set(re.findall(r"(?:notice\(|, )(NOTICE_\w+),", source.read_text()))
    assert used == set(re.findall(r"(NOTICE_\w+) = ", (ROOT / "firmware/app/notice.h").read_text()))


def test_documented_words_are_known():
    """Every oopsmon.* word that a page speaks of exists for the monitor."""
    known = set(re.findall(r'"(\w+)"', (ROOT / "firmware/core/place/known_words.c").read_text()))
    named = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named |= set(re.findall(r"oopsmon\.([a-z_]+)=", page.read_text()))
    assert len(named) > 12
    assert named <= known


def test_links_of_documents_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("board/*/README.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_source_has_a_licence_tag():
    kinds = (".c", ".h", ".S", ".py", ".sh")
    for folder in ("firmware", "board", "ld", "tests", "tools"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in kinds:
                assert "SPDX-License-Identifier: BSD-2-Clause" in path.read_text()[:400], path


def test_map_of_core_is_complete():
    page = (ROOT / "docs/architecture.md").read_text()
    for source in (ROOT / "firmware/core").glob("*/*.c"):
        assert f"`{source.stem}`" in page, source.name


def test_packages_are_those_that_are_installed():
    """The table of docs/building.md and the groups of tools/setup.sh."""
    script = (ROOT / "tools/setup.sh").read_text()
    groups = {name: words.split() for name, words in
              re.findall(r'^(\w+)="[^:"]*:([^"]*)"$', script, re.MULTILINE)}
    page = (ROOT / "docs/building.md").read_text()
    rows = {name: words.split() for name, words in
            re.findall(r"^\| (\w+): [^|]* \| ([^|]*) \|$", page, re.MULTILINE)}
    assert len(groups) == 10
    assert rows == groups
