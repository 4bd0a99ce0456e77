"""Show units by their labels, and bring a previous-year amount to the unit of the current one."""

from __future__ import annotations

from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint
from vsme_xl.results.source import Entry, Source
from vsme_xl.store import unit_factor


def unit_label(unit: str, source: Source) -> str:
    """Return how a unit is shown: by the label of its code, or as written."""
    return codelist("unit", source.language.code).labels.get(unit, unit)


def previous_factor(entry: Entry, datapoint: Datapoint) -> float:
    """Return the factor from the unit of the previous amount to that of the current one; 1 where none fits."""
    if not entry.previous_unit or entry.previous_unit == entry.unit or not entry.unit:
        return 1.0
    before, now = unit_factor(entry.previous_unit, datapoint), unit_factor(entry.unit, datapoint)
    return before / now if before == before and now == now and now else 1.0
