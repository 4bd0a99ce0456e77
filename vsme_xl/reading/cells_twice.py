"""A sheet in which two cells say something at one address: readers differ in which of them they take."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsme_xl.reading.cell_heads import CellHeads
from vsme_xl.reading.sheet_scan import LAST_COLUMN, cell_address


@dataclass
class Places:
    """The cells of a sheet as they come, rows and columns from zero; nearly always in ascending order."""

    found: array[int] = field(default_factory=lambda: array("q"))
    last: int = -1
    ascending: bool = True

    def add(self, row: int, column: int, count: int = 1) -> None:
        """Add cells of a row that stand side by side."""
        first = row * LAST_COLUMN + column
        self.ascending &= first > self.last
        self.found.extend(range(first, first + count))
        self.last = first + count - 1

    def twice(self) -> str:
        """Return the address of a cell that came twice; empty where none did."""
        return "" if self.ascending else _first_twice(np.frombuffer(self.found, dtype=np.int64))


def cell_twice(heads: CellHeads) -> str:
    """Return the address at which two cells of a sheet have content; empty where there is none."""
    places = (heads.row.astype(np.int64) - 1) * LAST_COLUMN + heads.column - 1
    return _first_twice(places[heads.filled])


def _first_twice(places: NDArray[np.int64]) -> str:
    if (np.diff(places) > 0).all():
        return ""
    ordered = np.sort(places)
    again = ordered[1:][np.diff(ordered) == 0]
    return cell_address(*divmod(int(again[0]), LAST_COLUMN)) if len(again) else ""
