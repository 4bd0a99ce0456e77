"""Say of every disclosure of a workbook how complete it is: what is missing in which cells, or why it is not asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vsme_xl.completeness import Unit, filled_in, in_use, marks, units
from vsme_xl.edition import load_edition
from vsme_xl.frames import rows_of_workbook
from vsme_xl.rules.evaluate import Values

if TYPE_CHECKING:
    from vsme_xl.computing import Computed

CLOSED = frozenset({"not_applicable", "omitted", "unchanged"})
FIRST_CELL = re.compile(r"(?P<column>.*![A-Z]+)(?P<row>\d+)")
Gap = tuple[str, tuple[int, ...]]
Status = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Disclosure:
    """How complete one disclosure of one workbook is.

    `status` is complete, incomplete, not_applicable, omitted, unchanged or voluntary (left out); `gaps` names what is
    missing, with the rows of a table where only some lack it; `reasons` gives the rule and the answers of what does
    not apply.
    """

    mark: str
    status: str
    answered: int
    gaps: tuple[Gap, ...]
    reasons: tuple[tuple[str, str], ...]


def disclosures_of(
    computed: Computed, workbook: str, places: Mapping[str, str] | None = None, edition: str = "vsme-2025"
) -> list[Disclosure]:
    """Return how complete each disclosure of a workbook is, B1 to B11, C · B3, C1 to C9.

    `places` names what the workbook asks for: helper inputs that it has no cell for are no gaps (None: it has all).
    """
    states = _states(computed, workbook, places)
    return [_disclosure(mark, units_of(mark, edition), states) for mark in marks(edition)]


def disclosures_in(statuses: Iterable[Status], values: Values, number: int, edition: str) -> list[Disclosure]:
    """Return the same of the workbook at place `number` of the values, from statuses that were taken from the frame."""
    states = _States(_by_name(statuses), values, number, None)
    return [_disclosure(mark, units_of(mark, edition), states) for mark in marks(edition)]


def gaps_of(
    computed: Computed, workbook: str, places: Mapping[str, str] | None = None, edition: str = "vsme-2025"
) -> tuple[Gap, ...]:
    """Return all that is missing in a workbook in the order of the standard, what belongs to no disclosure too."""
    every = tuple(unit for unit in units(edition) if unit.datapoint)
    return _disclosure("", every, _states(computed, workbook, places)).gaps


def general_of(
    computed: Computed, workbook: str, places: Mapping[str, str] | None = None, edition: str = "vsme-2025"
) -> Disclosure:
    """Return how complete is what belongs to no disclosure: the company, its period, what is unchanged."""
    return _disclosure("", units_of("", edition), _states(computed, workbook, places))


@dataclass(frozen=True)
class _States:
    """The statuses of one workbook: status, rule and answer by section and datapoint."""

    rows: Mapping[tuple[str, str], list[str]]
    values: Values
    number: int
    places: Mapping[str, str] | None


def _states(computed: Computed, workbook: str, places: Mapping[str, str] | None) -> _States:
    rows = _by_name(statuses_of(computed, workbook))
    return _States(rows, computed.values, computed.workbooks.index(workbook), places)


def statuses_of(computed: Computed, workbook: str) -> Iterator[Status]:
    """Yield section, datapoint (empty of a whole section), status, rule and answer of all that a workbook is asked."""
    return rows_of_workbook(computed.applicability, workbook, "section", "name", "status", "rule", "answer")


def _by_name(statuses: Iterable[Status]) -> dict[tuple[str, str], list[str]]:
    return {(section, name): rest for section, name, *rest in statuses}


def _disclosure(mark: str, of: tuple[Unit, ...], states: _States) -> Disclosure:
    found: list[str] = []
    gaps: list[Gap] = []
    reasons: dict[tuple[str, str], None] = {}
    for unit in of:
        whole, row = states.rows[unit.section.name, ""], states.rows[unit.section.name, unit.name]
        status = whole[0] if whole[0] in CLOSED else row[0]
        if status == "missing" and not is_asked(unit, states.places):
            continue
        found.append(status)
        if status in ("missing", "incomplete"):
            gaps.append((unit.name, _gap_rows(unit, states)))
        if status == "not_applicable":
            reasons[(row[1], row[2]) if row[1] else (whole[1], whole[2])] = None
    answered = sum(s in ("complete", "not_defined") for s in found)
    return Disclosure(mark, rolled_up(found), answered, tuple(gaps), tuple(r for r in reasons if any(r)))


@cache
def units_of(mark: str, edition: str = "vsme-2025") -> tuple[Unit, ...]:
    """Return the datapoints that count in a disclosure; those of none where `mark` is blank."""
    return tuple(unit for unit in units(edition) if unit.datapoint and unit.mark == mark)


def is_asked(unit: Unit, places: Mapping[str, str] | None) -> bool:
    """Return whether a workbook asks for a datapoint, or the standard does; only we need the other helper inputs."""
    datapoint = unit.datapoint
    return places is None or datapoint is None or datapoint.taxonomy or datapoint.name in places


def _gap_rows(unit: Unit, states: _States) -> tuple[int, ...]:
    """Return the rows (from 0) of a table that lack a column although they say something."""
    if unit.datapoint is None or unit.datapoint.table is None:
        return ()
    edition = load_edition()
    table, values = edition.tables[unit.datapoint.table], states.values
    lacking = in_use(table, values, edition) & ~filled_in(unit.datapoint, table, values)
    mine = lacking & (values.groups[table.name] == states.number)
    return tuple(int(row) for row in values.rows[table.name][mine])


def gap_cells(name: str, rows: tuple[int, ...], places: Mapping[str, str]) -> tuple[str, ...]:
    """Return the cells in which an answer is missing: the datapoint's own, or those of a table's rows."""
    match = FIRST_CELL.match(places.get(name, ""))
    if match is None:
        return ()
    return tuple(f"{match['column']}{int(match['row']) + row}" for row in rows or (0,))


def rolled_up(found: Iterable[str]) -> str:
    """Return the status of a disclosure from those of its datapoints."""
    there = set(found)
    if there & {"missing", "incomplete"}:
        return "incomplete"
    if there & {"complete", "not_defined"}:
        return "complete"
    return next((s for s in ("omitted", "unchanged", "not_applicable") if s in there), "voluntary")
