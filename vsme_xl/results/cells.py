"""Write the cells of a results sheet fast: each becomes its XML at once, and rows are joined when the file is written.

XlsxWriter keeps every cell as an object and turns it into XML later, which costs half of a results workbook's time.
Replaced on a sheet are the four methods that all its others write cells through, and those that write rows and columns.
Of a sheet whose rows leave the memory one by one, as those of a portfolio do, only texts are written so. The XML is the
same, but that rows do not say how far they span, which no reader needs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from io import StringIO
from typing import Any
from weakref import proxy

from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import ColumnInfo, RowInfo, Worksheet

from vsme_xl.cell_text import as_stored

LONGEST = 32_767
SHEET_NAME_LIMIT = 31
LETTERS = tuple(xl_col_to_name(column) for column in range(256))


def put(sheet: Any, row: int, column: int, value: float | str | None, style: Any) -> None:
    """Write a number, a text (never read as formula, link or number), or an empty cell."""
    if isinstance(value, str) and value:
        sheet.write_string(row, column, value, style)
    elif value is None or value == "":
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)


def put_formula(sheet: Any, row: int, column: int, formula: str, style: Any, value: float | str | None) -> None:
    """Write a formula with the value it has; an empty text where that is blank."""
    sheet.write_formula(row, column, formula, style, "" if value is None else value)


def fast(sheet: Any) -> Any:
    """Return the sheet with its ways of writing cells replaced; formulas are taken as written, their functions too.

    It has one more: `write_blanks` for several cells of a row that are empty and look the same.
    """
    rows: dict[int, dict[int, str]] = defaultdict(dict)
    texts = sheet.str_table
    numbers = texts.string_table
    number_of = numbers.setdefault
    style_of = cache(_style)

    def write_string(row: int, column: int, text: str, style: Any = None) -> int:
        if len(text) > LONGEST // 2:
            text = text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
        texts.count += 1
        number = number_of(text, len(numbers))
        rows[row][column] = f'<c r="{LETTERS[column]}{row + 1}"{style_of(style)} t="s"><v>{number}</v></c>'
        return 0

    def write_number(row: int, column: int, number: float, style: Any = None) -> int:
        if number - number != 0:
            raise ValueError(f"{number} is no number that a cell can hold")
        rows[row][column] = f'<c r="{LETTERS[column]}{row + 1}"{style_of(style)}><v>{number:.16G}</v></c>'
        return 0

    def write_blank(row: int, column: int, _: object, style: Any = None) -> int:
        if style is not None:
            rows[row][column] = f'<c r="{LETTERS[column]}{row + 1}"{style_of(style)}/>'
        return 0

    def write_blanks(row: int, columns: Iterable[int], style: Any) -> None:
        cells, look = rows[row], style_of(style)
        for column in columns:
            cells[column] = f'<c r="{LETTERS[column]}{row + 1}"{look}/>'

    def write_formula(row: int, column: int, formula: str, style: Any = None, value: float | str = 0) -> int:
        kind = ' t="str"' if isinstance(value, str) and value else ""
        inner = f"<f>{_escaped_once(formula.removeprefix('='))}</f><v>{escaped(as_stored(str(value)))}</v>"
        rows[row][column] = f'<c r="{LETTERS[column]}{row + 1}"{style_of(style)}{kind}>{inner}</c>'
        return 0

    sheet.write_string = sheet._write_string = write_string
    sheet.write_number = sheet._write_number = write_number
    sheet.write_blank = sheet._write_blank = write_blank
    sheet.write_blanks = write_blanks
    sheet.write_formula = sheet._write_formula = write_formula
    own = proxy(sheet)  # not the sheet itself: what refers to itself waits for the garbage collector
    sheet._write_rows = lambda: _write_rows(own, rows)
    sheet._write_col_info = lambda first, last, info: own.fh.write(_columns(first, last, info.width, info.hidden))
    sheet._write_dimension = lambda: _write_dimension(own, rows)
    return sheet


def fast_texts(sheet: Any) -> Any:
    """Return a sheet whose rows leave the memory one by one, its way of writing texts replaced; the XML is the same."""
    own = proxy(sheet)

    def write_string(row: int, column: int, text: str, style: Any = None) -> int:
        if own._check_dimensions(row, column):
            return -1
        if row > own.previous_row:
            own._write_single_row(row)
        place = f'r="{LETTERS[column]}{row + 1}"{_style(style)}'
        own.table[row][column] = f'<c {place} t="inlineStr"><is>{_inline(text)}</is></c>'
        return 0

    def write_cell(row: int, column: int, cell: Any) -> None:
        if isinstance(cell, str):
            own.fh.write(cell)
        else:
            Worksheet._write_cell(own, row, column, cell)

    sheet.write_string = sheet._write_string = write_string
    sheet._write_cell = write_cell
    return sheet


def _inline(text: str) -> str:
    """Return a text as XML that stands in its cell, with `xml:space` where it begins or ends with blanks."""
    kept = as_stored(text)
    space = ' xml:space="preserve"' if kept != kept.strip() else ""
    return f"<t{space}>{escaped(kept)}</t>"


def absolute(row: int, column: int) -> str:
    """Return the address of a cell that stays as it is where a formula is copied, such as $B$3."""
    return f"${LETTERS[column]}${row + 1}"


def _style(style: Any) -> str:
    return "" if style is None else f' s="{style.xf_index or style._get_xf_index()}"'


@lru_cache(maxsize=4096)
def _escaped_once(formula: str) -> str:
    return escaped(formula)


def escaped(text: str) -> str:
    """Return a text as XML holds it between elements."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _write_dimension(sheet: Any, rows: dict[int, dict[int, str]]) -> None:
    """Let the sheet know which cells it has, and write the element that says so."""
    if rows:
        columns = set[int]().union(*rows.values())
        for row, column in ((min(rows), min(columns)), (max(rows), max(columns))):
            sheet._check_dimensions(row, column)
    Worksheet._write_dimension(sheet)


