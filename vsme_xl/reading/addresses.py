"""Read the address of cells as a person writes it: a sheet, a cell or a range of cells."""

from __future__ import annotations

import re
from functools import lru_cache

from vsme_xl.reading.sheet_scan import column_number
from vsme_xl.reading.workbook_file import Area

ADDRESS = re.compile(
    r"^(?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+))!)?"
    r"\$?(?P<column>[A-Z]+)\$?(?P<row>\d+)(?::\$?(?P<last_column>[A-Z]+)\$?(?P<last_row>\d+))?$"
)
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384


@lru_cache(maxsize=8192)
def area_at(text: str, sheet: str = "") -> Area | None:
    """Return the area that an address means, on the sheet it names or the one given; None for no address."""
    match = ADDRESS.match(text)
    if match is None:
        return None
    name = (match["quoted"] or "").replace("''", "'") or match["plain"] or sheet
    row, last_row = int(match["row"]) - 1, int(match["last_row"] or match["row"]) - 1
    column = column_number(match["column"]) - 1
    return Area(name, row, column, last_row, column_number(match["last_column"] or match["column"]) - 1)


def is_possible(area: Area) -> bool:
    """Return whether an area lies on a sheet and its last cell is not before its first."""
    rows = 0 <= area.first_row <= area.last_row < MOST_ROWS
    return rows and 0 <= area.first_column <= area.last_column < MOST_COLUMNS
