"""What an old Excel file (.xls) says beside its values: defined names, and the condition of its cells."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import xlrd

from vsme_xl.reading.defined_names import Area, NameEntry, resolve_names
from vsme_xl.reading.old_formulas import Rectangle
from vsme_xl.reading.old_results import Formulas, Place
from vsme_xl.reading.sheet_scan import BUILT_IN_PERCENT_FORMATS, LITERAL, SheetScan, cell_address

FORMULA, NUMBER, RK, MANY_RK = 0x0006, 0x0203, 0x027E, 0x00BD
BOOLEAN_OR_ERROR, BOUND_SHEET, FORMAT, CELL_FORMAT, END = 0x0205, 0x0085, 0x041E, 0x00E0, 0x000A
BOOK, SHEETS_IN_FORMULAS, SHARED_FORMULA = 0x01AE, 0x0017, 0x04BC
THIS_BOOK, TO_SHARED = b"\x01\x04", 0x01
SPECIAL, ERROR = b"\xff\xff", 2
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
# Excel writes its name into the document properties; LibreOffice, which stores 0 for each formula's text, does not.
WRITTEN_BY_EXCEL = b"\x1e\0\0\0\x10\0\0\0Microsoft Excel\0"
# Of the two only Excel encrypts in this way, and then perhaps the properties as well.
ENCRYPTED_BY_EXCEL = "Cryptographic Provider".encode("utf-16-le")
UNKNOWN = "#N/A"
# Name and usual count of arguments of each function by its number.
FUNCTIONS = {number: (str(said[0]), int(said[1])) for number, said in xlrd.formula.func_defs.items()}
WORKSHEET = 0


@dataclass(frozen=True)
class OldWorkbook:
    """The names of an .xls file, those that lead nowhere, its date system and the scans of its sheets.

    `formulas` are those whose stored 0 may stand for a text.
    """

    names: Mapping[str, Area]
    broken_names: tuple[str, ...]
    date_1904: bool
    scans: Mapping[str, SheetScan]
    formulas: Formulas = field(default_factory=Formulas)


def is_by_excel(data: bytes) -> bool:
    """Return whether Excel wrote an .xls file, given as it came, perhaps encrypted."""
    return WRITTEN_BY_EXCEL in data or ENCRYPTED_BY_EXCEL in data


def read_old_workbook(data: bytes, stream: bytes, by_excel: bool) -> OldWorkbook:
    """Return what an .xls file, and the stream of records in it, say beside the values; of what is odd, nothing."""
    names: Mapping[str, Area] = {}
    broken: tuple[str, ...] = ()
    sheets: dict[str, tuple[SheetScan, dict[Place, bytes]]] = {}
    named: list[Rectangle | str] = []
    numbers: list[int | None] = []
    date_1904 = False
    # The conditions of cells come first, and without xlrd: no 0 that stands for a text may pass for a number.
    with contextlib.suppress(struct.error, IndexError):
        sheets = _scans(stream, by_excel)
    with contextlib.suppress(Exception):  # xlrd raises many kinds on odd files; the values are read by another reader
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=StringIO())
        date_1904 = book.datemode == 1
        names, broken = resolve_names(_name_entries(book))
        named, numbers = _named(book), _sheets_in_formulas(stream)
    formulas = Formulas([zeros for _, zeros in sheets.values()], named, numbers, FUNCTIONS)
    return OldWorkbook(names, broken, date_1904, {name: scan for name, (scan, _) in sheets.items()}, formulas)


def _name_entries(book: Any) -> Iterator[NameEntry]:
    sheets = book.sheet_names()
    for name in book.name_obj_list:
        if name.func or name.macro or name.builtin:
            continue
        cells = _cells_of(name)
        area = None
        if cells is not None and cells.sheet < len(sheets):
            area = Area(sheets[cells.sheet], cells.top, cells.left, cells.bottom, cells.right)
        yield NameEntry(name.name, name.scope == -1, area)


def _cells_of(name: Any) -> Rectangle | None:
    """Return the cells of a name that stands for one rectangle of one sheet."""
    parts = getattr(name.result, "value", None)
    if not (isinstance(parts, list) and len(parts) == 1 and hasattr(parts[0], "coords")):
        return None
    sheet, past_sheet, top, bottom, left, right = parts[0].coords
    whole = past_sheet == sheet + 1 and sheet >= 0 and bottom > top and right > left
    return Rectangle(sheet, top, left, bottom - 1, right - 1) if whole else None


def _named(book: Any) -> list[Rectangle | str]:
    """Return the defined names in the order in which formulas count them: their cells, else the name itself."""
    return [_cells_of(name) or str(name.name) for name in book.name_obj_list]


def _records(stream: bytes, position: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record from a position to the end of its part."""
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == END:
            return
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _sheets_in_formulas(stream: bytes) -> list[int | None]:
    """Return which sheet each number of a sheet in a formula means; None for other workbooks and several sheets."""
    books: list[bool] = []
    found: list[int | None] = []
    kinds: list[int] = []
    for kind, content in _records(stream):
        if kind == BOUND_SHEET:
            kinds.append(content[5])
        elif kind == BOOK:
            books.append(content[2:4] == THIS_BOOK)
        elif kind == SHEETS_IN_FORMULAS:
            for at in range(2, len(content) - 5, 6):
                book, first, last = struct.unpack_from("<HHH", content, at)
                here = book < len(books) and books[book] and first == last < len(kinds)
                found.append(kinds[:first].count(WORKSHEET) if here and kinds[first] == WORKSHEET else None)
    return found


