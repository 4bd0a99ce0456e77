"""What stays from one year to the next: the edition's list of datapoints that a new workbook takes over, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from vsme_xl.edition import Datapoint, Edition, EditionError, data_folder, load_edition, read_yaml

FILE = "carries_over.yaml"
GROUPS = ("stays", "asked_anew", "moves_on")
UNFILLED = frozenset({"lists", "results"})
FIGURES = frozenset(
    {"number", "share", "money", "energy", "emissions", "intensity", "mass", "volume", "area", "year"}
)


@dataclass(frozen=True)
class CarriesOver:
    """The datapoints that stay, those that are asked anew, and the dates that move on; all others are figures."""

    stays: frozenset[str]
    asked_anew: frozenset[str]
    moves_on: frozenset[str]


def carries_over(edition: str = "vsme-2025") -> CarriesOver:
    """Return what a new year's workbook takes over; EditionError with file, line and reason where the list is wrong.

    Every datapoint that a person fills in belongs to exactly one group, or is a figure of the year.
    """
    return _load(edition)


@cache
def _load(name: str) -> CarriesOver:
    edition = load_edition(name)
    data = read_yaml(data_folder(name) / FILE)
    for group in data.keys() - set(GROUPS):
        raise EditionError(f"{_line(name, group)}: {group!r} is none of {', '.join(GROUPS)}")
    groups = {group: frozenset(_named(data.get(group, ()), edition)) for group in GROUPS}
    for one, other in (("stays", "asked_anew"), ("stays", "moves_on"), ("asked_anew", "moves_on")):
        for twice in sorted(groups[one] & groups[other]):
            raise EditionError(f"{_line(name, twice)}: {twice} stands under {one} and under {other}")
    listed = frozenset().union(*groups.values())
    for d in filled_in(edition):
        if d.name not in listed and d.kind not in FIGURES:
            raise EditionError(f"{FILE}: {d.name} ({d.section}) is no figure and stands under none of its groups")
    return CarriesOver(**groups)


def filled_in(edition: Edition) -> Iterator[Datapoint]:
    """Yield the datapoints that a person fills in; the key of a fixed table stands there already."""
    for d in edition.datapoints.values():
        table = edition.tables[d.table] if d.table else None
        key = table is not None and table.codes and not table.own_rows and d.name == table.key
        if d.role in ("input", "metric") and edition.sections[d.section].sheet not in UNFILLED and not key:
            yield d


def _named(group: Any, edition: Edition) -> Iterator[str]:
    """Yield the datapoints that a group names, by section or one by one."""
    mine: dict[str, list[str]] = {}
    for d in filled_in(edition):
        mine.setdefault(d.section, []).append(d.name)
    every = {name for names in mine.values() for name in names}
    pairs = group.items() if isinstance(group, Mapping) else [("", group)]
    for section, said in pairs:
        if section and section not in mine:
            raise EditionError(f"{_line(edition.name, section)}: {section!r} is no section that is filled in")
        here = mine.get(section, every)
        for name in here if said == "all" else said:
            if name not in here:
                raise EditionError(f"{_line(edition.name, name)}: {name} is not filled in {section}".rstrip())
            yield name


def _line(edition: str, text: str) -> str:
    source = data_folder(edition) / FILE
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if text in line:
            return f"{FILE}:{number}"
    return FILE
