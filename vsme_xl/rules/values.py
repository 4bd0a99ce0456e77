"""The values that rules are evaluated over: arrays by name, for all workbooks at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vsme_xl.rules.parse import Symbol

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@dataclass
class Values:
    """The values of all workbooks: scalars of shape (workbooks,), columns of shape (rows of their table,).

    `groups` gives for each table the workbook number of every row, in ascending order, and `rows` the row's number
    within its workbook; tables in `shared` are the same for all workbooks and held once. `reported` keeps what was
    typed for a metric, while `arrays` holds the effective value; `looked_up`, by table, the keys that were last looked
    up in it and where each stands.
    """

    size: int
    symbols: Mapping[str, Symbol]
    groups: dict[str, npt.NDArray[np.int64]]
    arrays: dict[str, Array] = field(default_factory=dict)
    rows: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    reported: dict[str, Array] = field(default_factory=dict)
    looked_up: dict[str, tuple[Array, Mapping[tuple[int, object], int]]] = field(default_factory=dict)
    starts_with: Callable[[str, Array, tuple[str, ...]], Floats] | None = None
    label: Callable[[int, str, str], str] | None = None

    def length(self, table: str | None) -> int:
        """Return how many values one name has: the rows of `table`, or the workbooks."""
        return self.size if table is None else len(self.groups[table])

    def array(self, name: str) -> Array:
        """Return the values of `name`, blank where none were set."""
        if name not in self.arrays:
            symbol = self.symbols[name]
            self.arrays[name] = blank(self.length(symbol.table), symbol.kind)
        return self.arrays[name]

    def typed(self, name: str, computed: bool) -> Array | None:
        """Return what was typed for `name`, which a rule computes where `computed`; None where nothing was."""
        return self.reported.get(name) if computed else self.arrays.get(name)

    def per_workbook(self, hit: npt.NDArray[np.bool_], table: str | None) -> npt.NDArray[np.bool_]:
        """Return for each workbook whether any of its rows is a hit."""
        return hit if table is None else np.bincount(self.groups[table][hit], minlength=self.size) > 0


def blank(length: int, kind: str) -> Array:
    """Return `length` blanks of a kind."""
    return np.full(length, None, dtype=object) if kind == "text" else np.full(length, np.nan)