def _scans(stream: bytes, by_excel: bool) -> dict[str, tuple[SheetScan, dict[Place, bytes]]]:
    """Return, for each sheet by its name, the condition of its cells and the formulas with 0 as result."""
    sheets: list[str] = []
    starts: list[int] = []
    formats: list[int] = []
    percent = {int(number) for number in BUILT_IN_PERCENT_FORMATS}
    for kind, content in _records(stream):
        if kind == BOUND_SHEET and content[5] == WORKSHEET:  # of charts there are no names either
            starts.append(struct.unpack_from("<I", content)[0])
            sheets.append(_text(content[5:])[: content[6]])
        elif kind == CELL_FORMAT:
            formats.append(struct.unpack_from("<H", content, 2)[0])
        elif kind == FORMAT and "%" in LITERAL.sub("", _text(content[2:])):
            percent.add(struct.unpack_from("<H", content)[0])
    styles = frozenset(style for style, number in enumerate(formats) if number in percent)
    return {
        name: (_scan(stream, start, styles), {} if by_excel else _zeros(stream, start))
        for name, start in zip(sheets, starts, strict=False)
    }


def _text(content: bytes) -> str:
    return content[3:].decode("utf-16-le" if content[2] & 1 else "latin-1", "replace")


def _zeros(stream: bytes, start: int) -> dict[Place, bytes]:
    """Return the formulas of a sheet with 0 as result: where another program than Excel wrote it, it may be a text."""
    found: dict[Place, bytes] = {}
    shared: dict[Place, bytes] = {}
    before = (0, 0)
    for kind, content in _records(stream, start):
        if kind == FORMULA:
            row, column = before = struct.unpack_from("<HH", content)
            if content[6:14] == bytes(8):
                length = int.from_bytes(content[20:22], "little")
                found[row, column] = content[22 : 22 + length]
        elif kind == SHARED_FORMULA:
            length = int.from_bytes(content[8:10], "little")
            shared[before] = content[10 : 10 + length]
    for place, formula in found.items():
        if len(formula) == 5 and formula[0] == TO_SHARED:
            row, column = struct.unpack_from("<HH", formula, 1)
            found[place] = shared.get((row, column), b"")
    return found


def _scan(stream: bytes, start: int, percent_styles: frozenset[int]) -> SheetScan:
    """Return the conditions of a sheet's cells."""
    formulas, percent = set(), set()
    errors: dict[str, str] = {}
    for kind, content in _records(stream, start):
        if kind not in (FORMULA, NUMBER, RK, MANY_RK, BOOLEAN_OR_ERROR):
            continue
        row, column, style = struct.unpack_from("<HHH", content)
        if kind == MANY_RK:
            for offset in range((len(content) - 6) // 6):
                if struct.unpack_from("<H", content, 4 + 6 * offset)[0] in percent_styles:
                    percent.add(cell_address(row, column + offset))
        elif style in percent_styles:
            percent.add(cell_address(row, column))
        if kind == BOOLEAN_OR_ERROR and content[7]:
            errors[cell_address(row, column)] = ERRORS.get(content[6], UNKNOWN)
        elif kind == FORMULA:
            formulas.add(cell_address(row, column))
            result = content[6:14]
            if result[6:8] == SPECIAL and result[0] == ERROR:
                errors[cell_address(row, column)] = ERRORS.get(result[2], UNKNOWN)
    return SheetScan(formulas=frozenset(formulas), errors=errors, percent_cells=frozenset(percent))
