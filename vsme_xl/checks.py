"""Check computed values against each other and against what was reported; each check is a rule in `checks.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from vsme_xl.checking import Checked, amount, not_checked, places_of
from vsme_xl.completeness import UNCHANGED, listed
from vsme_xl.display import Shown
from vsme_xl.edition import Datapoint, Edition, EditionError, data_folder, load_edition, read_yaml
from vsme_xl.findings import Finding
from vsme_xl.plausibility import changed, unlikely
from vsme_xl.reported import differences
from vsme_xl.rules.evaluate import Array, Values, evaluate, excel_serial, given
from vsme_xl.rules.parse import Node, RuleError, check, codelist_of, names, parse

NOT_MADE = frozenset({"check_not_made", "check_unreadable"})
SAID_ALREADY = frozenset({"subsidiaries_although_individual", "incident_details_without_incident"})
AMOUNTS = frozenset({"number", "money", "energy", "emissions", "mass", "volume", "area", "intensity"})


@dataclass(frozen=True)
class Check:
    """One consistency check: the finding it makes, on which datapoint, and when."""

    code: str
    name: str
    when: Node
    table: str | None = None
    whole: str = ""
    shown: Mapping[str, Node] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    text: str = ""


@cache
def load_checks(edition: str = "vsme-2025") -> tuple[Check, ...]:
    """Return the edition's consistency checks; raise EditionError where one is not a rule."""
    standard = load_edition(edition)
    found = []
    for data in read_yaml(data_folder(edition) / "checks.yaml"):
        try:
            when = parse(data["when"])
            if check(when, standard.symbols, data.get("table")) != "bool":
                raise RuleError("the condition does not yield a yes or no")
            values = {key: parse(text) for key, text in data.get("values", {}).items()}
            for node in values.values():
                check(node, standard.symbols, data.get("table"))
        except RuleError as error:
            raise EditionError(f"checks.yaml: {data['code']} on {data['name']}: {error}") from None
        needs = tuple(data.get("needs", ())) or ((data["name"], data["whole"]) if "whole" in data else ())
        if unknown := [name for name in needs if name not in standard.datapoints]:
            raise EditionError(f"checks.yaml: {data['code']} needs unknown {', '.join(unknown)}")
        more = (data.get("table"), data.get("whole", ""), values, needs, data["when"])
        found.append(Check(data["code"], data["name"], when, *more))
    return tuple(found)


def check_computed(facts: pd.DataFrame, checked: Checked) -> list[Finding]:
    """Return the findings on the values of all workbooks."""
    values, workbooks, edition = checked.answers, checked.workbooks, checked.edition
    found = [
        *_rule_findings(checked),
        *differences(checked),
        *_out_of_range(checked),
        *_needless(checked),
        *_not_made(checked),
        *unlikely(checked),
        *_in_future(checked),
    ]
    same = {s.name: listed(values, UNCHANGED, s.omit) for s in edition.sections.values()}
    found += changed(facts, checked, same)
    order = {workbook: i for i, workbook in enumerate(workbooks)}
    return sorted(once(found), key=lambda f: order[f.workbook])


def _in_future(checked: Checked) -> Iterator[Finding]:
    """Find reporting periods that are not over on the day they are held against."""
    if checked.today is None:
        return
    name, today = "ReportingPeriodEnd", excel_serial(checked.today.year, checked.today.month, checked.today.day)
    ends = checked.answers.array(name)
    with np.errstate(invalid="ignore"):
        late = ends > today
    for place in np.flatnonzero(late):
        texts = {"text": Shown(float(ends[place]), "date"), "today": Shown(today, "date")}
        book = checked.workbooks[place]
        yield Finding(book, "period_in_future", name, checked.cells(book, name), texts)


