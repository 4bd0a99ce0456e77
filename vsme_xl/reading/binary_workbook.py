"""What a binary workbook (.xlsb) holds, looked through record by record and written anew for calamine.

Nothing reaches calamine but records that were looked at: what it allocates by (rows and columns of cells, counts of
texts and formats) is within the limits and true. Defined names stay behind: cells are found by place and label.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from vsme_xl.reading.absurd_days import is_absurd, short_number
from vsme_xl.reading.binary_records import BrokenRecord, number_at, record, records, text_at, written_text
from vsme_xl.reading.cells_twice import Places
from vsme_xl.reading.old_workbook import ERRORS, UNKNOWN
from vsme_xl.reading.open_xml import (
    CUSTOM_PROPERTIES,
    REVIEW_MARK,
    Directory,
    Relationship,
    custom_properties,
    relationships,
    target_of,
)
from vsme_xl.reading.sheet_scan import (
    BUILT_IN_PERCENT_FORMATS,
    LAST_COLUMN,
    LAST_ROW,
    LITERAL,
    SheetScan,
    cell_address,
    check_size,
)
from vsme_xl.reading.workbook_parts import Package, read_part

WORKBOOK, STRINGS, STYLES = "xl/workbook.bin", "xl/sharedStrings.bin", "xl/styles.bin"
ROW, SHORT, ERROR, BOOLEAN, REAL, TEXT, SHARED = 0, 2, 3, 4, 5, 6, 7
FORMULA_TEXT, FORMULA_REAL, FORMULA_ERROR = 8, 9, 11
# What follows the column and the style of a cell, in bytes; a text has a length of its own.
CELLS = {
    SHORT: 4, ERROR: 1, BOOLEAN: 1, REAL: 8, TEXT: 4, SHARED: 4,
    FORMULA_TEXT: 4, FORMULA_REAL: 8, 10: 1, FORMULA_ERROR: 1,
}  # fmt: skip
STRING, CELL_FORMAT, NUMBER_FORMAT = 19, 47, 44
SHEET, PROPERTIES, DIMENSIONS = 156, 153, 148
BOOK_BEGIN, BOOK_END, SHEETS_BEGIN, SHEETS_END = 131, 132, 143, 144
SHEET_BEGIN, SHEET_END, ROWS_BEGIN, ROWS_END = 129, 130, 145, 146
STRINGS_BEGIN, STRINGS_END, STYLES_BEGIN, STYLES_END = 159, 160, 278, 279
FORMATS_BEGIN, FORMATS_END, CELL_FORMATS_BEGIN, CELL_FORMATS_END = 615, 616, 617, 618
RECORDS_OF_A_CELL = 4
GENERAL = 0
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass
class Looked:
    """What the parts looked at so far hold: texts that cells share, styles that show per cent, and how much it is.

    `no_style` is the number of a style without a format.
    """

    texts: list[int]
    percent_styles: frozenset[int]
    no_style: int
    cells: int = 0
    text: int = 0


@dataclass
class Rows:
    """The cells of a sheet as they are looked at: the records that are kept, and their condition."""

    kept: list[bytes] = field(default_factory=list)
    row: int = 0
    rows: int = 0
    columns: int = 0
    formulas: set[str] = field(default_factory=set)
    percent: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=Places)


def read_binary_workbook(package: Package) -> tuple[Directory, bytes]:
    """Return what a binary workbook says of itself and its sheets, and a file of the same cells for calamine."""
    links = relationships(package, WORKBOOK)
    part = WORKBOOK
    try:
        listed, date_1904 = _sheets(package, links)
        if not listed:
            package.refuse("damaged", part=part)
        part = STRINGS
        texts = _texts(package, target_of(links, "sharedStrings", STRINGS))
        part = STYLES
        formats, styles = _formats(package, target_of(links, "styles", STYLES))
        looked = Looked([len(text) for text in texts], _percent(formats, styles), len(styles))
        styles.append(GENERAL)
        scans, parts = {}, []
        for name, (part, _) in listed.items():
            scans[name], written = _sheet(package, part, name, looked)
            parts.append(written)
    except (BrokenRecord, struct.error):
        package.refuse("damaged", part=part)
    directory = Directory(
        sheets={name: part for name, (part, _) in listed.items()},
        hidden=frozenset(name for name, (_, hidden) in listed.items() if hidden),
        names={},
        broken_names=(),
        properties=custom_properties(
            package, target_of(relationships(package, ""), "custom-properties", CUSTOM_PROPERTIES)
        ),
        date_1904=date_1904,
        scans=scans,
        maybe_reviewed=REVIEW_MARK in texts,
    )
    return directory, _written(tuple(listed), date_1904, texts, formats, styles, parts)


def _records(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    limits = package.limits
    for number, found in enumerate(records(read_part(package, part) or b"")):
        if number > RECORDS_OF_A_CELL * limits.cells:
            limits.refuse("cells", number, package.file, sheet=part, cell="")
        yield found


def _sheets(package: Package, links: tuple[Relationship, ...]) -> tuple[dict[str, tuple[str, bool]], bool]:
    """Return part and hiddenness of each sheet with cells by its name, and whether days are counted from 1904."""
    targets = {link.id: link.target for link in links if link.kind == "worksheet"}
    found: dict[str, tuple[str, bool]] = {}
    date_1904, count = False, 0
    for kind, content in _records(package, WORKBOOK):
        if kind == PROPERTIES:
            date_1904 = bool(number_at(content, 0) & 1)
        elif kind == SHEET:
            id_, at = text_at(content, 8)
            name, _ = text_at(content, at)
            if id_ in targets:
                found[name], count = (targets[id_], number_at(content, 0) != 0), count + 1
    if len(found) < count:
        raise BrokenRecord(count)
    return found, date_1904


def _texts(package: Package, part: str) -> list[str]:
    limits = package.limits
    texts: list[str] = []
    size = 0
    for kind, content in _records(package, part):
        if kind == STRING:
            texts.append(text_at(content, 1)[0])
            size += len(content)
            limits.check("text_length", len(texts[-1]), package.file, part=part)
            limits.check("shared_strings", len(texts), package.file, part=part)
            limits.check("shared_string_bytes", size, package.file, part=part)
    return texts


def _formats(package: Package, part: str) -> tuple[dict[int, str], list[int]]:
    """Return the number formats by number, and the number of the format of each style that cells can have."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    of_cells = False
    for kind, content in _records(package, part):
        if kind == NUMBER_FORMAT:
            formats[struct.unpack_from("<H", content)[0]] = text_at(content, 2)[0]
        elif kind in (CELL_FORMATS_BEGIN, CELL_FORMATS_END):
            of_cells = kind == CELL_FORMATS_BEGIN
        elif kind == CELL_FORMAT and of_cells:
            styles.append(struct.unpack_from("<H", content, 2)[0])
    return formats, styles


