"""Bind a mapping to an opened workbook: which area of which sheet holds which datapoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from vsme_xl.edition import Datapoint, Edition, dimension_defaults
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.locate import Located
from vsme_xl.reading.mapping import Place, WorkbookMapping
from vsme_xl.reading.workbook_file import Area, WorkbookFile

# Axes whose default member some workbooks write into the names of the cells without another member.
DEFAULTS_WRITTEN = ("BreakdownOfEnergyConsumptionAxis", "ReportingScopesAxis")


NO_PLACE = Place()


class Binding(NamedTuple):
    """One datapoint and its cells; `unit_area` the cells of its unit, `key_area` the key column of its table.

    `how` says how the cells were found where no name led to them; `rows` are the rows of a fixed table that were
    found one by one. `row` is the number of a table's row that stands apart from the others.
    `parts` are the cells of year, month and day that a date is joined of.
    """

    datapoint: Datapoint
    area: Area
    period: str = "current"
    unit_area: Area | None = None
    key_area: Area | None = None
    place: Place = NO_PLACE
    how: str = ""
    rows: tuple[int | None, ...] = ()
    row: int = 0
    parts: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Bound:
    """All bindings of a workbook, and the names in it that lead nowhere."""

    bindings: tuple[Binding, ...]
    broken: tuple[str, ...]


def bind(
    file: WorkbookFile, mapping: WorkbookMapping, edition: Edition, located: Located | None = None
) -> Bound:
    """Return where each datapoint of the edition stands in a workbook, `located` where its names are gone."""
    located = located or Located(file)
    bindings: list[Binding] = []
    inputs = [d for d in edition.datapoints.values() if d.role in ("input", "metric")]
    twins = {d.twin: d for d in inputs if d.twin}
    for datapoint in inputs:
        area = _area(datapoint.name, datapoint, mapping, located)
        # A volume that stands in the same cells as its mass: the unit of the row tells them apart.
        mass = twins.get(datapoint.name)
        shared = mass is not None and _area(mass.name, mass, mapping, located) == area
        if area is not None and not shared:
            bindings.append(_binding(datapoint, area, "current", mapping, located, edition))
            bindings += _rows_apart(bindings[-1], located, mapping)
    for datapoint in edition.datapoints.values():
        if datapoint.role not in ("input", "metric", "result"):
            continue
        previous = _area(f"{datapoint.name}_previous", datapoint, mapping, located, previous=True)
        if previous is not None:
            bindings.append(_binding(datapoint, previous, "previous", mapping, located, edition))
    broken = tuple(
        name
        for name in file.broken_names
        if name.removesuffix("_unit").removesuffix("_previous") in edition.datapoints
        and name not in located.file.names
    )
    return Bound(tuple(bindings), broken)


def _rows_apart(first: Binding, located: Located, mapping: WorkbookMapping) -> Iterator[Binding]:
    """Yield a binding for each further row of a table whose rows do not stand side by side."""
    for number, address in enumerate(first.place.more, start=1):
        area = _address(address, located, mapping)
        if area is not None:
            yield first._replace(area=area, how=located.how.get(area, ""), row=number)


@lru_cache(maxsize=4_096)
def _with_defaults(name: str, ending: str) -> tuple[str, ...]:
    """Return the names of a datapoint with the default members that some workbooks write."""
    return tuple(f"{name}_{dimension_defaults()[axis]}{ending}" for axis in DEFAULTS_WRITTEN)


def _area(
    name: str, datapoint: Datapoint, mapping: WorkbookMapping, located: Located, previous: bool = False
) -> Area | None:
    names = located.file.names
    place = mapping.places.get(name) or mapping.choices.get(name)
    if place is not None and (place.name or place.at):
        return place_area(place, located, mapping)
    if name in names:
        return names[name]
    written = () if datapoint.dimensions else _with_defaults(datapoint.name, "_previous" if previous else "")
    spellings = (*written, *mapping.earlier_names.get(name, ()))
    return next((names[spelling] for spelling in spellings if spelling in names), None)


def place_area(place: Place, located: Located, mapping: WorkbookMapping) -> Area | None:
    """Return the cells that a place of a mapping means; None where the workbook has lost them."""
    return located.file.names.get(place.name) if place.name else _address(place.at, located, mapping)


def _address(text: str, located: Located, mapping: WorkbookMapping) -> Area | None:
    if text in located.places:
        return located.places[text]
    return parse_address(text, located.file, mapping)


def parse_address(text: str, file: WorkbookFile, mapping: WorkbookMapping) -> Area | None:
    """Return the area of an address such as `Social!D134` or `'A sheet'!B2:B40`; None where there is no such sheet."""
    area = area_at(text)
    names = mapping.sheets.get(area.sheet, (area.sheet,)) if area else ()
    sheet = next((name for name in names if name in file.sheet_names), None)
    return None if area is None or sheet is None else area if area.sheet == sheet else replace(area, sheet=sheet)


def _binding(
    datapoint: Datapoint, area: Area, period: str, mapping: WorkbookMapping, located: Located, edition: Edition
) -> Binding:
    file = located.file
    place = mapping.places.get(datapoint.name) or mapping.choices.get(datapoint.name) or NO_PLACE
    unit_area = None
    for name in (place.unit_of, f"{datapoint.name}_unit", datapoint.unit_cell):
        if name and name in file.names:
            unit_area = file.names[name]
            break
    if place.unit_at:
        unit_area = _address(place.unit_at, located, mapping)
    key_area = None
    if datapoint.table:
        table = edition.tables[datapoint.table]
        key = table.axis or table.key
        if key:
            key_area = _area(key, edition.datapoints[key], mapping, located)
    fixed = datapoint.table is not None and edition.tables[datapoint.table].rows == "fixed"
    how, rows = located.how.get(area, ""), located.rows.get(area, ()) if fixed else ()
    parts = tuple(a for a in (_address(text, located, mapping) for text in place.parts) if a is not None)
    return Binding(datapoint, area, period, unit_area, key_area, place, how, rows, parts=parts)
