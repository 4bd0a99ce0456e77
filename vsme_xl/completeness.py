"""Say of every datapoint and disclosure whether it is complete: all workbooks at once, one small code per status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from vsme_xl.edition import Datapoint, Edition, Section, Table, load_edition, questions
from vsme_xl.rules.evaluate import Array, Values, evaluate, given
from vsme_xl.rules.parse import Node
from vsme_xl.withheld import OMITTED

UNCHANGED = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"
STATUSES = (
    "complete", "not_defined", "incomplete", "missing", "not_applicable", "omitted", "unchanged", "voluntary",
)  # fmt: skip
COMPLETE, NOT_DEFINED, INCOMPLETE, MISSING, NOT_APPLICABLE, LEFT_OUT, SAME, VOLUNTARY = range(len(STATUSES))
Codes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Unit:
    """What has a status of its own: a section, or one of its datapoints; `mark` is the disclosure it counts in."""

    section: Section
    datapoint: Datapoint | None = None
    mark: str = ""

    @property
    def name(self) -> str:
        """Return the datapoint's name; blank for a section."""
        return self.datapoint.name if self.datapoint else ""


def mark_of(section: Section, datapoint: Datapoint | None = None) -> str:
    """Return the disclosure that a section or datapoint counts in.

    That is B1 to C9; what the Comprehensive Module adds to a disclosure of the Basic Module (Scope 3) is C · B3.
    """
    module = datapoint.module if datapoint else section.module
    own = section.disclosure
    return f"C · {own}" if own.startswith("B") and "comprehensive" in (module, section.module) else own


@cache
def marks(edition: str = "vsme-2025") -> tuple[str, ...]:
    """Return the disclosures in their order: B1 to B11, C · B3, C1 to C9."""
    found = {unit.mark for unit in units(edition) if unit.mark}
    return tuple(sorted(found, key=lambda m: (m[0], " " not in m, int("".join(c for c in m if c.isdigit())))))


@cache
def units(edition: str = "vsme-2025") -> tuple[Unit, ...]:
    """Return every section that a person fills in, each before those of its datapoints that count."""
    standard = load_edition(edition)
    found = []
    for section in standard.sections.values():
        if section.sheet in ("lists", "results"):
            continue
        found.append(Unit(section))
        for datapoint in (standard.datapoints[name] for name in section.datapoints):
            if counts(datapoint, section, edition):
                found.append(Unit(section, datapoint, mark_of(section, datapoint)))
    return tuple(found)


def counts(datapoint: Datapoint, section: Section, edition: str = "vsme-2025") -> bool:
    """Return whether a blank datapoint can be a gap: what the standard asks, and the questions that decide it."""
    if datapoint.role in ("step", "reference", "result"):
        return False
    asked = datapoint.table is None and (datapoint.name in section.gates or datapoint.name in questions(edition))
    return datapoint.need != "helper" or asked


def statuses(values: Values, whether: Mapping[str, Array], edition: Edition) -> Codes:
    """Return the status of every unit (rows) in every workbook (columns) as places in STATUSES."""
    order = units(edition.name)
    found = np.empty((len(order), values.size), dtype=np.int8)
    own: list[int] = []
    listed_as = {section.name: _special(section, values) for section in edition.sections.values()}
    for place in reversed(range(len(order))):
        unit = order[place]
        special = listed_as[unit.section.name]
        if unit.datapoint is None:
            state, plain = whether[f"section:{unit.section.name}"], _worst(found[own])
            own = []
        else:
            state, plain = whether[unit.name], _answered(unit.datapoint, values, edition)
            own.append(place)
        found[place] = np.where(state == 0, NOT_APPLICABLE, np.where(special >= 0, special, plain))
    return found


def _special(section: Section, values: Values) -> Codes:
    """Return which workbooks list a section as omitted or unchanged; -1 where they do not."""
    omitted, unchanged = (listed(values, column, section.omit) == 1 for column in (OMITTED, UNCHANGED))
    return np.where(omitted, LEFT_OUT, np.where(unchanged, SAME, -1)).astype(np.int8)


def listed(values: Values, name: str, members: tuple[str, ...]) -> Array:
    """Return 1 for the workbooks whose list of disclosures (omitted, unchanged) names one of the members."""
    table = values.symbols[name].table
    assert table is not None
    array = values.array(name)
    if not members or not len(array):
        return np.zeros(values.size)
    hit = np.isin(array.astype(str), members)
    return (np.bincount(values.groups[table][hit], minlength=values.size) > 0).astype(float)


