"""The status words that are stored in an input workbook, as its live formulas give them."""

from __future__ import annotations

from collections.abc import Mapping

from vsme_xl.applicability import COMPREHENSIVE
from vsme_xl.completeness import UNCHANGED
from vsme_xl.edition import Datapoint, Section, load_edition
from vsme_xl.input.layout import Placement, SectionPlace
from vsme_xl.input.values import Cell, Stored, amount, entered, optional, rule_in_unit, rule_value
from vsme_xl.rules.evaluate import evaluate
from vsme_xl.rules.parse import names
from vsme_xl.withheld import OMITTED


def section_fails_now(name: str, stored: Stored, gate: bool, module: str) -> bool:
    """Return whether a section surely does not apply; for its gates only the module counts."""
    if gate:
        return module == "comprehensive" and bool(evaluate(COMPREHENSIVE, stored.computed.values)[0] == 0)
    return bool(stored.computed.applies[f"section:{name}"][0] == 0)


def section_state(section: SectionPlace, stored: Stored) -> tuple[int, ...]:
    """Return what the row of a section on Calc says behind its first column (see `status.state_formulas`)."""
    spec = load_edition().sections[section.name]
    fails = [section_fails_now(section.name, stored, gate, section.module) for gate in (False, True)]
    unread = [any(stored.unreadable(n) for n in _deciding(spec, gate)) for gate in (False, True)]
    points = load_edition().datapoints
    gates = sum(fails[0] and status_of(points[g], stored, True) == "complete" for g in spec.gates)
    return (*map(int, fails), *map(int, unread), gates)


def status_of(datapoint: Datapoint, stored: Stored, gate: bool) -> str:
    """Return the status of a single datapoint, as its live formula gives it."""
    section = load_edition().sections[datapoint.section]
    deciding = _deciding(section, gate)
    if datapoint.module == "comprehensive" and section.module != "comprehensive":
        deciding += names(COMPREHENSIVE)
    if datapoint.applies_when is not None:
        deciding += names(datapoint.applies_when)
    if any(stored.unreadable(name) for name in deciding):
        return "unreadable"
    if stored.computed.applies[datapoint.name][0] == 0:
        return "not_applicable"
    if stored.states[datapoint.section]:
        return stored.states[datapoint.section]
    if datapoint.role == "result":
        return ""
    if stored.unreadable(datapoint.name):
        return "unreadable"
    if entered(_typed(datapoint, stored), datapoint, stored.language) not in (None, ""):
        if _differs(amount(datapoint, -1, stored), rule_in_unit(datapoint, stored), datapoint):
            return "inconsistent"
        return "given" if optional(datapoint, gate) else "complete"
    if rule_value(datapoint, stored) != "":
        return "computed"
    return "optional" if optional(datapoint, gate) else stored.statuses[datapoint.section, datapoint.name]


def _deciding(section: Section, gate: bool) -> tuple[str, ...]:
    """Return the datapoints that decide whether a section (or its gates) is asked at all."""
    found = names(COMPREHENSIVE) if section.module == "comprehensive" else ()
    found += (OMITTED, UNCHANGED) if section.omit else ()
    return found + (names(section.applies_when) if section.applies_when is not None and not gate else ())


def _typed(datapoint: Datapoint, stored: Stored) -> object:
    fact = stored.typed.get((datapoint.name, -1, "current"))
    return fact[0] if fact else None


def _differs(typed: Cell, rule: float | str, datapoint: Datapoint) -> bool:
    if rule == "" or datapoint.symbol_kind == "text":
        return False
    if isinstance(typed, float) and isinstance(rule, float):
        return abs(typed - rule) > 0.005 * max(abs(typed), abs(rule))
    return typed != rule


def table_status(section: str, columns: list[Datapoint], stored: Stored, module: str) -> str:
    """Return the status of a section's table, as its live formula gives it."""
    spec = load_edition().sections[section]
    if any(stored.unreadable(name) for name in _deciding(spec, False)):
        return "unreadable"
    if section_fails_now(section, stored, False, module):
        return "not_applicable"
    if stored.states[section] or not columns:
        return stored.states[section]
    if any(stored.unreadable(d.name) for d in columns):
        return "unreadable"
    found = {stored.statuses[section, d.name] for d in columns if (section, d.name) in stored.statuses}
    if found & {"missing", "incomplete"}:
        return "incomplete" if found & {"complete", "incomplete"} else "missing"
    if "complete" in found:
        return "complete"
    filled = {name for name, row, period in stored.typed if row >= 0 and period == "current"}
    given = filled & {name for d in columns for name in (d.name, d.twin)}
    return "given" if given else "voluntary" if found else "optional"


COUNTED: Mapping[str, str] = {
    "complete": "answered", "computed": "answered", "not_defined": "answered", "missing": "open", "incomplete": "open",
    "inconsistent": "inconsistent", "unreadable": "unreadable", "not_applicable": "not_applicable",
    "omitted": "omitted", "unchanged": "unchanged",
}  # fmt: skip
KINDS = (*dict.fromkeys(COUNTED.values()), "gates")


def counts_of(stored: Stored, place: Placement) -> dict[str, dict[str, int]]:
    """Return for each disclosure how many datapoints are answered, open, to check, and of no concern.

    `gates` counts the questions that are answered such that what they ask about does not apply.
    """
    edition = load_edition()
    found = {mark: dict.fromkeys(KINDS, 0) for mark in place.marks}
    for section in place.sections.values():
        spec = edition.sections[section.name]
        closed = section_fails_now(section.name, stored, False, section.module)
        columns = status_columns(spec, place)
        pairs = [(section.mark, table_status(section.name, columns, stored, section.module))]
        for name in (n for n in spec.datapoints if n in place.scalars):
            status = status_of(edition.datapoints[name], stored, name in spec.gates)
            pairs.append((place.scalars[name].mark, status))
            if name in spec.gates and closed and status == "complete" and section.mark in found:
                found[section.mark]["gates"] += 1
        for mark, status in pairs:
            if mark in found and status in COUNTED:
                found[mark][COUNTED[status]] += 1
    return found


def status_columns(section: Section, place: Placement) -> list[Datapoint]:
    """Return the columns of a section's table that a person fills in, one per physical column."""
    if section.table is None or section.table not in place.tables:
        return []
    edition = load_edition()
    table = edition.tables[section.table]
    seen: dict[int, Datapoint] = {}
    for d in (edition.datapoints[n] for n in section.datapoints):
        column = place.tables[section.table].columns.get(d.name)
        fixed = table.codes and d.name == table.key
        if d.table and column is not None and d.role in ("input", "metric") and not fixed:
            seen.setdefault(column, d)
    return list(seen.values())
