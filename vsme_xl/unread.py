"""Which answers could not be read, and what rests on them: a sum without one of its parts is no figure to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from vsme_xl.finding_cells import line_of
from vsme_xl.findings import Finding

# What leaves an answer without the value that the company meant.
LOST = frozenset(
    {
        "number_with_text", "ambiguous_number", "not_a_number", "date_for_number", "year_for_date", "not_a_date",
        "ambiguous_date", "not_a_year", "not_yes_or_no", "unknown_code", "waste_code_coarse", "error_cell",
        "uncalculated", "unit_unknown", "formula_result_lost", "cell_not_found", "name_broken", "unit_wrong_dimension",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Unread:
    """The cells of answers that could not be read, by workbook and datapoint."""

    cells: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    workbooks: frozenset[str] = frozenset()

    def first(self, workbook: str, name: str, but: frozenset[str] = frozenset()) -> str:
        """Return the first unread cell of a datapoint but for those in certain lines; its name where it has no cell."""
        own = self.cells.get((workbook, name), ())
        return next((cell or name for cell in own if line_of(cell) not in but), "")

    def in_line(self, workbook: str, columns: Iterable[str], line: str) -> bool:
        """Return whether one of the columns could not be read in a line of a table."""
        if workbook not in self.workbooks:
            return False
        return any(line_of(cell) == line for column in columns for cell in self.cells.get((workbook, column), ()))


def unread_of(findings: pd.DataFrame | None, more: Iterable[Finding] = ()) -> Unread:
    """Return what could not be read, by the findings of the reading and further ones."""
    cells: dict[tuple[str, str], list[str]] = {}
    for workbook, name, cell in [*_lost(findings), *((f.workbook, f.name, f.cell) for f in more if f.code in LOST)]:
        cells.setdefault((workbook, name), []).append(cell)
    return Unread({key: tuple(found) for key, found in cells.items()}, frozenset(workbook for workbook, _ in cells))


def _lost(findings: pd.DataFrame | None) -> Iterator[tuple[str, str, str]]:
    if findings is None or not len(findings):
        return
    mine = findings[np.isin(findings["code"].to_numpy(dtype=str), sorted(LOST))]
    columns = (mine[c].tolist() for c in ("workbook", "name", "cell"))
    yield from zip(*columns, strict=True)
