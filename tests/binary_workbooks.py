"""Write the cells of an .xlsx as a binary workbook (.xlsb), as Excel lays its records out: nothing else here can."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import openpyxl
from filling import sheet_parts
from openpyxl.utils.datetime import to_excel

FORMULA = re.compile(r'<c r="([A-Z]+[0-9]+)"[^<>]*><f')
ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
SPACE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.ms-excel"
Target = TypeVar("Target", Path, BinaryIO)


def as_binary(source: Path, target: Path) -> Path:
    """Write sheets, values (formulas with their results), number formats and document properties; no names."""
    values = openpyxl.load_workbook(source, data_only=True)
    strings: dict[str, int] = {}
    formats: dict[str, int] = {"General": 0}
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(source) as book:
        where = sheet_parts(source)
        for number, sheet in enumerate(values.worksheets, 1):
            formulas = set(FORMULA.findall(book.read(where[sheet.title]).decode()))
            parts[f"xl/worksheets/sheet{number}.bin"] = _sheet(sheet, formulas, strings, formats)
        custom = book.read("docProps/custom.xml") if "docProps/custom.xml" in book.namelist() else b""
    parts |= {
        "xl/workbook.bin": workbook([(s.title, s.sheet_state) for s in values.worksheets]),
        "xl/sharedStrings.bin": shared(list(strings)),
        "xl/styles.bin": styles(list(formats)),
    }
    return zipped(parts, target, custom)


def zipped(parts: dict[str, bytes], target: Target, custom: bytes = b"") -> Target:
    """Put the parts of a binary workbook into its file, with the links between them."""
    sheets = [name.removeprefix("xl/") for name in parts if name.startswith("xl/worksheets/")]
    inner = [(f"rId{n}", f"{OFFICE}/worksheet", name) for n, name in enumerate(sheets, 1)]
    inner += [("rIdS", f"{OFFICE}/sharedStrings", "sharedStrings.bin"), ("rIdY", f"{OFFICE}/styles", "styles.bin")]
    outer = [("rId1", f"{OFFICE}/officeDocument", "xl/workbook.bin")]
    outer += [("rId2", f"{OFFICE}/custom-properties", "docProps/custom.xml")] if custom else []
    kinds = {"workbook": "sheet.binary.macroEnabled.main", "sharedStrings": "sharedStrings", "styles": "styles"}
    types = "".join(
        f'<Override PartName="/{name}" ContentType="{MAIN}.{kinds.get(Path(name).stem, "worksheet")}"/>'
        for name in parts
    )
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{SPACE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": _links(outer),
        "xl/_rels/workbook.bin.rels": _links(inner),
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in (texts | parts | ({"docProps/custom.xml": custom} if custom else {})).items():
            out.writestr(name, content)
    return target


def record(kind: int, content: bytes = b"") -> bytes:
    """One record: its number in one or two bytes, its length in up to four, seven bits each."""
    head = struct.pack("B", kind) if kind < 128 else struct.pack("BB", kind % 128 + 128, kind // 128)
    sizes, length = [], len(content)
    while True:
        length, low = divmod(length, 128)
        sizes.append(low + 128 * (length > 0))
        if not length:
            return head + bytes(sizes) + content


def text(value: str) -> bytes:
    """A text: its length in units of 16 bits, and they."""
    encoded = value.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


def workbook(sheets: list[tuple[str, str]]) -> bytes:
    """The part of the workbook: version, properties, a window, the list of sheets, calculation."""
    states = {"visible": 0, "hidden": 1, "veryHidden": 2}
    listed = b"".join(
        record(156, struct.pack("<II", states[state], n) + text(f"rId{n}") + text(name))
        for n, (name, state) in enumerate(sheets, 1)
    )
    version = record(128, bytes(16) + text("xl") + text("7") + text("7") + text("10000"))
    window = record(135) + record(158, bytes(29)) + record(136)
    return b"".join(
        (record(131), version, record(153, struct.pack("<II", 0x20, 0) + text("ThisWorkbook")), window,
         record(143), listed, record(144), record(157, bytes(26)), record(132))
    )  # fmt: skip


def shared(strings: list[str], stated: int | None = None) -> bytes:
    """The part of shared texts."""
    count = len(strings) if stated is None else stated
    items = b"".join(record(19, b"\0" + text(value)) for value in strings)
    return record(159, struct.pack("<II", count, count)) + items + record(160)


def styles(formats: list[str]) -> bytes:
    """The part of styles: number formats, a font, and one style for each format; styles of styles before them."""
    own = list(enumerate(formats[1:], 164))
    base = record(47, struct.pack("<HHHHHHHH", 0xFFFF, 9, 0, 0, 0, 0, 0, 0))
    numbers = b"".join(record(44, struct.pack("<H", n) + text(format_)) for n, format_ in own)
    font = record(43, bytes(21) + text("Calibri"))
    used = b"".join(record(47, struct.pack("<HHHHHHHH", 0, n, 0, 0, 0, 0, 0, 0)) for n in (0, *(n for n, _ in own)))
    return b"".join(
        (record(278), record(615, struct.pack("<I", len(own))), numbers, record(616),
         record(611, struct.pack("<I", 1)), font, record(612),
         record(626, struct.pack("<I", 1)), base, record(627),
         record(617, struct.pack("<I", len(formats))), used, record(618), record(279))
    )  # fmt: skip


def sheet_of(rows: bytes, last_row: int = 0, last_column: int = 0) -> bytes:
    """The part of a sheet around its rows: dimensions, a view, columns before them, margins after them."""
    view = record(133) + record(137, bytes(30)) + record(138) + record(134)
    columns = record(390) + record(60, struct.pack("<IIIIH", 0, 5, 2560, 0, 0)) + record(391)
    size = record(148, struct.pack("<IIII", 0, last_row, 0, last_column))
    before = record(129) + record(147, bytes(23)) + size + view + record(485, bytes(12)) + columns
    return before + record(145) + rows + record(146) + record(476, bytes(48)) + record(130)


def row_head(row: int) -> bytes:
    """The record before the cells of a row."""
    return record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))


def cell(kind: int, column: int, content: bytes, style: int = 0) -> bytes:
    """A cell: column, style and what it holds."""
    return record(kind, struct.pack("<II", column, style) + content)


def _sheet(values: Any, formulas: set[str], strings: dict[str, int], formats: dict[str, int]) -> bytes:
    rows = []
    for row in values.iter_rows():
        cells = []
        for one in row:
            made = one.coordinate in formulas
            if one.value is not None or made or one.has_style:
                style = formats.setdefault(one.number_format or "General", len(formats))
                cells.append(_cell(one.column - 1, style, one.value, made, one.data_type == "e", strings))
        if cells:
            rows.append(row_head(row[0].row - 1) + b"".join(cells))
    return sheet_of(b"".join(rows), values.max_row - 1, values.max_column - 1)


def _cell(column: int, style: int, value: Any, made: bool, wrong: bool, strings: dict[str, int]) -> bytes:
    tail = struct.pack("<HI3sI", 0, 3, b"\x1e\x01\x00", 0) if made else b""  # the formula itself: =1
    if wrong:
        return cell(11 if made else 3, column, bytes([ERRORS.get(value, 42)]) + tail, style)
    if value is None:
        return cell(8, column, text("") + tail, style) if made else cell(1, column, b"", style)
    if isinstance(value, bool):
        return cell(10 if made else 4, column, bytes([value]) + tail, style)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        value = to_excel(value)
    if isinstance(value, str):
        if made:
            return cell(8, column, text(value) + tail, style)
        if len(value) % 7 == 3:
            return cell(6, column, text(value), style)
        return cell(7, column, struct.pack("<I", strings.setdefault(value, len(strings))), style)
    if made:
        return cell(9, column, struct.pack("<d", value) + tail, style)
    if isinstance(value, int) and -(2**29) <= value < 2**29:
        return cell(2, column, struct.pack("<i", value << 2 | 2), style)
    return cell(5, column, struct.pack("<d", value), style)


def _links(links: list[tuple[str, str, str]]) -> str:
    items = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in links)
    return f'<Relationships xmlns="{SPACE}/relationships">{re.sub(r"&(?!amp;)", "&amp;", items)}</Relationships>'