def _percent(formats: dict[int, str], styles: list[int]) -> frozenset[int]:
    shown = {number for number, format_ in formats.items() if "%" in LITERAL.sub("", format_)}
    shown |= {int(number) for number in BUILT_IN_PERCENT_FORMATS}
    return frozenset(style for style, number in enumerate(styles) if number in shown)


def _sheet(package: Package, part: str, name: str, looked: Looked) -> tuple[SheetScan, bytes]:
    """Return the condition of a sheet's cells, and a part with them; refused where it reaches too far out."""
    rows, limits = Rows(), package.limits
    if part.lower() not in package.entries:
        package.refuse("damaged", part=part)
    for kind, content in _records(package, part):
        if kind == ROW:
            rows.row = number_at(content, 0)
            if rows.row >= LAST_ROW:
                package.refuse("bad_reference", sheet=name, cell=f"A{rows.row + 1}")
            rows.kept.append(record(ROW, struct.pack("<I", rows.row)))
        elif kind in CELLS:
            _cell(rows, kind, content, looked, package, name)
    check_size(limits, rows.rows, rows.columns, package.file, name, looked.cells)
    if cell := rows.places.twice():
        package.refuse("cell_twice", sheet=name, cell=cell)
    limits.check("text_total", looked.text, package.file, sheet=name)
    looked.cells += rows.rows * rows.columns
    scan = SheetScan(
        last_row=rows.rows, last_column=rows.columns, formulas=frozenset(rows.formulas), errors=rows.errors,
        percent_cells=frozenset(rows.percent),
    )  # fmt: skip
    size = struct.pack("<IIII", 0, max(0, rows.rows - 1), 0, max(0, rows.columns - 1))
    begin = record(SHEET_BEGIN) + record(DIMENSIONS, size) + record(ROWS_BEGIN)
    return scan, begin + b"".join(rows.kept) + record(ROWS_END) + record(SHEET_END)


