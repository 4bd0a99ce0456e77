"""Defined names of a workbook: which single rectangle of cells each one stands for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vsme_xl.reading.sheet_scan import LAST_COLUMN, LAST_ROW, column_number

REFERENCE = re.compile(
    r"=?(?:'((?:[^']|'')+)'|([^'!\[\]:,()]+))!"
    r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}))?\Z",
    re.IGNORECASE,
)
BUILT_IN = "_xlnm."
MOST_CELLS = 2_000_000


@dataclass(frozen=True)
class Area:
    """A rectangle of cells; rows and columns count from zero and the last ones belong to it."""

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


class NameEntry(NamedTuple):
    """One name as the file writes it; `area` is None where it stands for anything but one rectangle."""

    name: str
    of_workbook: bool
    area: Area | None


def area_of(reference: str, sheets: Mapping[str, str]) -> Area | None:
    """The rectangle an Excel reference means; None for #REF!, constants, formulas, areas, whole columns.

    `sheets` maps each sheet's name in case-folded form to the name; cells of any other sheet are None too.
    """
    match = REFERENCE.match(reference.strip())
    if match is None:
        return None
    quoted, plain, *corners = match.groups()
    sheet = sheets.get((quoted.replace("''", "'") if quoted else plain).casefold())
    if sheet is None:
        return None
    first = (corners[0], corners[1])
    return rectangle(sheet, first, (corners[2], corners[3]) if corners[2] else first)


def rectangle(sheet: str, first: tuple[str, str], last: tuple[str, str]) -> Area | None:
    """The area between two corners given as letters and row number; None off the sheet or if too large."""
    top, left = int(first[1]), column_number(first[0])
    bottom, right = (top, left) if last == first else (int(last[1]), column_number(last[0]))
    if bottom < top:
        top, bottom = bottom, top
    if right < left:
        left, right = right, left
    if bottom > LAST_ROW or right > LAST_COLUMN or (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
        return None
    return Area(sheet, top - 1, left - 1, bottom - 1, right - 1)


def resolve_names(entries: Iterable[NameEntry]) -> tuple[dict[str, Area], tuple[str, ...]]:
    """One area per name, and the names that have none.

    A name of the whole workbook goes before the same name of a sheet (Excel makes those when a sheet is
    copied); names are compared without case, as Excel does. Of several sheets' names the first counts. A name that
    the workbook gives to two places means neither.
    """
    found: dict[str, tuple[str, Area]] = {}
    broken: dict[str, str] = {}
    listed = [entry for entry in entries if not entry.name.startswith(BUILT_IN)]
    twice = _named_twice(listed)
    for name, of_workbook, area in sorted(listed, key=lambda entry: not entry.of_workbook):
        if area is None or (of_workbook and name.casefold() in twice):
            broken.setdefault(name.casefold(), name)
        else:
            found.setdefault(name.casefold(), (name, area))
    return dict(found.values()), tuple(name for folded, name in broken.items() if folded not in found)


def _named_twice(entries: Iterable[NameEntry]) -> frozenset[str]:
    """Return the names of the whole workbook, case-folded, that stand for two different places."""
    places: dict[str, Area | None] = {}
    twice = set()
    for name, of_workbook, area in entries:
        if of_workbook and places.setdefault(name.casefold(), area) != area:
            twice.add(name.casefold())
    return frozenset(twice)
