"""The records of an old Excel file (.xls), counted before any parser allocates by what they say."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO

from vsme_xl.reading.cells_twice import Places
from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.sheet_scan import check_size

SHEET, NAME, TEXTS, CONTINUED, TEXT_CELL, LAST, MANY = 0x85, 0x18, 0xFC, 0x3C, 0xFD, 0x0A, 0xBD
CELLS = frozenset({0x06, 0x203, 0x204, 0x205, 0x27E, MANY, 0xD6, TEXT_CELL})
BITS_OF_A_COLUMN = 17
SHEET_TITLE = 8
MOST_BEFORE_FILE_PASS, FILE_PASS = 4_096, 0x2F
"""The record that says a workbook is encrypted stands among the first."""


@dataclass
class Counted:
    """What the part of a stream that serves the whole workbook holds; of each sheet where it starts, and its title."""

    sheets: list[tuple[int, str]] = field(default_factory=list)
    names: int = 0
    texts: int = 0
    text_bytes: int = 0


def has_file_pass(stream: bytes) -> bool:
    """Return whether the beginning of a stream says that the rest is encrypted."""
    return any(kind == FILE_PASS for kind, _, _ in _records(stream, 0, ReadingLimits(), ""))


def check_records(stream: bytes, limits: ReadingLimits, file: str) -> None:
    """Refuse a stream whose sheets, names or texts are beyond the limits, a shared text counted for each cell."""
    limits.check("xls_bytes", len(stream), file)
    counted = _whole(stream, limits, file)
    limits.check("defined_names", counted.names, file)
    limits.check("shared_strings", counted.texts, file)
    limits.check("shared_string_bytes", counted.text_bytes, file)
    known: dict[int, tuple[int, int, int]] = {}
    cells = text = 0
    for start, title in counted.sheets:
        if start not in known:
            known[start] = _sheet(stream, start, limits, file, title)
        rows, columns, texts = known[start]
        check_size(limits, rows, columns, file, title, cells)
        cells += max(1, rows * columns)
        # No text is longer than the records that hold it, nor than its length of 16 bits can say.
        text += texts * min(counted.text_bytes, 0xFFFF)
    if text > limits.text_total:
        longest = max(_lengths(stream), default=0)
        total = sum(known[start][2] for start, _ in counted.sheets) * longest
        limits.check("text_total", total, file)


def _records(stream: bytes, start: int, limits: ReadingLimits, file: str) -> Iterator[tuple[int, int, int]]:
    """Yield kind, begin and length of each record up to the end of its part, of which each cell has at least one."""
    position, end, most, found = start, len(stream) - 4, limits.cells, 0
    while 0 <= position <= end:
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == LAST:
            break
        yield kind, position + 4, length
        found += 1
        if found > most:
            limits.refuse("cells", found, file, sheet="", cell="")
        position += 4 + length


def _whole(stream: bytes, limits: ReadingLimits, file: str) -> Counted:
    counted, before = Counted(), 0
    for kind, begin, length in _records(stream, 0, limits, file):
        if kind == SHEET and length >= 4:
            title = _title(stream[begin : begin + length]) or str(len(counted.sheets) + 1)
            counted.sheets.append((struct.unpack_from("<I", stream, begin)[0], title))
        counted.names += kind == NAME
        if kind == TEXTS and length >= 8:
            counted.texts = max(counted.texts, *struct.unpack_from("<II", stream, begin)[1:])
        if kind == TEXTS or (kind == CONTINUED and before == TEXTS):
            counted.text_bytes += length
        before = before if kind == CONTINUED else kind
    return counted


def _title(content: bytes) -> str:
    """Return the title of a sheet from its record; empty where it is cut off."""
    if len(content) < SHEET_TITLE:
        return ""
    characters, wide = content[SHEET_TITLE - 2], content[SHEET_TITLE - 1] & 1
    text = content[SHEET_TITLE : SHEET_TITLE + characters * (1 + wide)]
    return text.decode("utf-16-le" if wide else "latin-1", "replace")


def _sheet(stream: bytes, start: int, limits: ReadingLimits, file: str, title: str) -> tuple[int, int, int]:
    """Return the last row and column of a sheet's cells, counted from one, and how many hold a shared text."""
    rows = columns = texts = 0
    last, ascending = -1, True
    for kind, begin, length in _records(stream, start, limits, file):
        if kind in CELLS and length >= 6 and begin + 4 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, begin)
            many = (length - 6) // 6 if kind == MANY else 1
            place = row << BITS_OF_A_COLUMN | column
            ascending &= place > last
            column += many - 1
            last = place + many - 1
            rows, columns, texts = max(rows, row + 1), max(columns, column + 1), texts + (kind == TEXT_CELL)
    if not ascending and (cell := _twice(stream, start, limits, file)):
        raise UnreadableWorkbook("cell_twice", {"file": file, "sheet": title, "cell": cell})
    return rows, columns, texts


def _twice(stream: bytes, start: int, limits: ReadingLimits, file: str) -> str:
    """Return the address of a cell that a sheet, whose cells are not in order, has twice; empty where none is."""
    places = Places()
    for kind, begin, length in _records(stream, start, limits, file):
        if kind in CELLS and length >= 6 and begin + 4 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, begin)
            places.add(row, column, (length - 6) // 6 if kind == MANY else 1)
    return places.twice()


def _lengths(stream: bytes) -> Sequence[int]:
    import xlrd

    from vsme_xl.reading.compound_file import file_around

    try:
        book = xlrd.open_workbook(file_contents=file_around(stream), on_demand=True, logfile=StringIO())
    except Exception:
        return [0xFFFF]
    return [len(text) for text in book._sharedstrings] or [0]
