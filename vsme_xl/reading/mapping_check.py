"""Show, datapoint by datapoint, what a mapping reads from a workbook and from where, and what it does not cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vsme_xl.edition import load_edition
from vsme_xl.export import flat_rows
from vsme_xl.language import load_language
from vsme_xl.reading.bind import bind, parse_address
from vsme_xl.reading.cell_values import shown
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.locate import locate
from vsme_xl.reading.mapping import WorkbookMapping, load_mapping
from vsme_xl.reading.read_workbook import Reading, read_file
from vsme_xl.reading.recognising import identify, with_metadata
from vsme_xl.reading.workbook_file import Area, WorkbookFile, open_workbook

COLUMNS = ("datapoint", "place", "raw", "value", "unit", "finding")


@dataclass(frozen=True)
class CheckLine:
    """One cell of a datapoint: where it stands, what it says, what is read from it, and what is to be said of it."""

    datapoint: str
    place: str
    raw: str = ""
    value: str = ""
    unit: str = ""
    finding: str = ""

    def texts(self) -> tuple[str, ...]:
        """Return the fields in the order of COLUMNS."""
        return self.datapoint, self.place, self.raw, self.value, self.unit, self.finding


def check_mapping(
    mapping: Path, path: Path, language: str | None = None, opening: Opening = DEFAULTS
) -> list[CheckLine]:
    """Return what the mapping file reads from the workbook at `path`, then the required datapoints it does not cover.

    What is to be said is said in `language`, the workbook's own where none is given.
    Raises MappingError and UnreadableWorkbook like `read`.
    """
    chosen = load_mapping(mapping)
    file = open_workbook(path, opening=opening)
    reading = read_file(file, chosen, file.path.name, language)
    language = language or reading.workbook.language
    stated = dict(_stated(file, chosen))
    pairs = zip(reading.facts["name"], reading.facts["period"], strict=True)
    found = {f"{name}_previous" if period == "previous" else name for name, period in pairs}
    names = [n for d in load_edition().datapoints for n in (d, f"{d}_previous") if n in stated or n in found]
    nowhere: tuple[Area | None, str] = (None, "")
    lines = [line for n in names for line in _lines(n, *stated.get(n, nowhere), reading, file, chosen, language)]
    return [*lines, *_not_covered(set(names), language)]


def places(path: Path, mapping: Path | None, opening: Opening = DEFAULTS) -> dict[str, str]:
    """Return the address of every datapoint that a workbook has a place for, blank or filled."""
    file = open_workbook(path, opening=opening)
    chosen = load_mapping(mapping) if mapping is not None else identify(file)
    return {name: _address(area, file) for name, (area, _) in _stated(file, chosen) if area is not None}


def _stated(file: WorkbookFile, mapping: WorkbookMapping) -> Iterator[tuple[str, tuple[Area | None, str]]]:
    """Yield each datapoint that has a place: its cells where they really are, and how these were found without a name.

    A place that the workbook does not have has no cells.
    """
    located = locate(with_metadata(file, mapping), mapping)
    bound: dict[str, tuple[Area | None, str]] = {}
    for binding in bind(located.file, mapping, load_edition(), located).bindings:
        name = f"{binding.datapoint.name}_previous" if binding.period == "previous" else binding.datapoint.name
        bound.setdefault(name, (binding.area, binding.how))
    for name in (n for d in load_edition().datapoints for n in (d, f"{d}_previous")):
        place = mapping.places.get(name) or mapping.choices.get(name)
        if name in bound or (place is not None and (place.name or place.at)):
            yield name, bound.get(name, (None, ""))


def _address(area: Area, file: WorkbookFile) -> str:
    grid = file.sheet(area.sheet)
    first = grid.address(area.first_row, area.first_column)
    last = grid.address(area.last_row, area.last_column)
    return f"{area.sheet}!{first}" if first == last else f"{area.sheet}!{first}:{last}"


def _lines(
    name: str,
    area: Area | None,
    found_by: str,
    reading: Reading,
    file: WorkbookFile,
    mapping: WorkbookMapping,
    language: str,
) -> Iterator[CheckLine]:
    """Yield a line for each cell that gives a fact or a finding; one that says so where none does."""
    period = "previous" if name.endswith("_previous") else "current"
    datapoint = load_edition().datapoints[name.removesuffix("_previous")]
    facts, findings = reading.facts, reading.findings
    mine = facts[(facts["name"] == datapoint.name) & (facts["period"] == period)]
    texts = load_language(language)
    said = {
        str(f.cell): f"{texts.text(f'severity.{f.severity}')}: {f.message}"
        for f in findings[findings["name"] == datapoint.name].itertuples()
    }
    cells: dict[str, CheckLine] = {}
    how = texts.texts.get("found", {})
    for source, found, row in zip(mine["source"], mine["found"], flat_rows(mine), strict=True):
        finding = said.get(source) or str(how.get(found, ""))
        cells[source] = CheckLine(name, source, _raw(source, file, mapping), row[3], row[4], finding)
    for cell, message in said.items():
        if cell not in cells and area is not None and _within(cell, area, file, mapping):
            cells[cell] = CheckLine(name, cell, _raw(cell, file, mapping), finding=message)
    yield from cells.values()
    if not cells:
        if area is None:
            yield CheckLine(name, _recorded(name, mapping), finding=texts.text("mapping_check.place_not_found"))
        elif datapoint.name not in _volumes():
            blank = [texts.text("mapping_check.blank"), str(how.get(found_by, ""))]
            yield CheckLine(name, _address(area, file), finding="; ".join(filter(None, blank)))


def _recorded(name: str, mapping: WorkbookMapping) -> str:
    place = mapping.places.get(name) or mapping.choices.get(name)
    return "" if place is None else place.name or place.at


@cache
def _volumes() -> frozenset[str]:
    """Return the volumes that share their cells with a mass: they are blank wherever the mass is stated."""
    return frozenset(d.twin for d in load_edition().datapoints.values() if d.twin)


def _raw(cell: str, file: WorkbookFile, mapping: WorkbookMapping) -> str:
    area = parse_address(cell, file, mapping)
    if area is None:
        return ""
    grid = file.sheet(area.sheet)
    value: Any = grid.value(area.first_row, area.first_column)
    return grid.error_text(area.first_row, area.first_column) if value is None else shown(value)


def _within(cell: str, area: Area, file: WorkbookFile, mapping: WorkbookMapping) -> bool:
    found = parse_address(cell, file, mapping)
    return (
        found is not None
        and found.sheet == area.sheet
        and area.first_row <= found.first_row <= area.last_row
        and area.first_column <= found.first_column <= area.last_column
    )


def _not_covered(names: set[str], language: str) -> Iterator[CheckLine]:
    texts = load_language(language)
    for datapoint in load_edition().datapoints.values():
        if datapoint.need == "required" and datapoint.role in ("input", "metric") and datapoint.name not in names:
            key = "not_covered" if datapoint.formula is None else "not_covered_computed"
            yield CheckLine(datapoint.name, "", finding=texts.text(f"mapping_check.{key}"))
