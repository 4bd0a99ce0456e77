"""Where the answers to a label stand on a sheet: right of it or under a table's head, this year's and last year's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vsme_xl.reading.cells import parse_number, parse_year
from vsme_xl.reading.label_match import Label, is_previous, matches, read_label, unit_of
from vsme_xl.reading.workbook_file import Area, SheetGrid

SURE_ENOUGH = 0.6
LONGEST_LABEL = 160
READY_ROWS = 30
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
BESIDE_UNIT = re.compile(r"\s*(?:\b(?:in|im|i|for|för|år)\b\s*)?(?<!\d)(?:19|20)\d\d(?!\d)\s*|\s*[()\[\]]\s*")


def label_at(grid: SheetGrid, row: int, column: int) -> Label | None:
    value = grid.value(row, column)
    if not isinstance(value, str) or len(value) > LONGEST_LABEL or sum(c.isalpha() for c in value) < 2:
        return None
    return None if unit_of(value) else read_label(value)


def runs(grid: SheetGrid, row: int) -> Iterator[range]:
    """Yield the stretches of two and more texts side by side in a row: what the head of a table looks like."""
    start = None
    for column in range(grid.n_columns + 1):
        text = column < grid.n_columns and isinstance(grid.value(row, column), str)
        if text and start is None:
            start = column
        elif not text and start is not None:
            if column - start > 1:
                yield range(start, column)
            start = None


def last_row(grid: SheetGrid, row: int, run: range) -> int:
    last = row
    while last + 1 < grid.n_rows and any(grid.value(last + 1, column) is not None for column in run):
        last += 1
    return last if last > row else row + READY_ROWS


def by_year(grid: SheetGrid, row: int, columns: list[int]) -> tuple[list[int], list[int]]:
    """Return the columns of the reporting year, and those of the year before, as far as their heads tell them apart."""
    heads = {column: head_of(grid, row, column) for column in columns}
    years = {column: year for column, head in heads.items() if (year := _year_in(head))}
    latest = max(years.values(), default=0)
    before = [c for c, head in heads.items() if is_previous(head) or years.get(c) == latest - 1]
    older = [c for c, year in years.items() if year < latest]
    return [c for c in columns if c not in {*before, *older}], [c for c in before if grid.value(row, c) is not None]


def _year_in(head: str) -> int:
    """Return the one year that a head names, as in `2025` or `MWh in 2025`; 0 where it names none or several."""
    found = set(YEAR.findall(head))
    return int(found.pop()) if len(found) == 1 else 0


def unit_above(grid: SheetGrid, row: int, column: int) -> str:
    """Return the unit that the nearest text above a figure names, alone or beside a year: `MWh in 2025`, `kg`."""
    for above in range(row - 1, -1, -1):
        value = grid.value(above, column)
        if value is None and not grid.condition(above, column):
            break
        if isinstance(value, str) and parse_number(value).value is None:
            return unit_of(BESIDE_UNIT.sub("", value)) or read_label(value).unit
    return ""


def right_of(grid: SheetGrid, row: int, column: int) -> Iterator[int]:
    """Yield the columns right of a label that may hold its answer, filled ones first, as far as the next label."""
    blank = []
    for candidate in range(column + 1, min(column + 6, grid.n_columns + 1)):
        value = grid.value(row, candidate)
        if isinstance(value, str) and unit_of(value):
            continue
        if value is None and not grid.condition(row, candidate):
            blank.append(candidate)
            continue
        label = label_at(grid, row, candidate)
        if label is not None and (blank or candidate > column + 1) and _sounds_like_label(label):
            break
        yield candidate
    yield from blank


def _sounds_like_label(label: Label) -> bool:
    best = next(iter(matches(label)), None)
    return best is not None and best.score >= SURE_ENOUGH


def head_of(grid: SheetGrid, row: int, column: int) -> str:
    """Return the nearest text above a cell, or the year on top of its figures; empty where there is neither."""
    top: object = None
    for above in range(row - 1, -1, -1):
        value = grid.value(above, column)
        if value is None and not grid.condition(above, column):
            break
        if isinstance(value, str) and not unit_of(value) and parse_number(value).value is None:
            return value
        top = value
    year = parse_year(top).value
    return "" if year is None else str(year)


def cell_name(grid: SheetGrid, row: int, column: int) -> str:
    return f"{grid.name}!{grid.address(row, column)}"


def address(grid: SheetGrid, area: Area) -> str:
    first = grid.address(area.first_row, area.first_column)
    last = grid.address(area.last_row, area.last_column)
    sheet = grid.name if re.fullmatch(r"\w+", grid.name) else "'{}'".format(grid.name.replace("'", "''"))
    return f"{sheet}!{first}" if first == last else f"{sheet}!{first}:{last}"
