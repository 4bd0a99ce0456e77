"""Bind a mapping to an opened workbook: which area of which sheet holds which datapoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vsme_xl.edition import Datapoint, Edition, dimension_defaults
from vsme_xl.mapping import Place, WorkbookMapping
from vsme_xl.workbook_file import Area, WorkbookFile

ADDRESS = re.compile(r"^(?:'?(?P<sheet>[^'!]+)'?!)\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?$")


@dataclass(frozen=True)
class Binding:
    """One datapoint and its cells; `unit_area` the cells of its unit, `key_area` the key column of its table."""

    datapoint: Datapoint
    area: Area
    period: str = "current"
    unit: str = ""
    unit_area: Area | None = None
    key_area: Area | None = None
    labels: str = ""


@dataclass(frozen=True)
class Bound:
    """All bindings of a workbook, how many datapoints were looked for by name and found, and broken names."""

    bindings: tuple[Binding, ...]
    expected: int
    found: int
    broken: tuple[str, ...]


def bind(file: WorkbookFile, mapping: WorkbookMapping, edition: Edition) -> Bound:
    """Return where each datapoint of the edition stands in a workbook."""
    bindings: list[Binding] = []
    found = 0
    inputs = [d for d in edition.datapoints.values() if d.role in ("input", "metric")]
    twins = {d.twin for d in inputs if d.twin}
    for datapoint in inputs:
        area = _area(datapoint.name, datapoint, mapping, file)
        if area is not None:
            found += 1
            if datapoint.name not in twins or not _shared_with_twin(datapoint, area, inputs, mapping, file):
                bindings.append(_binding(datapoint, area, "current", mapping, file, edition))
        previous = _area(f"{datapoint.name}_previous", datapoint, mapping, file, previous=True)
        if previous is not None:
            bindings.append(_binding(datapoint, previous, "previous", mapping, file, edition))
    broken = tuple(n for n in file.broken_names if n in edition.datapoints)
    return Bound(tuple(bindings), len(inputs) if mapping.kind == "vsme-xl" else 0, found, broken)


def _spellings(name: str, datapoint: Datapoint, mapping: WorkbookMapping, previous: bool) -> Iterator[str]:
    yield name
    for axis, default in dimension_defaults().items():
        if not datapoint.dimensions and axis in ("BreakdownOfEnergyConsumptionAxis", "ReportingScopesAxis"):
            yield f"{datapoint.name}_{default}" + ("_previous" if previous else "")
    for old, new in mapping.renamed.items():
        if new == name:
            yield old


def _area(
    name: str, datapoint: Datapoint, mapping: WorkbookMapping, file: WorkbookFile, previous: bool = False
) -> Area | None:
    place = mapping.places.get(name) or mapping.choices.get(name)
    if place is not None and (place.name or place.at):
        return file.names.get(place.name) if place.name else parse_address(place.at, file, mapping)
    for spelling in _spellings(name, datapoint, mapping, previous):
        if spelling in file.names:
            return file.names[spelling]
    return None


def parse_address(text: str, file: WorkbookFile, mapping: WorkbookMapping) -> Area | None:
    """Return the area of an address such as `Social!D134` or `'A sheet'!B2:B40`; None where there is no such sheet."""
    match = ADDRESS.match(text)
    names = mapping.sheets.get(match["sheet"], (match["sheet"],)) if match else ()
    sheet = next((name for name in names if name in file.sheet_names), None)
    if match is None or sheet is None:
        return None
    _, column, row, last_column, last_row = match.groups()
    return Area(
        sheet, int(row) - 1, _column(column), int(last_row or row) - 1, _column(last_column or column)
    )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _shared_with_twin(
    datapoint: Datapoint, area: Area, inputs: list[Datapoint], mapping: WorkbookMapping, file: WorkbookFile
) -> bool:
    """Return whether a volume stands in the same cells as its mass, so that the unit of the row tells them apart."""
    mass = next(d for d in inputs if d.twin == datapoint.name)
    return _area(mass.name, mass, mapping, file) == area


def _binding(
    datapoint: Datapoint, area: Area, period: str, mapping: WorkbookMapping, file: WorkbookFile, edition: Edition
) -> Binding:
    place = mapping.places.get(datapoint.name) or mapping.choices.get(datapoint.name) or Place()
    unit_area = None
    for name in (place.unit_of, f"{datapoint.name}_unit", datapoint.unit_cell):
        if name and name in file.names:
            unit_area = file.names[name]
            break
    if place.unit_at:
        unit_area = parse_address(place.unit_at, file, mapping)
    key_area = None
    if datapoint.table:
        table = edition.tables[datapoint.table]
        key = table.axis or table.key
        if key:
            key_area = _area(key, edition.datapoints[key], mapping, file)
    return Binding(datapoint, area, period, place.unit, unit_area, key_area, place.labels)
