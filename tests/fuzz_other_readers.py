"""What readers that share no code with ours see: ElementTree in .ods, the records one by one in .xlsb, xlrd in .xls."""

from __future__ import annotations

import contextlib
import math
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree

import xlrd
import xlsxwriter
from fuzz_readers import Facts, facts_of

from vsme_xl.reading.sheet_scan import cell_address

Seen = dict[tuple[str, str], set[str]]
MOST_REPEATED = 3_000
"""A cell without content may be said to stand there a million times; one with content is looked at so often."""
RANGE = re.compile(
    r"\$?(?:'((?:[^']|'')+)'|([^'.$]+))\.(\$?[A-Z]+\$?[0-9]+)"
    r"(?::\$?(?:'(?:[^']|'')+'|[^'.:]*)?\.(\$?[A-Z]+\$?[0-9]+))?$"
)


@dataclass
class Cells:
    """The cells of an .ods: what is written in each, its kind, and the names of cells."""

    written: dict[tuple[str, int, int], tuple[str, str]] = field(default_factory=dict)
    names: list[tuple[str, str]] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)


def cells_of_open_document(data: bytes) -> Cells:
    """Return what ElementTree finds in an .ods; ParseError or ValueError where it gives up."""
    found = Cells()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
        meta = ElementTree.fromstring(archive.read("meta.xml")) if "meta.xml" in archive.namelist() else None
    for element in meta.iter() if meta is not None else ():
        if _local(element) == "user-defined":
            found.properties.append((_get(element, "name"), "".join(element.itertext())))
    for table in (e for e in content.iter() if _local(e) == "table"):
        sheet = _get(table, "name")
        found.sheets.append(sheet)
        row = 0
        for line in (e for e in table.iter() if _local(e) == "table-row"):
            column, times = 0, int(_get(line, "number-rows-repeated") or 1)
            for cell in (e for e in line if _local(e) in ("table-cell", "covered-table-cell")):
                again = int(_get(cell, "number-columns-repeated") or 1)
                if kind_and_text := _content(cell):
                    for r in range(row, row + min(times, MOST_REPEATED)):
                        for c in range(column, column + min(again, MOST_REPEATED)):
                            found.written[sheet, r, c] = kind_and_text
                column += again
            row += times
    for element in (e for e in content.iter() if _local(e) == "named-range"):
        found.names.append((_get(element, "name"), _get(element, "cell-range-address")))
    return found


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _get(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _content(cell: ElementTree.Element) -> tuple[str, str] | None:
    """Return the kind of a cell and what is written in it; None where there is nothing."""
    kinds = [value for key, value in cell.items() if key.rpartition("}")[2] == "value-type"]
    kind = "error" if "error" in kinds else next(iter(kinds), "")
    paragraphs = ["".join(_pieces(p)) for p in cell if _local(p) == "p"]
    attribute = {"date": "date-value", "time": "time-value", "boolean": "boolean-value", "string": "string-value"}
    stated = _get(cell, attribute.get(kind, "value"))
    text = stated or ("\n".join(paragraphs) if kind in ("", "string", "error") else "")
    return (kind, text) if kind or text else None


def _pieces(paragraph: ElementTree.Element) -> Iterator[str]:
    if _local(paragraph) == "annotation":
        return
    if _local(paragraph) == "s":
        count = _get(paragraph, "c")
        yield " " * (int(count) if count.isdigit() else 1)
    yield {"tab": "\t", "line-break": "\n"}.get(_local(paragraph), "")
    yield paragraph.text or ""
    for child in paragraph:
        yield from _pieces(child)
        yield child.tail or ""


def seen_in_open_document(data: bytes) -> Seen:
    """Return what is written in the cells of an .ods."""
    found: Seen = {}
    for (sheet, row, column), (_, text) in cells_of_open_document(data).written.items():
        spelt = {"true": "1", "false": "0"}.get(text, text)
        found.setdefault((sheet, cell_address(row, column)), set()).update({text, spelt})
    return found


def facts_seen_in_open_document(data: bytes, mapping: Path | None) -> Facts:
    """Return the facts of the cells and names that ElementTree sees in an .ods, written into a new .xlsx."""
    cells = cells_of_open_document(data)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as out:
        share, day = out.add_format({"num_format": "0.0%"}), out.add_format({"num_format": "yyyy-mm-dd"})
        targets = {sheet: out.add_worksheet(f"S{n}") for n, sheet in enumerate(cells.sheets)}
        for (sheet, row, column), (kind, text) in cells.written.items():
            target = targets[sheet]
            if kind == "error":
                target.write_formula(row, column, "=1/0", None, "#DIV/0!")
            elif kind in ("float", "currency", "percentage") and _is_number(text):
                target.write_number(row, column, float(text), share if kind == "percentage" else None)
            elif kind == "boolean":
                target.write_boolean(row, column, text == "true")
            elif kind == "date" and (date := _day(text)):
                target.write_datetime(row, column, date, day)
            elif text:
                target.write_string(row, column, text)
        for name, address in cells.names:
            match = RANGE.match(address)
            sheet = (match[1].replace("''", "'") if match[1] else match[2]) if match else ""
            if match and sheet in targets:
                with contextlib.suppress(Exception):  # a name that Excel does not allow
                    area = match[3] + (f":{match[4]}" if match[4] else "")
                    out.define_name(name, f"={targets[sheet].get_name()}!{area}")
        for key, value in cells.properties:
            out.set_custom_property(key, value)
    return facts_of(buffer.getvalue(), mapping)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def seen_in_binary(data: bytes) -> Seen:
    """Return what the records of the sheets of an .xlsb hold, all sheets under one name: their order may be changed."""
    found: Seen = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        texts = [_wide(content, 1) for kind, content in _records(archive.read("xl/sharedStrings.bin")) if kind == 19]
        for name in (n for n in archive.namelist() if n.startswith("xl/worksheets/")):
            row = 0
            for kind, content in _records(archive.read(name)):
                if kind == 0:
                    row = int.from_bytes(content[:4], "little")
                elif kind in range(2, 12) and len(content) > 8:
                    column = int.from_bytes(content[:4], "little")
                    found.setdefault(("", cell_address(row, column)), set()).update(_written(kind, content[8:], texts))
    return found


def _written(kind: int, content: bytes, texts: list[str]) -> set[str]:
    if kind == 2:
        (number,) = struct.unpack_from("<i", content)
        real = struct.unpack("<d", bytes(4) + struct.pack("<i", number & ~3))[0]
        value = float(number >> 2) if number & 2 else real
        return {repr(value / 100 if number & 1 else value)}
    if kind in (5, 9):
        return {repr(struct.unpack_from("<d", content)[0])}
    if kind in (4, 10):
        return {str(content[0]), str(int(content[0] != 0))}
    if kind == 7:
        index = int.from_bytes(content[:4], "little")
        return {texts[index]} if index < len(texts) else set()
    return {_wide(content, 0)} if kind in (6, 8) else set()


def _wide(content: bytes, at: int) -> str:
    length = int.from_bytes(content[at : at + 4], "little")
    return content[at + 4 : at + 4 + 2 * length].decode("utf-16-le", "replace")


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind > 127:
            kind, at = kind - 128 + 128 * (part[at] & 127), at + 1
        length = shift = 0
        while True:
            byte, at = part[at], at + 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift == 28:
                break
        yield kind, part[at : at + length]
        at += length


def seen_by_xlrd(data: bytes) -> Seen:
    """Return what xlrd finds in the cells of an .xls; it raises many kinds where it gives up."""
    found: Seen = {}
    book = xlrd.open_workbook(file_contents=data, logfile=StringIO(), ragged_rows=True)
    for sheet in book.sheets():
        for row in range(sheet.nrows):
            for column, (value, kind) in enumerate(zip(sheet.row_values(row), sheet.row_types(row), strict=True)):
                value = int(bool(value)) if kind == xlrd.XL_CELL_BOOLEAN else value  # any byte but zero is a yes
                found[sheet.name, cell_address(row, column)] = {str(value), repr(value)}
    return found
