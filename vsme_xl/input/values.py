"""What the cells of an input workbook hold: the answers, and the value stored with each formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vsme_xl import units
from vsme_xl.completeness import UNCHANGED, listed
from vsme_xl.computing import Computed, compute
from vsme_xl.edition import Datapoint, load_edition, questions
from vsme_xl.input.layout import Placement
from vsme_xl.input.readable import fits, reads, typed_here
from vsme_xl.input.target import label_of, own_factor
from vsme_xl.store import FACT_COLUMNS, UNIT_DIMENSION
from vsme_xl.withheld import OMITTED

Cell = float | str | dt.date | None


@dataclass(frozen=True)
class Stored:
    """The answers of one workbook and all that follows from them.

    `typed` holds facts by (name, row, period); a row of -1 is a single cell. Each fact is a value and its unit.
    """

    language: str
    typed: Mapping[tuple[str, int, str], tuple[object, str]]
    computed: Computed
    states: Mapping[str, str]
    statuses: Mapping[tuple[str, str], str]
    unread: frozenset[str]

    def unreadable(self, name: str) -> bool:
        """Return whether formulas cannot read a datapoint, or something it is worked out from."""
        return name in self.unread


def stored(answers: pd.DataFrame, place: Placement, language: str) -> Stored:
    """Return what the cells of a workbook with these answers hold."""
    facts = answers[answers["basis"] == "reported"] if len(answers) else answers
    columns = (facts[c] for c in ("name", "row", "period", "value", "unit"))
    typed = {(str(n), int(r), str(p)): (v, str(u or "")) for n, r, p, v, u in zip(*columns, strict=True)}
    rows = pd.concat([facts, _own_rows(place, facts)], ignore_index=True)
    found = compute(rows, dict.fromkeys(rows["workbook"], language), withhold=False)
    frame = found.applicability
    triples = zip(frame["section"], frame["name"], frame["status"], strict=True)
    statuses = {(str(section), str(name)): str(status) for section, name, status in triples}
    return Stored(language, typed, found, _special(found, place), statuses, _unread(typed, place, language))


def _unread(
    typed: Mapping[tuple[str, int, str], tuple[object, str]], place: Placement, language: str
) -> frozenset[str]:
    """Return the datapoints whose flag says that formulas cannot read them or what they are worked out from."""
    points = load_edition().datapoints
    cells = {
        (name, row): entered(value, points[name], language)
        for (name, row, period), (value, _) in typed.items()
        if period == "current"
    }
    own = {name for (name, _), cell in cells.items() if name in place.flags and not fits(cell, name, language, cells)}
    found: dict[str, bool] = {}

    def unread(name: str) -> bool:
        if name not in found:
            d = points[name]
            filled = d.table is None and typed_here(d, place) and cells.get((name, -1)) not in (None, "")
            found[name] = name in own or (not filled and any(unread(other) for other in reads(d, place)))
        return found[name]

    return frozenset(name for name in place.flags if unread(name))


def _own_rows(place: Placement, facts: pd.DataFrame) -> pd.DataFrame:
    """Return a blank fact for each free row of a fixed table, so that its formulas have a value there too."""
    workbook = str(facts["workbook"].iloc[0]) if len(facts) else ""
    rows = [
        (workbook, name, name, (), table.name, row, "text", None, "", "current", "reported", "", "", "")
        for table in place.tables.values()
        if table.keys and table.rows > table.keys
        for name in [next(iter(table.columns))]
        for row in range(table.keys, table.rows)
        if not ((facts["name"] == name) & (facts["row"] == row)).any()
    ]
    return pd.DataFrame(rows, columns=list(FACT_COLUMNS)).astype({"value": object, "row": int})


def _special(found: Computed, place: Placement) -> dict[str, str]:
    """Return which sections are listed as omitted or unchanged."""
    edition = load_edition()
    states = {}
    for name in place.sections:
        omit = edition.sections[name].omit
        omitted, unchanged = (bool(listed(found.values, column, omit)[0]) for column in (OMITTED, UNCHANGED))
        states[name] = "omitted" if omitted else "unchanged" if unchanged else ""
    return states


def shown(value: object, datapoint: Datapoint, language: str) -> float | str:
    """Return a computed value as its cell shows it; blank is the empty text."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if datapoint.kind == "boolean":
        return label_of(language, "yes_no", "true" if float(str(value)) == 1 else "false")
    if datapoint.symbol_kind == "text":
        if datapoint.kind == "enumeration_set":
            return "; ".join(label_of(language, datapoint.codelist, c) for c in str(value).split("; "))
        return label_of(language, datapoint.codelist, str(value)) if datapoint.codelist else str(value)
    return float(str(value))


