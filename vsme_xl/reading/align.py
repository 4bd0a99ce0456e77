"""Lay the recorded labels of a sheet over the labels a sheet really has: which row and column became which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vsme_xl.reading.landmarks import Landmark, Landmarks
from vsme_xl.reading.workbook_file import Area, SheetGrid

WORD = re.compile(r"[^\W\d_]{4}")
LONGEST_LABEL = 600
NEAR = 3
GLOSSARY_ROWS = 20
KEY_WEIGHT, STRONG_WEIGHT, WEAK_WEIGHT, STEADY = 3.0, 1.0, 0.2, 0.1
Cell = tuple[int, int]


@dataclass(frozen=True)
class SheetText:
    """The labels found on a sheet, each with its cells; `strong` are the cells whose text has a word in it."""

    name: str
    grid: SheetGrid = field(repr=False)
    cells: Mapping[str, tuple[Cell, ...]]
    strong: frozenset[Cell]

    @property
    def is_glossary(self) -> bool:
        """Return whether the same labels stand side by side again and again, as on a sheet of translations."""
        rows = {}
        for label, cells in self.cells.items():
            for row, times in Counter(row for row, column in cells if (row, column) in self.strong).items():
                rows[row, label] = times
        return sum(times > 1 for times in rows.values()) > GLOSSARY_ROWS


@dataclass(frozen=True)
class Alignment:
    """A sheet and where the recorded rows and columns are on it; `sure` are the rows that a text of theirs proves."""

    text: SheetText
    rows: Mapping[int, int]
    sure: frozenset[int]
    columns: Mapping[int, int]
    marks: Mapping[int, tuple[Landmark, ...]]
    first: bool = True


def sheet_text(grid: SheetGrid, landmarks: Landmarks) -> SheetText:
    """Return the recorded labels that a sheet's cells hold."""
    cells: dict[str, list[Cell]] = {}
    strong = set()
    for row, values in enumerate(grid.rows):
        for column, value in enumerate(values):
            if not isinstance(value, str) or not 0 < len(value) <= LONGEST_LABEL:
                continue
            labels = landmarks.labels_of(value)
            for label in labels:
                cells.setdefault(label, []).append((row, column))
            if labels and WORD.search(value):
                strong.add((row, column))
    return SheetText(grid.name, grid, {label: tuple(found) for label, found in cells.items()}, frozenset(strong))


def align(
    marks: Iterable[Landmark], text: SheetText, pins: Mapping[Cell, Cell] | None = None, first: bool = True
) -> Alignment:
    """Return where the rows and columns of recorded marks are on a sheet; `pins` are cells whose place is known."""
    marks, pins = tuple(marks), pins or {}
    columns = _columns(marks, text, pins)
    weights: dict[tuple[int, int], float] = {}
    sure: set[tuple[int, int]] = set()
    for (row, _), (now, _) in pins.items():
        weights[row, now] = weights.get((row, now), 0) + STRONG_WEIGHT
        sure.add((row, now))
    for mark in marks:
        expected = _shifted(mark.column, columns)
        found = [cell for cell in text.cells.get(mark.label, ()) if cell[1] == expected]
        found = found[:1] if mark.end == "first" else found[-1:] if mark.end == "last" else found
        for cell in found:
            strong = cell in text.strong
            if strong or len(found) <= NEAR:
                pair = (mark.row, cell[0])
                key = mark.label.startswith("=")
                weight = KEY_WEIGHT if key else STRONG_WEIGHT if strong else WEAK_WEIGHT
                weights[pair] = weights.get(pair, 0) + weight
                if strong:
                    sure.add(pair)
    rows = _heaviest_chain(weights)
    by_row: dict[int, list[Landmark]] = {}
    for mark in marks:
        by_row.setdefault(mark.row, []).append(mark)
    proven = frozenset(row for row, now in rows.items() if (row, now) in sure)
    return Alignment(text, rows, proven, columns, {row: tuple(found) for row, found in by_row.items()}, first)


def _columns(marks: tuple[Landmark, ...], text: SheetText, pins: Mapping[Cell, Cell]) -> dict[int, int]:
    """Return which column each recorded one became, by the labels that stand only once on either side."""
    votes: Counter[tuple[int, int]] = Counter()
    times = Counter(mark.label for mark in marks)
    for mark in marks:
        found = text.cells.get(mark.label, ())
        if mark.end or (times[mark.label] == 1 and len(found) == 1):
            votes.update({(mark.column, cell[1]): 2 if cell in text.strong else 1 for cell in found[:1]})
    for (_, column), (_, now) in pins.items():
        votes[column, now] += 2
    columns: dict[int, int] = {}
    for (column, now), _ in votes.most_common():
        columns.setdefault(column, now)
    return columns


def _shifted(column: int, columns: Mapping[int, int]) -> int | None:
    """Return where a column is: as voted, else shifted as its neighbours; None where these disagree."""
    if column in columns:
        return columns[column]
    left = max((c for c in columns if c < column), default=None)
    right = min((c for c in columns if c > column), default=None)
    shifts = {columns[c] - c for c in (left, right) if c is not None} or {0}
    return column + shifts.pop() if len(shifts) == 1 else None