def _worst(own: Codes) -> Codes:
    """Return the status of a section from those of its datapoints."""
    there = {code: (own == code).any(axis=0) for code in (COMPLETE, INCOMPLETE, MISSING, VOLUNTARY)}
    begun = there[COMPLETE] | there[INCOMPLETE]
    open_ = np.where(begun, INCOMPLETE, MISSING)
    closed = np.where(there[COMPLETE] | ~there[VOLUNTARY], COMPLETE, VOLUNTARY)
    return np.where(there[MISSING] | there[INCOMPLETE], open_, closed).astype(np.int8)


def _answered(datapoint: Datapoint, values: Values, edition: Edition) -> Codes:
    """Return the status of a datapoint where it applies."""
    none = VOLUNTARY if datapoint.may_stay_blank else MISSING
    if datapoint.table is not None:
        return _column(datapoint, edition.tables[datapoint.table], values, none, edition)
    there = given(values.array(datapoint.name))
    blank = np.where(undefined(datapoint.formula, values), NOT_DEFINED, none)
    if datapoint.instead:
        blank = np.where(given(values.array(datapoint.instead)), VOLUNTARY, blank)
    return np.where(there, COMPLETE, blank).astype(np.int8)


def _column(datapoint: Datapoint, table: Table, values: Values, none: int, edition: Edition) -> Codes:
    used = in_use(table, values, edition)
    there = values.per_workbook(used & given(values.array(datapoint.name)), table.name)
    if none == VOLUNTARY:
        return np.where(there, COMPLETE, none).astype(np.int8)
    lacking = values.per_workbook(used & ~filled_in(datapoint, table, values), table.name)
    begun = values.per_workbook(used & filled_in(datapoint, table, values), table.name)
    blank = np.where(lacking, np.where(begun, INCOMPLETE, MISSING), np.where(there, COMPLETE, VOLUNTARY))
    return np.where(values.per_workbook(used, table.name), blank, none).astype(np.int8)


def filled_in(datapoint: Datapoint, table: Table, values: Values) -> Bools:
    """Return in which rows a required column, or one that may stand in its place, is filled in."""
    names = table.one_of if datapoint.name in table.one_of else (datapoint.name,)
    twins = [values.symbols[name].name for name in names]
    points = load_edition().datapoints
    twins += [points[name].twin for name in names if points[name].twin]
    return np.asarray(np.any([given(values.array(name)) for name in twins], axis=0))


def in_use(table: Table, values: Values, edition: Edition) -> Bools:
    """Return which rows of a table say something: more than a ready-made row number or unticked boxes."""
    axis = table.axis if table.axis and edition.datapoints[table.axis].kind == "text" else ""
    used = np.zeros(values.length(table.name), dtype=bool)
    for datapoint in edition.columns(table.name):
        if datapoint.role in ("input", "metric") and datapoint.name not in (axis, table.codes and table.key):
            array = values.typed(datapoint.name, datapoint.formula is not None)
            if array is None:
                continue
            unticked = bool(table.axis) and datapoint.kind == "boolean"
            used |= (array == 1) if unticked else given(array)
    return used


def undefined(node: Node | None, values: Values) -> Bools:
    """Return where a rule is a division, or a constant times one, that has nothing to divide by."""
    found = division(node)
    if found is None:
        return np.zeros(values.size, dtype=bool)
    return np.asarray(evaluate(Node("==", (found.args[1], Node("number", value=0.0))), values) == 1)


def division(node: Node | None) -> Node | None:
    """Return the division that a rule is, or that it takes a constant multiple of; None where it is none."""
    if node is not None and node.op == "*":
        node = node.args[0]
    return node if node is not None and node.op in ("/", "share", "ratio") else None


def status_frame(codes: Codes, workbooks: tuple[str, ...], edition: Edition) -> pd.DataFrame:
    """Return the statuses as a frame with columns workbook, section, name, status, workbook by workbook."""
    order = units(edition.name)
    n, m = len(order), len(workbooks)
    words = np.array(STATUSES, dtype=object)
    return pd.DataFrame(
        {
            "workbook": np.repeat(np.array(workbooks, dtype=object), n),
            "section": np.tile(np.array([u.section.name for u in order], dtype=object), m),
            "name": np.tile(np.array([u.name for u in order], dtype=object), m),
            "status": words[codes.T.ravel()],
        }
    )