def _write_rows(sheet: Any, rows: dict[int, dict[int, str]]) -> None:
    """Write the rows; they may have a height and be hidden, and nothing else that a row can have."""
    write = sheet.fh.write
    for row in range(sheet.dim_rowmin, sheet.dim_rowmax + 1):
        cells, info = rows.get(row), sheet.row_info.get(row)
        looks = "" if info is None else _looks_of_row(info.height, info.hidden)
        if cells:
            written = "".join([cells[column] for column in sorted(cells)])
            write(f'<row r="{row + 1}"{looks}>{written}</row>')
        elif info is not None:
            write(f'<row r="{row + 1}"{looks}/>')


@lru_cache(maxsize=1024)
def _looks_of_row(height: int, hidden: bool) -> str:
    """Return the attributes of a row with a height in pixels, as XlsxWriter writes them."""
    part = part_in(Worksheet(), StringIO())
    part._write_row(0, None, RowInfo(height=height, hidden=hidden))
    return str(part.fh.getvalue()).removeprefix('<row r="1"').removesuffix(">")


@lru_cache(maxsize=1024)
def _columns(first: int, last: int, width: int, hidden: bool) -> str:
    """Return the element of columns with a width in pixels, as XlsxWriter writes it."""
    part = part_in(Worksheet(), StringIO())
    part._write_col_info(first, last, ColumnInfo(width=width, hidden=hidden))
    return str(part.fh.getvalue())


def add_table(sheet: Any, first_row: int, first: int, last_row: int, last: int, options: dict[str, Any]) -> int:
    """Add a table with a header row; return what the sheet's own way does, which looks at each cell for other tables.

    So it is given one row of data, and the table is made longer then.
    """
    result: int = sheet.add_table(first_row, first, first_row + 1, last, options)
    if result == 0:
        area = xl_range(first_row, first, last_row, last)
        sheet.tables[-1] |= {key: area for key in ("range", "a_range", "autofilter")}
    return result


def sheet_name(text: str) -> str:
    """Return a text as Excel takes it for a sheet's name."""
    return re.sub(r"[\[\]:*?/\\]", " ", text).strip("'")[:SHEET_NAME_LIMIT].rstrip()


def part_in(part: Any, file: Any) -> Any:
    """Return a part of a workbook that is written to a file."""
    part._set_xml_writer(file)
    return part
