"""Say in which cell a finding stands: where the answer was typed, or where it would be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from vsme_xl.edition import Edition
from vsme_xl.rules.parse import names

PARTS = re.compile(r"(?P<sheet>.*!)(?P<column>[A-Z]+)(?P<row>\d+)")
Places = Mapping[str, Mapping[str, str]]


class Cells:
    """Looks up the cell of a datapoint; the index of answers is made when the first finding asks.

    `places` gives by workbook the first cell of each datapoint that it asks for, answered or not.
    """

    def __init__(self, facts: pd.DataFrame, edition: Edition, places: Places | None = None) -> None:
        self._facts = facts
        self._edition = edition
        self._places = places or {}
        self._index: dict[tuple[str, str, int], str] = {}

    def typed(self, workbook: str, name: str, row: int = -1) -> str:
        """Return the cell that an answer was read from; blank where nothing was typed."""
        if not self._index:
            f = self._facts[self._facts["period"] == "current"]
            columns = ("workbook", "name", "row", "source", "table")
            workbooks, of_names, numbers, sources, tables = (f[column].tolist() for column in columns)
            self._index = dict(zip(zip(workbooks, of_names, numbers, strict=True), sources, strict=True))
            for book, of, number, source in zip(workbooks, tables, numbers, sources, strict=True):
                self._index.setdefault((book, f"table:{of}", number), source)
        return self._index.get((workbook, name, row), "")

    def asked(self, workbook: str, name: str) -> bool:
        """Return whether a workbook has a cell for a datapoint; where its cells are not known, that it has."""
        return workbook not in self._places or name in self._places[workbook]

    def place(self, workbook: str, name: str) -> str:
        """Return the first cell in which a datapoint is asked for; blank where none is known."""
        return self._places.get(workbook, {}).get(name, "")

    def __call__(self, workbook: str, name: str, row: int = -1, table: str = "", also: Iterable[str] = ()) -> str:
        """Return the cell of a datapoint: typed, or where it would be, or the first that its rule reads.

        A datapoint without a cell of its own stands where the first of `also` does.
        """
        if table:
            return self._in_row(workbook, name, row) or self._beside(workbook, name, row, table)
        behind = (other for start in (name, *also) for other in self._behind(start))
        return next((cell for other in behind if (cell := self._own(workbook, other))), "")

    def _behind(self, first: str) -> Iterator[str]:
        """Yield a datapoint, then those that its rule reads, and so on: each once, the nearest first."""
        seen = {first: None}
        open_ = list(seen)
        while open_:
            name = open_.pop(0)
            yield name
            datapoint = self._edition.datapoints.get(name)
            if datapoint is not None and datapoint.formula is not None:
                new = [other for other in names(datapoint.formula) if other not in seen]
                seen |= dict.fromkeys(new)
                open_ += new

    def _in_row(self, workbook: str, name: str, row: int) -> str:
        """Return the cell of a column in a row: typed, or the first typed one that its rule reads."""
        formula = self._edition.datapoints[name].formula
        read = (name,) if formula is None else (name, *names(formula))
        return next((cell for other in read if (cell := self.typed(workbook, other, row))), "")

    def _own(self, workbook: str, name: str) -> str:
        datapoint = self._edition.datapoints.get(name)
        if datapoint is None or datapoint.role == "reference":
            return ""
        first = 0 if datapoint.table else -1
        return self.typed(workbook, name, first) or self._places.get(workbook, {}).get(name, "")

    def line(self, workbook: str, table: str, row: int) -> str:
        """Return the sheet and line of a table's row, such as `Energy ledger!12`; blank where none is known."""
        self.typed(workbook, "")
        return line_of(self._index.get((workbook, f"table:{table}", row), ""))

    def _beside(self, workbook: str, name: str, row: int, table: str) -> str:
        """Return the cell of a column in a row that says something else; where it has no column, that answer."""
        other = self._index.get((workbook, f"table:{table}", row), "")
        there, column = PARTS.fullmatch(other), PARTS.fullmatch(self._places.get(workbook, {}).get(name, ""))
        if there is None or column is None or there["sheet"] != column["sheet"]:
            return other
        return f"{there['sheet']}{column['column']}{there['row']}"


def line_of(cell: str) -> str:
    """Return the sheet and line of a cell: `Energy ledger!12` for `Energy ledger!C12`."""
    found = PARTS.fullmatch(cell)
    return f"{found['sheet']}{found['row']}" if found else ""
