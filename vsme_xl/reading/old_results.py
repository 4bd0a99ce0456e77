"""Which zeros that formulas of an .xls file store are numbers, which stand for nothing and which for a lost text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from vsme_xl.reading.cell_values import is_dash
from vsme_xl.reading.old_formulas import (
    ANYTHING,
    BLANK,
    ERROR,
    LOGICAL,
    NUMBER,
    TEXT,
    Outcome,
    Rectangle,
    Surroundings,
    outcome_of,
)
from vsme_xl.reading.sheet_scan import SheetScan, cell_address

MOST_LOOKS = 2_000_000
Place = tuple[int, int]


@dataclass(frozen=True)
class Formulas:
    """What the formulas of an .xls file refer to, and by sheet (in order) those whose stored result is 0.

    `names` are the defined names in the order of the file, `sheets` the sheet that each number in a formula means,
    `functions` name and usual count of arguments by number.
    """

    zeros: Sequence[Mapping[Place, bytes]] = ()
    names: Sequence[Rectangle | str] = ()
    sheets: Sequence[int | None] = ()
    functions: Mapping[int, tuple[str, int]] = field(default_factory=dict)


@dataclass
class Results:
    """Works out the kinds of results; `values` gives the stored values of a sheet, `looks` counts the cells seen."""

    formulas: Formulas
    sheet_names: Sequence[str]
    scans: Mapping[str, SheetScan]
    values: Callable[[str], list[list[Any]]]
    known: dict[tuple[int, int, int], Outcome] = field(default_factory=dict)
    looks: int = 0

    def __post_init__(self) -> None:
        """Make what formulas look into."""
        f = self.formulas
        self.around = Surroundings(self.outcome, f.names, f.sheets, f.functions)

    def outcome(self, sheet: int, row: int, column: int) -> Outcome:
        """Return what is known of a cell's value; anything, after so many looks that a file must mean harm."""
        self.looks += 1
        if not 0 <= sheet < len(self.sheet_names) or self.looks > MOST_LOOKS:
            return ANYTHING
        formula = self.formulas.zeros[sheet].get((row, column)) if sheet < len(self.formulas.zeros) else None
        if formula is None:
            return self._stored(self.sheet_names[sheet], row, column)
        place = (sheet, row, column)
        if place not in self.known:
            self.known[place] = ANYTHING  # for a formula that refers to itself
            self.known[place] = outcome_of(formula, sheet, row, column, self.around)
        return self.known[place]

    def _stored(self, name: str, row: int, column: int) -> Outcome:
        rows, scan = self.values(name), self.scans.get(name, SheetScan())
        value = rows[row][column] if row < len(rows) and column < len(rows[row]) else ""
        address = cell_address(row, column)
        if address in scan.errors:
            return Outcome(frozenset({ERROR}))
        if value == "" or value is None:
            return Outcome(frozenset({TEXT}), "") if address in scan.formulas else Outcome(frozenset({BLANK}))
        if isinstance(value, bool):
            return Outcome(frozenset({LOGICAL}), value)
        if isinstance(value, int | float):
            return Outcome(frozenset({NUMBER}), float(value))
        if isinstance(value, date | time | timedelta):
            return Outcome(frozenset({NUMBER}))
        return Outcome(frozenset({TEXT}), str(value))

    def of_sheet(self, name: str) -> tuple[frozenset[str], frozenset[Place]]:
        """Return the cells of a sheet whose text is lost, and those whose text says nothing (empty or a dash)."""
        sheet = self.sheet_names.index(name) if name in self.sheet_names else len(self.formulas.zeros)
        rows = self.values(name)
        lost, nothing = set(), set()
        for row, column in self.formulas.zeros[sheet] if sheet < len(self.formulas.zeros) else ():
            outcome = self.outcome(sheet, row, column)
            inside = row < len(rows) and column < len(rows[row])
            if inside and isinstance(outcome.value, str) and is_dash(outcome.value):
                nothing.add((row, column))
            elif not outcome.is_number():
                lost.add(cell_address(row, column))
        return frozenset(lost), frozenset(nothing)