def _heaviest_chain(weights: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Return the heaviest set of pairs of recorded and found row in which both only grow."""
    pairs = sorted(weights)
    best: list[float] = []
    before: list[int] = []
    for number, (row, now) in enumerate(pairs):
        top, link = 0.0, -1
        for earlier in range(number):
            earlier_row, earlier_now = pairs[earlier]
            if earlier_row < row and earlier_now < now:
                total = best[earlier] + (STEADY if earlier_now - earlier_row == now - row else 0)
                if total > top:
                    top, link = total, earlier
        best.append(top + weights[row, now])
        before.append(link)
    rows = {}
    at = max(range(len(pairs)), key=lambda n: best[n], default=-1)
    while at >= 0:
        rows[pairs[at][0]] = pairs[at][1]
        at = before[at]
    return rows


def find_area(area: Area, alignment: Alignment) -> Area | None:
    """Return where a recorded area is on the sheet of an alignment; None where that is not sure."""
    left, right = (_shifted(column, alignment.columns) for column in (area.first_column, area.last_column))
    if left is None:
        return None
    right = left + area.last_column - area.first_column if right is None or right < left else right
    if area.first_row == area.last_row:
        row = find_row(area.first_row, alignment)
        row = _only_filled(area.first_row, left, right, alignment) if row is None else row
        return None if row is None else Area(alignment.text.name, row, left, row, right)
    rows = _span(area, alignment)
    return None if rows is None else Area(alignment.text.name, rows[0], left, rows[1], right)


def find_row(row: int, alignment: Alignment) -> int | None:
    """Return where a recorded row is: as its label proves, or between neighbours that kept their distance."""
    if row in alignment.sure:
        return alignment.rows[row]
    above, below = _neighbours(row, row, alignment)
    shifts = {now - then for then, now in (above, below) if then is not None and now is not None}
    reach = [abs(row - then) for then, _ in (above, below) if then is not None]
    near = alignment.first and (len(reach) == 2 or min(reach, default=0) <= NEAR or shifts == {0})
    if len(shifts) <= 1 and near:
        now = row + (shifts.pop() if shifts else 0)
        if not _contradicted(row, now, alignment):
            return now
    return _sole(row, alignment)


def _neighbours(
    first: int, last: int, alignment: Alignment
) -> tuple[tuple[int | None, int | None], tuple[int | None, int | None]]:
    """Return the nearest known rows up to `first` and from `last` on, as recorded and as found."""
    above = max((r for r in alignment.rows if r <= first), default=None)
    below = min((r for r in alignment.rows if r >= last), default=None)
    return (
        (above, None if above is None else alignment.rows[above]),
        (below, None if below is None else alignment.rows[below]),
    )


def _contradicted(row: int, now: int, alignment: Alignment) -> bool:
    """Return whether a text stands where a label of a recorded row should, and it is not that label."""
    for mark in alignment.marks.get(row, ()):
        column = _shifted(mark.column, alignment.columns)
        said = None if column is None else alignment.text.grid.value(now, column)
        fits = (now, column) in alignment.text.cells.get(mark.label, ())
        if isinstance(said, str) and WORD.search(said) and not fits:
            return True
    return False


def _sole(row: int, alignment: Alignment) -> int | None:
    """Return the row of a label that stands only once, in the blank workbook and in this one."""
    every = Counter(mark.label for marks in alignment.marks.values() for mark in marks)
    for mark in alignment.marks.get(row, ()):
        found = alignment.text.cells.get(mark.label, ())
        same = len(found) == 1 and found[0][1] == _shifted(mark.column, alignment.columns)
        if every[mark.label] == 1 and same and found[0] in alignment.text.strong:
            return found[0][0]
    return None


def _only_filled(row: int, left: int, right: int, alignment: Alignment) -> int | None:
    """Return the one row with a text between a label and the next, where rows were put in between them."""
    above, below = _neighbours(row, row, alignment)
    if above[1] is None or below[1] is None or row in alignment.marks or row - (above[0] or 0) > NEAR:
        return None
    grid = alignment.text.grid
    rows = range(above[1] + 1, below[1])
    said = {now: [grid.value(now, column) for column in range(left, right + 1)] for now in rows}
    filled = [now for now in rows if any(isinstance(v, str) and WORD.search(v) for v in said[now])]
    return filled[0] if len(filled) == 1 else None


def _span(area: Area, alignment: Alignment) -> tuple[int, int] | None:
    """Return the first and last row of a table: from what stands above it down to what stands below it."""
    rows, sure = alignment.rows, alignment.sure
    above = max((r for r in rows if r < area.first_row), default=None)
    below = min((r for r in rows if r > area.last_row), default=None)
    if area.first_row in sure:
        first = rows[area.first_row]
    elif above is not None:
        first = rows[above] + area.first_row - above
    elif alignment.first and (below is None or rows[below] == below):
        first = area.first_row
    else:
        return None
    if area.last_row in sure:
        last = rows[area.last_row]
    elif below is not None:
        last = rows[below] - (below - area.last_row)
    elif alignment.first:
        last = first + area.last_row - area.first_row
        last = max(last, alignment.text.grid.n_rows - 1) if sure else last
    else:
        return None
    loose = not alignment.first and (above is None or area.first_row - above > NEAR)
    return None if last < first or loose else (first, last)
