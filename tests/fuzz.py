"""Damage small filled workbooks at random and read them: python tests/fuzz.py --mutants 100000 --seed 1

Bytes are changed in the file as it is (.xlsx, .ods, .xls), and in the XML of an .xlsx with its checksums made right
again. A mutant is read or refused; never anything else. A mutant of the bytes of a zip gives the values of the original
or a refusal; one of the XML gives no value that an independent reader (ElementTree) does not see in it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import signal
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent))

import hostile_files as hostile
from test_old_files import number, old_workbook

from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

WATCHDOG = 20
Values = dict[tuple[str, str], object]


def small_workbook() -> bytes:
    """Return a filled workbook with texts, numbers, shares, yes/no, formulas, an error and names on two sheets."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        first, second = book.add_worksheet("General"), book.add_worksheet("Energy")
        share = book.add_format({"num_format": "0.0%"})
        for row, (name, value) in enumerate({"EntityName": "Muster & Söhne", "Turnover": 24e6, "Assets": 12.5}.items()):
            first.write(row, 0, name)
            first.write(row, 1, value)
            book.define_name(name, f"=General!$B${row + 1}")
        first.write_boolean("B4", True)
        first.write_number("B5", 0.284, share)
        second.write_column("A1", [1200.5, 0.75, 7, 31, 0])
        second.write_formula("B1", "=A1*2", None, 2401)
        second.write_formula("B2", "=1/0", None, "#DIV/0!")
    return buffer.getvalue()


def small_open_document() -> bytes:
    """Return a filled OpenDocument spreadsheet."""
    cell = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{hostile.text_cell(f'row {n}')}{cell.format(n * 7)}</table:table-row>" for n in range(9)
    )
    return hostile.open_document(rows)


def small_old_workbook() -> bytes:
    """Return an .xls with numbers."""
    return file_around(old_workbook(b"".join(number(n, n % 3, n * 1.5) for n in range(12))))


def values_of(data: bytes, name: str = "mutant") -> Values:
    """Return every value of a workbook by sheet and cell."""
    book = open_workbook(name, data)
    found: Values = {}
    for sheet in book.sheet_names:
        grid = book.sheet(sheet)
        for row in range(grid.n_rows):
            for column in range(grid.n_columns):
                value = grid.value(row, column)
                grid.is_percent(row, column)
                if value is not None:
                    found[sheet, cell_address(row, column)] = value
    return found


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


def with_changed_xml(data: bytes, chance: random.Random) -> bytes:
    """Return an .xlsx with the content of one part changed, packed anew."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([n for n in parts if n.startswith("xl/") and n.endswith((".xml", ".rels"))])
    content = parts[name]
    assert isinstance(content, bytes)
    parts[name] = with_changed_bytes(content, chance)
    return hostile.zipped(parts)


def seen_by_another(data: bytes) -> dict[tuple[str, str], set[str]]:
    """Return what ElementTree finds in the cells of an .xlsx, as it is written; a cell that stands twice has both."""
    found: dict[tuple[str, str], set[str]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:

        def tree(part: str) -> list[ElementTree.Element]:
            names = {n.lower(): n for n in archive.namelist()}
            name = names.get(part.lower())
            return list(ElementTree.fromstring(archive.read(name)).iter()) if name else []

        def named(elements: Iterator[ElementTree.Element], name: str) -> list[ElementTree.Element]:
            return [e for e in elements if e.tag.rpartition("}")[2] == name]

        texts = [
            "".join(t.text or "" for t in named(si.iter(), "t"))
            for si in named(iter(tree("xl/sharedStrings.xml")), "si")
        ]
        links = {e.get("Id"): e.get("Target", "") for e in tree("xl/_rels/workbook.xml.rels") if e.get("Id")}
        for sheet in named(iter(tree("xl/workbook.xml")), "sheet"):
            link = next((v for k, v in sheet.items() if k.endswith("}id")), "")
            row_number = 0
            for row in named(iter(tree("xl/" + links.get(link, "-"))), "row"):
                row_number = int(row.get("r") or row_number + 1)
                for column, cell in enumerate(named(row.iter(), "c")):
                    address = cell.get("r") or cell_address(row_number - 1, column)
                    value = "".join(v.text or "" for v in named(cell.iter(), "v"))
                    if cell.get("t") == "s" and value.strip().isdigit() and int(value) < len(texts):
                        value = texts[int(value)]
                    inline = "".join(t.text or "" for t in named(cell.iter(), "t"))
                    found.setdefault((sheet.get("name", ""), address.upper()), set()).update({value, inline})
    return found


def is_seen(value: object, written: set[str]) -> bool:
    """Return whether a value is what stands in a cell."""
    if isinstance(value, str):
        return any(value.strip() == text.strip() for text in written)
    if isinstance(value, bool | int | float):
        with contextlib.suppress(ValueError):
            return any(abs(float(text) - float(value)) <= 1e-12 * abs(float(value)) for text in written if text.strip())
        return False
    return any(text.strip() for text in written)


def fault(kind: str, data: bytes, mutant: bytes, original: Values) -> str:
    """Read a mutant and return what is wrong with what came of it; empty where it was refused or read rightly."""
    try:
        found = values_of(mutant)
    except UnreadableWorkbook:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if kind == "xml":
        try:
            seen = seen_by_another(mutant)
        except (ElementTree.ParseError, ValueError) as error:
            return f"nobody else reads it ({error}), here it is {found}"
        wrong = {at: v for at, v in found.items() if not is_seen(v, seen.get(at, set()))}
        return f"nobody else sees {wrong}" if wrong else ""
    if kind == "bytes" and found != original:
        return f"differs: {set(found.items()) ^ set(original.items())}"
    return ""


def faults(mutants: int, seed: int) -> Iterator[str]:
    """Yield what was wrong, with what makes the mutant again."""
    makers = {"xlsx": small_workbook(), "ods": small_open_document(), "xls": small_old_workbook()}
    originals = {name: values_of(data) for name, data in makers.items()}
    plans = (("xlsx", "bytes"), ("xlsx", "xml"), ("ods", "bytes"), ("xls", "records"), ("xlsx", "xml"))
    for turn in range(mutants):
        chance = random.Random(f"{seed}-{turn}")
        name, kind = plans[turn % len(plans)]
        change = with_changed_xml if kind == "xml" else with_changed_bytes
        mutant = change(makers[name], chance)
        signal.alarm(WATCHDOG)
        if said := fault(kind, makers[name], mutant, originals[name]):
            yield f"seed {seed}, mutant {turn} ({name}, {kind}): {said}"
    signal.alarm(0)


def main() -> None:
    """Print every fault with its seed and number; end with exit code 1 where there was one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=2_500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count = 0
    for said in faults(options.mutants, options.seed):
        count += 1
        print(said[:600], flush=True)
    print(f"{options.mutants} mutants, seed {options.seed}: {count} faults")
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
