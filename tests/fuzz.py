"""Damage filled workbooks at random and read them: python tests/fuzz.py --mutants 100000 --seed 1

Bytes are changed in the file as it is (.xlsx, .ods, .xlsb, .xls); parts of a zip are changed with their checksums made
right again: XML of an .xlsx or .ods, records of an .xlsb. A mutant is read or refused; never anything else. A mutant of
the bytes of a zip gives the facts of the original or a refusal. One of its parts gives no value of a cell that a reader
which shares no code with ours does not see in that cell (ElementTree; the records one by one), and for .xlsx and .ods
no fact that openpyxl, or ElementTree, asked for the cells of the same names, does not see. An .xls has no checksums:
its values are held against what xlrd sees. The .ods and the .xls are written by LibreOffice, where it is installed;
with --seeds they are kept, so that a later run damages the same files.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parent))

import binary_workbooks as binary
import fuzz_seeds as seeds
import hostile_files as hostile
from fuzz_other_readers import (
    Seen,
    facts_seen_in_open_document,
    seen_by_xlrd,
    seen_in_binary,
    seen_in_open_document,
)
from fuzz_readers import (
    Facts,
    Values,
    doubted,
    facts_of,
    has_a_cell_twice,
    is_seen,
    part,
    seen_by_another,
    seen_by_openpyxl,
    values_of,
)
from test_old_files import number, old_workbook

from vsme_xl.reading.binary_records import records
from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.workbook_file import UnreadableWorkbook

WATCHDOG = 30
"""Seconds of CPU that a mutant may take: a busy machine does not count as a hang."""
PROGRESS = 1_000
SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
EVERY_SAMPLE = 50
"""One mutant of so many is one of a whole report, which takes fifty times as long to read as a small workbook."""


@dataclass(frozen=True)
class Seed:
    """A workbook to damage: its content, the mapping it is read through (none: as what it is recognised), its facts."""

    name: str
    data: bytes
    mapping: Path | None
    facts: Facts
    values: Values

    @property
    def kind(self) -> str:
        """The format: xlsx, ods, xlsb or xls."""
        return self.name.rpartition(".")[2]


def seed_of(name: str, data: bytes, mapping: Path | None) -> Seed:
    """Return a workbook to damage with what it holds undamaged."""
    return Seed(name, data, mapping, facts_of(data, mapping), values_of(data))


def all_seeds(folder: Path, converted: Callable[[bytes, Path], Mapping[str, bytes]] | None = None) -> tuple[Seed, ...]:
    """Return the workbooks to damage: small ones in every format, then a whole report in every format.

    Without LibreOffice the .ods and the .xls are ones made by hand, of cells without names.
    """
    mapping = folder / "damaged.yaml"
    mapping.write_text(seeds.MAPPING, encoding="utf-8")
    small, whole = seeds.small_workbook(), SAMPLE.read_bytes()
    found = [seed_of("small.xlsx", small, mapping), seed_of("report.xlsx", whole, None)]
    for name, data, read_through in (("small", small, mapping), ("report", whole, None)):
        source = folder / f"{name}.xlsx"
        source.write_bytes(data)
        in_binary = binary.as_binary(source, folder / f"{name}.xlsb").read_bytes()
        found.append(seed_of(f"{name}.xlsb", in_binary, read_through))
    convert = converted or (seeds.converted if shutil.which("soffice") else None)
    others = {"small": (small, mapping), "report": (whole, None)} if convert else {}
    for name, (data, read_through) in others.items():
        where = folder / name
        where.mkdir(exist_ok=True)
        assert convert is not None
        found += [seed_of(f"{name}.{kind}", made, read_through) for kind, made in convert(data, where).items()]
    if not others:
        records = b"".join(number(n, n % 3, n * 1.5) for n in range(12))
        cells = "".join(f"<table:table-row>{hostile.text_cell(f'row {n}')}</table:table-row>" for n in range(9))
        found.append(seed_of("small.xls", file_around(old_workbook(records)), mapping))
        found.append(seed_of("small.ods", hostile.open_document(cells), mapping))
    return tuple(sorted(found, key=lambda s: (s.name.startswith("report"), s.name)))


def with_changed_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes of which some are changed, cut out, doubled or moved."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(changed))
        size = chance.choice((1, 1, 2, 4, 30))
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + size] = chance.randbytes(size)
            case 2:
                del changed[at : at + size]
            case 3:
                changed[at:at] = changed[at : at + size]
            case _:
                other = chance.randrange(len(changed))
                changed[at : at + size] = changed[other : other + size]
        if not changed:
            return b""
    return bytes(changed)


AWKWARD = (
    b"", b"0", b"-1", b"1", b"99999999999", b"1e999", b"nan", b"A1", b"XFD1048576", b"$B$3", b"General!$B$4:$B$9",
    b"#REF!", b"s", b"str", b"inlineStr", b"e", b"b", b"n", b"d", b" ", b"&#10;", b"\xc2\xa0", b"true", b"rId1",
    b"2025-12-31T00:00:00", b"_x000D_", b"0.5", b"12 %",
)  # fmt: skip


def with_changed_values(xml: bytes, chance: random.Random) -> bytes:
    """Return XML that is still well formed: values of attributes and texts changed for others, elements left out."""
    pieces = seeds.VALUES.findall(xml)
    spans = [m.span(m.lastindex or 0) for m in seeds.VALUES.finditer(xml)]
    for _ in range(chance.choice((1, 1, 2, 4))):
        begin, end = spans[chance.randrange(len(spans))]
        other = chance.choice(pieces)
        text = chance.choice(AWKWARD) if chance.random() < 0.5 else next(filter(None, other), b"")
        xml = xml[:begin] + text + xml[end:]
        spans = [m.span(m.lastindex or 0) for m in seeds.VALUES.finditer(xml)]
        if not spans:
            break
    if chance.random() < 0.2 and (elements := list(seeds.ELEMENTS.finditer(xml))):
        gone = chance.choice(elements)
        xml = xml[: gone.start()] + gone[0] * chance.choice((0, 0, 2)) + xml[gone.end() :]
    return xml


PARTS = {
    "xlsx": re.compile(r"(?!xl/theme|docProps/(app|core)).*[.](xml|rels)"),
    "ods": re.compile(r"(content|meta)[.]xml|mimetype|META-INF/manifest[.]xml"),
    "xlsb": re.compile(r".*[.](bin|rels)"),
}
"""The parts that are changed: those that are read, and those that say where they are."""


def with_changed_part(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Return a zip with the content of one part changed, packed anew."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([n for n in parts if PARTS[kind].fullmatch(n) and parts[n]])
    content = parts[name]
    assert isinstance(content, bytes)
    change = with_changed_bytes
    if chance.random() < 0.6 and name.endswith(".bin"):
        change = with_changed_records
    elif chance.random() < 0.6 and seeds.VALUES.search(content):
        change = with_changed_values
    begin, end = content.find(b"<table:table "), content.rfind(b"</table:table>")
    if begin < 0 or chance.random() < 0.3:
        begin, end = 0, len(content)  # else the cells of an .ods: most of its content is formats and names
    parts[name] = content[:begin] + change(content[begin:end], chance) + content[end:]
    return hostile.zipped(parts)


def with_other_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes of which some that are not zero are others: in an .xls no record is moved."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(changed))
        while not changed[at]:
            at = (at + 1) % len(changed)
        changed[at] = chance.randrange(256)
    return bytes(changed)


def with_changed_records(part: bytes, chance: random.Random) -> bytes:
    """Return a part of an .xlsb with records changed within, left out, doubled or moved."""
    found = list(records(part))
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, other = chance.randrange(len(found)), chance.randrange(len(found))
        kind, content = found[at]
        match chance.randrange(6):
            case 0 if len(found) > 1:
                del found[at]
            case 1:
                found.insert(other, found[at])
            case 2:
                found[at] = (found[other][0], content)
            case 3:
                found[at] = (kind, found[other][1])
            case _ if content:
                found[at] = (kind, with_changed_bytes(content, chance))
    return b"".join(binary.record(kind, content) for kind, content in found)


def fault(seed: Seed, kind: str, mutant: bytes) -> str:
    """Read a mutant and return what is wrong with what came of it; empty where it was refused or read rightly."""
    try:
        values, facts = values_of(mutant), facts_of(mutant, seed.mapping)
    except UnreadableWorkbook:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if kind == "bytes" and seed.kind != "xls":
        if values != seed.values:
            return f"differs: {set(values.items()) ^ set(seed.values.items())}"
        return f"other facts: {facts - seed.facts} for {seed.facts - facts}" if facts != seed.facts else ""
    match seed.kind:
        case "xlsx":
            return _unseen(mutant, values, facts, seed)
        case "ods":
            return _unseen_in_open_document(mutant, values, facts, seed)
        case "xlsb":
            return _values_unseen(values, seen_in_binary(mutant), one_sheet=True)
    try:
        seen = seen_by_xlrd(mutant)
        there = {sheet for sheet, _ in seen}  # of a sheet whose head is damaged xlrd sees nothing
        return _values_unseen({at: value for at, value in values.items() if at[0] in there}, seen)
    except Exception:
        return ""  # xlrd gives up on the file


def _values_unseen(values: Values, seen: Seen, one_sheet: bool = False) -> str:
    """Return which values stand in no cell of the same place."""
    places = {at: ("", at[1]) if one_sheet else at for at in values}
    wrong = {at: v for at, v in values.items() if not is_seen(v, seen.get(places[at], set()))}
    return f"nobody else sees {wrong}" if wrong else ""


def _unseen_in_open_document(mutant: bytes, values: Values, facts: Facts, seed: Seed) -> str:
    """Return which cells or facts of an .ods ElementTree does not see."""
    try:
        if said := _values_unseen(values, seen_in_open_document(mutant)):
            return said
        theirs = facts_seen_in_open_document(mutant, seed.mapping)
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        return f"nobody else reads it ({error}), here it is {values}"
    except UnreadableWorkbook:
        return ""  # what the cells were written into is refused, such as for two sheets of one name
    doubtful = doubted(mutant, seed.mapping)
    unseen = Counter({fact: n for fact, n in (facts - theirs).items() if fact[0] not in doubtful})
    return f"ElementTree does not see {dict(unseen)}; it sees {dict(theirs - facts)}" if unseen else ""


def _unseen(mutant: bytes, values: Values, facts: Facts, seed: Seed) -> str:
    """Return which cells or facts of a mutant no independent reader sees."""
    try:
        seen = seen_by_another(mutant)
    except (ElementTree.ParseError, ValueError) as error:
        return f"nobody else reads it ({error}), here it is {values}"
    if said := _values_unseen(values, seen):
        return said
    differing = ("xl/styles.xml", "[Content_Types].xml")
    if has_a_cell_twice(mutant) or any(part(mutant, name) != part(seed.data, name) for name in differing):
        return ""  # openpyxl takes the last of two cells, formats that redefine Excel's own, any part for the workbook
    try:
        theirs = seen_by_openpyxl(mutant, seed.mapping)
    except Exception:
        return ""  # it gives up on the file; all cells were seen by ElementTree
    doubtful = doubted(mutant, seed.mapping)  # what is said to be wrong may be read
    unseen = Counter({fact: n for fact, n in (facts - theirs).items() if fact[0] not in doubtful})
    return f"openpyxl does not see {dict(unseen)}; it sees {dict(theirs - facts)}" if unseen else ""


PLANS = {
    "xlsx": ("bytes", "parts", "parts", "parts"), "ods": ("bytes", "parts", "parts"), "xlsb": ("bytes", "parts"),
    "xls": ("bytes", "records", "records"),
}  # fmt: skip


def planned(found: tuple[Seed, ...], turn: int) -> tuple[Seed, str]:
    """Return which workbook is damaged in a turn, and how."""
    small = [(s, kind) for s in found if not s.name.startswith("report") for kind in PLANS[s.kind]]
    whole = [(s, kind) for s in found if s.name.startswith("report") for kind in PLANS[s.kind]]
    if whole and turn % EVERY_SAMPLE == EVERY_SAMPLE - 1:
        return whole[turn // EVERY_SAMPLE % len(whole)]
    return small[turn % len(small)]


def mutant_of(seed: Seed, kind: str, number: int, turn: int) -> bytes:
    """Return the mutant of a turn; the same arguments give the same bytes."""
    chance = random.Random(f"{number}-{turn}")
    if kind == "parts":
        return with_changed_part(seed.data, seed.kind, chance)
    return (with_other_bytes if kind == "records" else with_changed_bytes)(seed.data, chance)


def faults(found: tuple[Seed, ...], mutants: int, number: int, first: int = 0) -> Iterator[str]:
    """Yield what was wrong, with what makes the mutant again; a mutant that takes too long ends the program."""
    for turn in range(first, mutants):
        seed, kind = planned(found, turn)
        mutant = mutant_of(seed, kind, number, turn)
        signal.setitimer(signal.ITIMER_PROF, WATCHDOG)
        if said := fault(seed, kind, mutant):
            yield f"seed {number}, mutant {turn} ({seed.name}, {kind}): {said}"
        if turn % PROGRESS == PROGRESS - 1 and mutants > PROGRESS * 5:
            print(f"{turn + 1} mutants done", file=sys.stderr, flush=True)
    signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """Print every fault with its seed and number; end with exit code 1 where there was one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=2_500)
    parser.add_argument("--first", type=int, default=0, help="number of the mutant to begin with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the mutants that show a fault")
    parser.add_argument("--seeds", type=Path, help="folder for the workbooks that are damaged")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = all_seeds(options.seeds or Path(folder))
        count, began = 0, time.process_time()
        for said in faults(found, options.mutants, options.seed, options.first):
            count += 1
            print(said[:900], flush=True)
            if options.keep:
                turn = int(said.partition("mutant ")[2].split()[0])
                seed, kind = planned(found, turn)
                path = options.keep / f"{options.seed}-{turn}.{seed.kind}"
                path.write_bytes(mutant_of(seed, kind, options.seed, turn))
    turns = range(options.first, options.mutants)
    plans = Counter(" ".join((s.name, kind)) for s, kind in (planned(found, turn) for turn in turns))
    print(f"{len(turns)} mutants, seed {options.seed}: {count} faults, {time.process_time() - began:.0f} s of CPU")
    print(", ".join(f"{name}: {times}" for name, times in sorted(plans.items())))
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