def once(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, but of those that say why a datapoint is not checked only the first for each."""
    said: set[tuple[str, str]] = set()
    for finding in found:
        if finding.code in NOT_MADE:
            if (finding.workbook, finding.name) in said:
                continue
            said.add((finding.workbook, finding.name))
        yield finding


def _not_made(checked: Checked) -> Iterator[Finding]:
    """Say of every comparison whose own side is filled in, but another is blank or unreadable, that it is not made."""
    values = checked.answers
    for item in load_checks(checked.edition.name):
        if not item.needs or item.table:
            continue
        there = [given(values.array(name)) for name in item.needs]
        known = given(_own_side(item.name, checked)) & (checked.whether[item.name] != 0)
        for place in np.flatnonzero(known):
            lacking = next((n for n, g in zip(item.needs, there, strict=True) if not g[place]), "")
            if unread := checked.unread_under((item.when,), int(place)):
                yield not_checked(checked, int(place), item.name, unread)
            elif lacking:
                yield not_checked(checked, int(place), item.name, lacking=lacking)


def _own_side(name: str, checked: Checked) -> Array:
    """Return what is held against another side: of metrics what the company reported, for all else its value."""
    values = checked.answers
    if checked.edition.datapoints[name].role != "metric":
        return values.array(name)
    return values.reported.get(name, np.full(values.size, np.nan))


def _rule_findings(checked: Checked) -> Iterator[Finding]:
    """Make the findings of `checks.yaml`, but for those that rest on what could not be read."""
    values, workbooks, edition = checked.answers, checked.workbooks, checked.edition
    for item in load_checks(edition.name):
        hit = evaluate(item.when, values, item.table) == 1
        if not hit.any():
            continue
        shown = {key: evaluate(node, values, item.table) for key, node in item.shown.items()}
        if item.whole:
            shown |= {"reported": values.array(item.name), "computed": values.array(item.whole)}
        for workbook, row, place in places_of(item.name, hit, values, edition):
            if _rests_on_unread(item, workbook, row, checked):
                continue
            texts: dict[str, object] = {
                key: _shown(array[place], item.shown.get(key), edition) for key, array in shown.items()
            }
            if item.whole:
                parts = {"reported": edition.datapoints[item.name], "computed": edition.datapoints[item.whole]}
                texts |= {key: amount(shown[key][place], datapoint) for key, datapoint in parts.items()}
                texts["whole"] = item.whole
            cell = checked.cells(workbooks[workbook], item.name, row, item.table or "", names(item.when))
            yield Finding(workbooks[workbook], item.code, item.name, cell, texts)


def _rests_on_unread(item: Check, workbook: int, row: int, checked: Checked) -> bool:
    """Return whether a check asks for an answer that is there, but could not be read."""
    if item.table is None:
        return checked.unread_under((item.when,), workbook) != ""
    book = checked.workbooks[workbook]
    return checked.unread.in_line(book, names(item.when), checked.cells.line(book, item.table, row))


def _shown(value: object, node: Node | None, edition: Edition) -> Shown:
    """Return what a rule yields as messages say it: codes by their labels, a datapoint's amount with its unit."""
    if node is not None and node.op == "name" and str(node.value) in edition.datapoints:
        return amount(value, edition.datapoints[str(node.value)])
    return Shown(value, codelist="" if node is None else codelist_of(node, edition.symbols) or "")


def _out_of_range(checked: Checked) -> Iterator[Finding]:
    """Find amounts below zero, and shares outside 0 to 100 %."""
    values, workbooks, edition = checked.answers, checked.workbooks, checked.edition
    for datapoint in edition.datapoints.values():
        if datapoint.role not in ("input", "metric") or not _typed(datapoint, values):
            continue
        array = values.reported.get(datapoint.name, values.arrays[datapoint.name])
        below = not datapoint.negative
        with np.errstate(invalid="ignore"):
            if datapoint.kind == "share":
                hit = ((array < 0) & below) | ((array > 1) & (not datapoint.above_one))
            elif datapoint.kind in AMOUNTS:
                hit = (array < 0) & below
            else:
                continue
        code = "share_out_of_range" if datapoint.kind == "share" else "negative_amount"
        for workbook, row, place in places_of(datapoint.name, hit, values, edition):
            cell = checked.cells(workbooks[workbook], datapoint.name, row, datapoint.table or "")
            yield Finding(workbooks[workbook], code, datapoint.name, cell, {"text": amount(array[place], datapoint)})


def _typed(datapoint: Datapoint, values: Values) -> bool:
    """Return whether any company typed a datapoint itself."""
    return datapoint.name in (values.arrays if datapoint.formula is None else values.reported)


def _needless(checked: Checked) -> Iterator[Finding]:
    """Find answers to what does not apply, where no check of their own says so."""
    values, workbooks, edition = checked.answers, checked.workbooks, checked.edition
    own = {item.name for item in load_checks(edition.name) if item.code in SAID_ALREADY}
    tables = {edition.datapoints[name].table for name in own} - {None}
    for section in edition.sections.values():
        for name in section.datapoints:
            datapoint = edition.datapoints[name]
            if datapoint.role not in ("input", "metric") or not datapoint.taxonomy:
                continue
            if name in own or datapoint.table in tables or not _typed(datapoint, values):
                continue
            there = given(values.reported.get(name, values.arrays[name]))
            for workbook, row, _ in _first_rows(name, there, values, edition):
                if checked.whether[name][workbook] == 0:
                    cell = checked.cells(workbooks[workbook], name, row, datapoint.table or "")
                    yield Finding(workbooks[workbook], "not_applicable_but_filled", name, cell)


def _first_rows(name: str, where: Array, values: Values, edition: Edition) -> Iterator[tuple[int, int, int]]:
    """Yield the first hit in each workbook."""
    seen: set[int] = set()
    for hit in places_of(name, where, values, edition):
        if hit[0] not in seen:
            seen.add(hit[0])
            yield hit
