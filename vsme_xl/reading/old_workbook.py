"""What an old Excel file (.xls) says beside its values: defined names, and the condition of its cells."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

import xlrd
from xlrd import compdoc

from vsme_xl.reading.defined_names import Area, NameEntry, resolve_names
from vsme_xl.reading.sheet_scan import BUILT_IN_PERCENT_FORMATS, LITERAL, SheetScan, cell_address

FORMULA, NUMBER, RK, MANY_RK = 0x0006, 0x0203, 0x027E, 0x00BD
BOOLEAN_OR_ERROR, BOUND_SHEET, FORMAT, CELL_FORMAT, END = 0x0205, 0x0085, 0x041E, 0x00E0, 0x000A
SPECIAL, ERROR = b"\xff\xff", 2
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
# Excel writes its name into the document properties; LibreOffice, which stores 0 for each formula's text, does not.
WRITTEN_BY_EXCEL = b"\x1e\0\0\0\x10\0\0\0Microsoft Excel\0"
UNKNOWN = "#N/A"


@dataclass(frozen=True)
class OldWorkbook:
    """The names of an .xls file, those that lead nowhere, its date system and the scans of its sheets."""

    names: Mapping[str, Area]
    broken_names: tuple[str, ...]
    date_1904: bool
    scans: Mapping[str, SheetScan]


def read_old_workbook(data: bytes, by_excel: bool) -> OldWorkbook:
    """Return what an .xls file says beside its values; of what cannot be parsed, nothing."""
    names: Mapping[str, Area] = {}
    broken: tuple[str, ...] = ()
    scans: Mapping[str, SheetScan] = {}
    date_1904 = False
    with contextlib.suppress(Exception):  # xlrd raises many kinds on odd files; the values are read by another reader
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=StringIO())
        names, broken = resolve_names(_name_entries(book))
        date_1904 = book.datemode == 1
        scans = _scans(_stream(data), book.sheet_names(), by_excel)
    return OldWorkbook(names, broken, date_1904, scans)


def _name_entries(book: Any) -> Iterator[NameEntry]:
    sheets = book.sheet_names()
    for name in book.name_obj_list:
        if name.func or name.macro or name.builtin:
            continue
        parts = getattr(name.result, "value", None)
        area = None
        if isinstance(parts, list) and len(parts) == 1 and hasattr(parts[0], "coords"):
            sheet, past_sheet, top, bottom, left, right = parts[0].coords
            if past_sheet == sheet + 1 and 0 <= sheet < len(sheets) and bottom > top and right > left:
                area = Area(sheets[sheet], top, left, bottom - 1, right - 1)
        yield NameEntry(name.name, name.scope == -1, area)


def _stream(data: bytes) -> bytes:
    memory, base, length = compdoc.CompDoc(data, logfile=StringIO()).locate_named_stream("Workbook")
    return bytes(memory[base : base + length])


def _records(stream: bytes, position: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record from a position to the end of its part."""
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == END:
            return
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _scans(stream: bytes, sheets: list[str], by_excel: bool) -> dict[str, SheetScan]:
    starts: list[int] = []
    formats: list[int] = []
    percent = {int(number) for number in BUILT_IN_PERCENT_FORMATS}
    for kind, content in _records(stream):
        if kind == BOUND_SHEET:
            starts.append(struct.unpack_from("<I", content)[0])
        elif kind == CELL_FORMAT:
            formats.append(struct.unpack_from("<H", content, 2)[0])
        elif kind == FORMAT and "%" in LITERAL.sub("", _text(content[2:])):
            percent.add(struct.unpack_from("<H", content)[0])
    styles = frozenset(style for style, number in enumerate(formats) if number in percent)
    return {name: _scan(stream, start, styles, by_excel) for name, start in zip(sheets, starts, strict=False)}


def _text(content: bytes) -> str:
    return content[3:].decode("utf-16-le" if content[2] & 1 else "latin-1", "replace")


def _scan(stream: bytes, start: int, percent_styles: frozenset[int], by_excel: bool) -> SheetScan:
    """Return the conditions of a sheet's cells; a 0 that another program than Excel stored may stand for a text."""
    formulas, lost, percent = set(), set(), set()
    errors: dict[str, str] = {}
    for kind, content in _records(stream, start):
        if kind not in (FORMULA, NUMBER, RK, MANY_RK, BOOLEAN_OR_ERROR):
            continue
        row, column, style = struct.unpack_from("<HHH", content)
        address = cell_address(row, column)
        if kind == MANY_RK:
            for offset in range((len(content) - 6) // 6):
                if struct.unpack_from("<H", content, 4 + 6 * offset)[0] in percent_styles:
                    percent.add(cell_address(row, column + offset))
        elif style in percent_styles:
            percent.add(address)
        if kind == BOOLEAN_OR_ERROR and content[7]:
            errors[address] = ERRORS.get(content[6], UNKNOWN)
        elif kind == FORMULA:
            formulas.add(address)
            result = content[6:14]
            if result[6:8] == SPECIAL and result[0] == ERROR:
                errors[address] = ERRORS.get(result[2], UNKNOWN)
            elif result == bytes(8) and not by_excel:
                lost.add(address)
    return SheetScan(
        formulas=frozenset(formulas), errors=errors, percent_cells=frozenset(percent), lost=frozenset(lost)
    )
