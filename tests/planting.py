"""Fill every answer of a workbook with a figure or a text that stands nowhere else, so that it can be searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filling import Cells, Value, filled

from vsme_xl import read
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.reading.workbook_file import open_workbook

ROWS = 6
COMPANY = "Pflaume & Söhne"
FIGURE, TEXT = "48151623", "Zwetschge"
SEPARATORS = "[.,'\u2019 \u00a0\u202f]?"
# The figure with any separators, as a share (0.4815, 48.15 %) and rounded; the text; the day 4815-01-62 and its like.
PLANTED = re.compile(f"{SEPARATORS.join(FIGURE[:4])}|{TEXT}", re.IGNORECASE)
# What cells cannot be read as: words for numbers, figures with units and currencies, impossible days, a figure beyond
# all measure, a date as a number, and plain figures where a text, a code or a yes belongs.
WRONG: tuple[Value, ...] = (
    f"{TEXT}-@", f"{FIGURE}@ kWh", f"USD {FIGURE}@", "48.15.2099", 4.8151623e300, f"{FIGURE}@", 48151623.0,
    "4.815,162", -48151623.5, "4815 %", 4815.25, f"= {FIGURE}@", "4815-01-62", f"ca. {FIGURE}@ ({TEXT})",
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A workbook with a plant in each answer, the mapping file it is read through, and how many cells were filled."""

    path: Path
    mapping: Path | None
    cells: int

    @property
    def arguments(self) -> list[str]:
        """Return how a command is told of it."""
        return [str(self.path), *(["--mapping", str(self.mapping)] if self.mapping else [])]


def planted(source: Path, target: Path, wrong: bool, mapping: Path | None = None) -> Planted:
    """Copy a workbook with plants in every cell of an answer: likely ones, or such as cannot be read."""
    cells: dict[str, dict[str, Value]] = {}
    for number, (name, sheet, address) in enumerate(sorted(_places(source, mapping))):
        value = _wrong(name, number) if wrong else _likely(name, number)
        if value is not None:
            cells.setdefault(sheet, {})[address] = value
    whole: Cells = cells
    return Planted(filled(source, target, whole), mapping, sum(map(len, cells.values())))


def _places(source: Path, mapping: Path | None) -> Iterator[tuple[str, str, str]]:
    """Yield datapoint, sheet and address of the cells that answers may stand in; of table columns the first rows."""
    book, reading = open_workbook(source), read(source, mapping)
    seen = set()
    for name, area in book.names.items():
        if _datapoint(name) is None or area.sheet not in book.sheet_names:
            continue
        rows = range(area.first_row, min(area.last_row, area.first_row + ROWS - 1) + 1)
        for row in rows:
            place = area.sheet, book.sheet(area.sheet).address(row, area.first_column)
            seen.add(place)
            yield name, *place
    told = [*reading.places.items(), *zip(reading.facts["name"], reading.facts["source"], strict=True)]
    for name, source_cell in told:
        sheet, mark, address = str(source_cell).rpartition("!")
        if mark and (sheet, address) not in seen and re.fullmatch("[A-Z]+[0-9]+", address):
            seen.add((sheet, address))
            yield str(name), sheet, address


def _datapoint(name: str) -> Datapoint | None:
    points = load_edition().datapoints
    base = re.sub(r"_(unit|previous)$", "", name)
    return points.get(name) or points.get(base) or points.get(base.rpartition("_")[0])


def _wrong(name: str, number: int) -> Value | None:
    if name == "EntityName":
        return f"{COMPANY} {FIGURE}"
    value = WRONG[number % len(WRONG)]
    return value.replace("@", str(number)) if isinstance(value, str) else value


def _likely(name: str, number: int) -> Value | None:
    """Return a plant that is read without complaint, none where only codes, days and yes or no are."""
    datapoint = _datapoint(name)
    if name == "EntityName":
        return COMPANY
    kind = datapoint.kind if datapoint and not name.endswith("_unit") else ""
    if kind in ("text", "textblock"):
        return f"{TEXT} {FIGURE}{number}"
    if kind == "share":
        return 0.4815162 + number / 1e9
    if kind in ("enumeration", "date", "boolean", "year", "") or name in ("Currency", "EntityIdentifier"):
        return None
    return float(f"{FIGURE}.{number:03d}")
