"""Find cells that a client merged over several answers: only the first of them holds anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vsme_xl.findings import Finding
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.bind import Binding
from vsme_xl.reading.workbook_file import Area, WorkbookFile


def merged_findings(file: WorkbookFile, bindings: Sequence[Binding], workbook: str) -> Iterator[Finding]:
    """Yield a finding for merged cells that hold an answer and hide another one; in a table each row is one."""
    sheets: dict[str, list[Binding]] = {}
    for binding in bindings:
        if not binding.place.labels:
            sheets.setdefault(binding.area.sheet, []).append(binding)
    for name, mine in sheets.items():
        merged = file.sheet(name).scan.merged
        if merged:
            yield from _on_sheet(file, name, merged, mine, workbook)


def _on_sheet(
    file: WorkbookFile, name: str, merged: tuple[str, ...], bindings: Sequence[Binding], workbook: str
) -> Iterator[Finding]:
    grid = file.sheet(name)
    answers = tuple((b.area, b.datapoint.table is not None) for b in bindings)
    for box, first in _hiding(merged, answers):
        area = area_at(box)
        if area is not None and grid.value(area.first_row, area.first_column) is not None:
            cell = f"{grid.name}!{grid.address(area.first_row, area.first_column)}"
            yield Finding(workbook, "cells_merged", bindings[first].datapoint.name, cell, {"range": box})


@lru_cache(maxsize=64)
def _hiding(merged: tuple[str, ...], answers: tuple[tuple[Area, bool], ...]) -> tuple[tuple[str, int], ...]:
    """Return the merged cells that hide an answer behind another one, and the place of that one among the answers.

    An answer is an area and whether its rows are answers of their own. Workbooks of one kind have mostly the same.
    """
    boxes = [(box, area) for box in merged if (area := area_at(box)) is not None]
    if not boxes:
        return ()
    top, left, bottom, right = _corners([area for _, area in boxes])[:, :, None]
    first_row, first_column, last_row, last_column = _corners([area for area, _ in answers])[:, None, :]
    rows = np.minimum(bottom, last_row) - np.maximum(top, first_row) + 1
    columns = np.minimum(right, last_column) - np.maximum(left, first_column) + 1
    tables = np.array([of_table for _, of_table in answers])
    under = np.where((rows > 0) & (columns > 0), np.where(tables, rows, 1), 0)
    shows = (first_row <= top) & (top <= last_row) & (first_column <= left) & (left <= last_column)
    hides = (under.sum(axis=1) > shows.sum(axis=1)) & shows.any(axis=1)
    return tuple((boxes[n][0], int(np.argmax(shows[n]))) for n in np.flatnonzero(hides).tolist())


def _corners(areas: Sequence[Area]) -> NDArray[np.int64]:
    corners = [(a.first_row, a.first_column, a.last_row, a.last_column) for a in areas]
    return np.array(corners, dtype=np.int64).T
