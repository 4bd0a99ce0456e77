"""What was read of a workbook file: its names and properties, and its sheets as grids of values and conditions."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Literal

from vsme_xl.reading.defined_names import Area
from vsme_xl.reading.limits import DEFAULT_LIMITS, ReadingLimits
from vsme_xl.reading.open_xml import REVIEW_MARK
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.sheet_scan import SheetScan, cell_address

Condition = Literal["", "error", "uncalculated", "lost"]
Value = str | float | int | bool | date | datetime | time | timedelta | None
FEW_ROWS = 1_000
Load = Callable[[str], "SheetGrid"]


@dataclass(frozen=True)
class SheetGrid:
    """One sheet: rows and columns count from zero; a cell outside the grid is blank."""

    name: str
    n_rows: int
    n_columns: int
    rows: list[list[Any]] = field(repr=False)
    scan: SheetScan = field(repr=False)
    percent_cells: Callable[[], frozenset[str]] = field(repr=False)

    def value(self, row: int, column: int) -> Value:
        """The stored value; None for blanks, empty texts, errors and formulas that were never calculated."""
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.rows[row])):
            return None
        value: Value = self.rows[row][column]
        return None if value == "" or (row in self.odd_rows and self.condition(row, column)) else value

    @cached_property
    def odd_rows(self) -> frozenset[int]:
        """The rows in which a cell has no usable value: few, so that the others need not be asked cell by cell."""
        odd = (*self.scan.errors, *self.scan.lost, *self.scan.uncalculated)
        return frozenset(int(address.lstrip(ascii_uppercase)) - 1 for address in odd)

    def condition(self, row: int, column: int) -> Condition:
        """Why a cell has no usable value: an Excel error, or a formula whose result is not stored or was lost."""
        if row not in self.odd_rows:
            return ""
        address = cell_address(row, column)
        if address in self.scan.errors:
            return "error"
        if address in self.scan.lost:
            return "lost"
        return "uncalculated" if address in self.scan.uncalculated else ""

    @cached_property
    def filled_rows(self) -> list[int]:
        """The rows in which a cell holds something, or has a reason for holding nothing."""
        filled = {number for number, cells in enumerate(self.rows) if cells.count("") < len(cells)}
        return sorted(filled | self.odd_rows)

    def rows_in(self, first_row: int, last_row: int) -> Sequence[int]:
        """The rows from the first to the last; of many only those in which something stands.

        A name may claim all rows of a sheet, and there may be thousands of such names.
        """
        if last_row - first_row < FEW_ROWS:
            return range(first_row, last_row + 1)
        return self.filled_rows[bisect_left(self.filled_rows, first_row) : bisect_right(self.filled_rows, last_row)]

    def cells_in(self, area: Area) -> Iterator[tuple[int, int]]:
        """The cells of an area as far as the sheet reaches, row by row, without most rows in which nothing stands."""
        columns = range(area.first_column, min(area.last_column + 1, self.n_columns))
        return ((row, column) for row in self.rows_in(area.first_row, area.last_row) for column in columns)

    def first_filled(self, area: Area, first_row: int, last_row: int) -> list[tuple[int, int]]:
        """The rows from the first to the last in which an area holds something, each with the first column that does.

        That is a value, or a reason for having none.
        """
        columns = slice(area.first_column, area.last_column + 1)
        rows, odd_rows, found = self.rows, self.odd_rows, []
        blank = [""] * len(rows[0][columns]) if rows else []
        for row in self.rows_in(first_row, last_row if odd_rows else min(last_row, len(rows) - 1)):
            cells = rows[row][columns] if row < len(rows) else []
            odd = row in odd_rows
            if not odd and cells == blank:
                continue
            for column, value in enumerate(cells, area.first_column):
                if (value != "" and value is not None) or (odd and self.condition(row, column)):
                    found.append((row, column))
                    break
            else:
                beyond = range(area.first_column + len(cells), area.last_column + 1) if odd else ()
                found += [(row, column) for column in beyond if self.condition(row, column)][:1]
        return found

    def error_text(self, row: int, column: int) -> str:
        """The error as Excel names it, such as `#REF!`; empty for a cell that is none."""
        return self.scan.errors.get(cell_address(row, column), "")

    def is_percent(self, row: int, column: int) -> bool:
        """Whether the cell's number format shows a percentage, so that 28 % is stored as 0.28."""
        return cell_address(row, column) in self.percent_cells()

    def is_formula(self, row: int, column: int) -> bool:
        """Whether a formula makes the value, be it the cell's own or an array formula that spills into it."""
        return cell_address(row, column) in self.scan.formulas or any(
            top <= row + 1 <= bottom and left <= column + 1 <= right
            for top, left, bottom, right in self.scan.spills
        )

    def address(self, row: int, column: int) -> str:
        """The cell's address, such as `D14`."""
        return cell_address(row, column)


@dataclass(frozen=True)
class WorkbookFile:
    """A workbook as read from disk; sheets are parsed when asked for, and once.

    `names` holds each defined name that stands for one rectangle of cells; the others are in `broken_names`.
    `properties` are the document's custom properties as texts; `hidden` are the (very) hidden sheets. `reviews` are
    the sheets that list the findings in a review copy; they are none of the others. `names_read` says whether names are
    read from files of this format.
    """

    path: Path
    sha256: str
    sheet_names: tuple[str, ...]
    hidden: frozenset[str]
    names: Mapping[str, Area]
    broken_names: tuple[str, ...]
    properties: Mapping[str, str]
    date_1904: bool
    load: Load = field(repr=False, compare=False)
    reviews: tuple[str, ...] = ()
    limits: ReadingLimits = field(default=DEFAULT_LIMITS, repr=False, compare=False)
    names_read: bool = True

    def sheet(self, name: str) -> SheetGrid:
        """The sheet of this name; KeyError if there is none, UnreadableWorkbook if its part is damaged."""
        return self.load(name)


def grid(
    name: str, rows: list[list[Any]], scan: SheetScan, percent_cells: Callable[[], frozenset[str]]
) -> SheetGrid:
    """A sheet's values and conditions together; it reaches as far as either of them does."""
    return SheetGrid(
        name=name,
        n_rows=max(len(rows), scan.last_row),
        n_columns=max(len(rows[0]) if rows else 0, scan.last_column),
        rows=rows,
        scan=scan,
        percent_cells=percent_cells,
    )


def reviews_among(sheets: tuple[str, ...], load: Load) -> tuple[str, ...]:
    """The sheets that a review put in front of a workbook, by the mark in their first cell."""

    def is_review(name: str) -> bool:
        try:
            return load(name).value(0, 0) == REVIEW_MARK
        except UnreadableWorkbook:
            return False  # a sheet that cannot be read is refused when it is asked for, not here

    return tuple(name for name in sheets if is_review(name))