def _cell(rows: Rows, kind: int, content: bytes, looked: Looked, package: Package, name: str) -> None:
    column, style = number_at(content, 0), number_at(content, 4) & 0xFFFFFF
    end = 8 + CELLS[kind]
    if len(content) < end or column >= LAST_COLUMN:
        raise BrokenRecord(column)
    address = cell_address(rows.row, column)
    length = 0
    if kind in (TEXT, FORMULA_TEXT):
        text, end = text_at(content, 8)
        length = len(text)
    elif kind == SHARED:
        if number_at(content, 8) >= len(looked.texts):
            raise BrokenRecord(column)
        length = looked.texts[number_at(content, 8)]
    package.limits.check("text_length", length, package.file, sheet=name)
    looked.text += length
    rows.rows, rows.columns = max(rows.rows, rows.row + 1), max(rows.columns, column + 1)
    if kind >= FORMULA_TEXT:
        rows.formulas.add(address)
    if kind in (ERROR, FORMULA_ERROR):
        rows.errors[address] = ERRORS.get(content[8], UNKNOWN)
    if style in looked.percent_styles:
        rows.percent.add(address)
    rows.places.add(rows.row, column)
    if _is_absurd_day(kind, content):
        content = content[:4] + struct.pack("<I", looked.no_style) + content[8:]
    rows.kept.append(record(kind, content[:end]))


def _is_absurd_day(kind: int, content: bytes) -> bool:
    """Whether calamine would give up on the number of a cell if its format were that of a day."""
    if kind == SHORT:
        return is_absurd(short_number(number_at(content, 8)))
    return kind in (REAL, FORMULA_REAL) and is_absurd(struct.unpack_from("<d", content, 8)[0])


def _written(
    names: tuple[str, ...],
    date_1904: bool,
    texts: list[str],
    formats: dict[int, str],
    styles: list[int],
    sheets: list[bytes],
) -> bytes:
    """Return a binary workbook of these parts, where calamine looks for them."""
    count = struct.pack("<II", len(texts), len(texts))
    bundle = b"".join(
        record(SHEET, struct.pack("<II", 0, n) + written_text(f"rId{n}") + written_text(name))
        for n, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in range(1, len(names) + 1)
    )
    book = record(PROPERTIES, struct.pack("<II", int(date_1904), 0) + written_text(""))
    parts = {
        WORKBOOK: record(BOOK_BEGIN) + book + record(SHEETS_BEGIN) + bundle + record(SHEETS_END) + record(BOOK_END),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{LINKS}">{links}</Relationships>'.encode(),
        STRINGS: record(STRINGS_BEGIN, count)
        + b"".join(record(STRING, b"\0" + written_text(text)) for text in texts)
        + record(STRINGS_END),
        STYLES: record(STYLES_BEGIN)
        + record(FORMATS_BEGIN, struct.pack("<I", len(formats)))
        + b"".join(record(NUMBER_FORMAT, struct.pack("<H", n) + written_text(f)) for n, f in formats.items())
        + record(FORMATS_END)
        + record(CELL_FORMATS_BEGIN, struct.pack("<I", len(styles)))
        + b"".join(record(CELL_FORMAT, struct.pack("<HHHHHHHH", 0, n, 0, 0, 0, 0, 0, 0)) for n in styles)
        + record(CELL_FORMATS_END)
        + record(STYLES_END),
        **{f"xl/worksheets/sheet{n}.bin": sheet for n, sheet in enumerate(sheets, 1)},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return buffer.getvalue()