def entered(value: object, datapoint: Datapoint, language: str) -> Cell:
    """Return a reported value as a person would type it: labels for codes, dates as dates, shares as fractions."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if datapoint.kind == "boolean":
        code = {True: "true", False: "false"}.get(value == 1) if isinstance(value, bool | int | float) else str(value)
        return label_of(language, "yes_no", str(code))
    if datapoint.kind == "date":
        return _date(str(value))
    if datapoint.kind == "enumeration_set":
        return "; ".join(label_of(language, datapoint.codelist, code) for code in str(value).split("; "))
    if datapoint.codelist:
        return label_of(language, datapoint.codelist, str(value))
    return float(value) if isinstance(value, int | float) else str(value)


def _date(text: str) -> Cell:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


def unit_of(datapoint: Datapoint, row: int, stored: Stored) -> str:
    """Return the unit that a datapoint's unit cell states; blank where it says nothing."""
    if datapoint.unit_cell:
        cell = load_edition().datapoints[datapoint.unit_cell]
        said = stored.typed.get((cell.name, row if cell.table else -1, "current"))
        return str(said[0]) if said else ""
    for period in ("current", "previous"):
        fact = stored.typed.get((datapoint.name, row, period))
        if fact is not None and datapoint.units:
            return fact[1]
    return ""


def amount(datapoint: Datapoint, row: int, stored: Stored, period: str = "current") -> Cell:
    """Return what stands in an input cell, its amount in the unit that the unit cell states."""
    fact = stored.typed.get((datapoint.name, row, period))
    if fact is None:
        return None
    value, unit = fact
    if (datapoint.unit_cell or datapoint.units) and isinstance(value, int | float):
        dimension = UNIT_DIMENSION[datapoint.kind]
        cell = unit_of(datapoint, row, stored) or datapoint.unit
        has, wants = units.to_base(unit or datapoint.unit, dimension), units.to_base(cell, dimension)
        if has and wants and unit != cell:
            return float(value) * has / wants
    return entered(value, datapoint, stored.language)


def factor(datapoint: Datapoint, stored: Stored) -> float | str:
    """Return the factor from a single datapoint's unit cell to its own unit, as its formula gives it."""
    unit = unit_of(datapoint, -1, stored)
    if not unit:
        return 1.0
    found = units.to_base(unit, UNIT_DIMENSION[datapoint.kind])
    return "" if found is None else found / own_factor(datapoint)


def rule_value(datapoint: Datapoint, stored: Stored, row: int | None = None) -> float | str:
    """Return what a datapoint's rule gives, in its own unit."""
    if datapoint.formula is None:
        return ""
    return shown(_item(stored.computed.computed[datapoint.name], row), datapoint, stored.language)


def effective_value(datapoint: Datapoint, stored: Stored) -> float | str:
    """Return the value that rules use for a single datapoint: reported, else computed."""
    array = stored.computed.values.array(datapoint.name)  # noqa: PD011
    return shown(_item(array, None), datapoint, stored.language)


def _item(array: np.ndarray, row: int | None) -> object:
    value = array[row or 0]
    return float(value) if isinstance(value, float | np.floating) else value


def rule_in_unit(datapoint: Datapoint, stored: Stored) -> float | str:
    """Return what a datapoint's rule gives, in the unit that its unit cell states."""
    rule = rule_value(datapoint, stored)
    if not datapoint.units or not isinstance(rule, float):
        return rule
    by = factor(datapoint, stored)
    return rule / by if isinstance(by, float) else ""


def optional(datapoint: Datapoint, gate: bool) -> bool:
    """Return whether a datapoint only helps to compute another, so that a blank is no gap."""
    return datapoint.need == "helper" and not gate and datapoint.name not in questions()
