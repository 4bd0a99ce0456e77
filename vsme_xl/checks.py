"""Check computed values against each other and against what was reported; each check is a rule in `checks.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from vsme_xl.completeness import UNCHANGED, listed
from vsme_xl.display import Shown
from vsme_xl.edition import Datapoint, Edition, EditionError, data_folder, load_edition, read_yaml
from vsme_xl.findings import Finding
from vsme_xl.plausibility import changed, unlikely
from vsme_xl.rules.evaluate import Array, Values, evaluate, given
from vsme_xl.rules.parse import Node, RuleError, check, codelist_of, parse

DIFFERENCE = 0.005
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
        found.append(Check(data["code"], data["name"], when, data.get("table"), data.get("whole", ""), values, needs))
    return tuple(found)


def check_computed(
    facts: pd.DataFrame,
    values: Values,
    computed: Mapping[str, Array],
    whether: Mapping[str, Array],
    workbooks: tuple[str, ...],
    edition: Edition,
) -> list[Finding]:
    """Return the findings on the values of all workbooks, with the cells that `facts` name as their source."""
    cells = _Cells(facts)
    found = [
        *_rule_findings(values, workbooks, edition, cells),
        *_differences(values, computed, workbooks, edition, cells),
        *_out_of_range(values, workbooks, edition, cells),
        *_needless(values, whether, workbooks, edition, cells),
        *_not_made(values, whether, workbooks, edition, cells),
        *unlikely(values, workbooks, edition, cells),
    ]
    same = {s.name: listed(values, UNCHANGED, s.omit) for s in edition.sections.values()}
    found += changed(facts, values, workbooks, edition, same)
    order = {workbook: i for i, workbook in enumerate(workbooks)}
    return sorted(found, key=lambda f: order[f.workbook])


def _not_made(
    values: Values, whether: Mapping[str, Array], workbooks: tuple[str, ...], edition: Edition, cells: _Cells
) -> Iterator[Finding]:
    """Say of every comparison whose own side is filled in, but another is blank or unreadable, that it is not made."""
    for item in load_checks(edition.name):
        if not item.needs or item.table:
            continue
        there = [given(values.array(name)) for name in item.needs]
        known = given(values.array(item.name)) & (whether[item.name] != 0)
        for place in np.flatnonzero(known & ~np.all(there, axis=0)):
            lacking = next(n for n, g in zip(item.needs, there, strict=True) if not g[place])
            cell = cells(workbooks[place], item.name)
            yield Finding(workbooks[place], "check_not_made", item.name, cell, {"whole": lacking})


class _Cells:
    """Looks up the cell a value was read from; the index is made when the first finding asks."""

    def __init__(self, facts: pd.DataFrame) -> None:
        self._facts = facts
        self._index: dict[tuple[str, str, int], str] = {}

    def __call__(self, workbook: str, name: str, row: int = -1, table: str = "") -> str:
        if not self._index:
            f = self._facts[self._facts["period"] == "current"]
            columns = ("workbook", "name", "row", "source", "table")
            workbooks, names, numbers, sources, tables = (f[column].tolist() for column in columns)
            self._index = dict(zip(zip(workbooks, names, numbers, strict=True), sources, strict=True))
            for book, of, number, source in zip(workbooks, tables, numbers, sources, strict=True):
                self._index.setdefault((book, f"table:{of}", number), source)
        found = self._index.get((workbook, name, row), "")
        return found or (self._index.get((workbook, f"table:{table}", row), "") if table else "")


def _places(name: str, where: Array, values: Values, edition: Edition) -> Iterator[tuple[int, int, int]]:
    """Yield workbook number, row number and place of every hit."""
    table = edition.datapoints[name].table
    for place in np.flatnonzero(where):
        if table is None:
            yield int(place), -1, int(place)
        else:
            yield int(values.groups[table][place]), int(values.rows[table][place]), int(place)


def _rule_findings(
    values: Values, workbooks: tuple[str, ...], edition: Edition, cells: _Cells
) -> Iterator[Finding]:
    for item in load_checks(edition.name):
        hit = evaluate(item.when, values, item.table) == 1
        if not hit.any():
            continue
        shown = {key: evaluate(node, values, item.table) for key, node in item.shown.items()}
        if item.whole:
            shown |= {"reported": values.array(item.name), "computed": values.array(item.whole)}
        for workbook, row, place in _places(item.name, hit, values, edition):
            texts: dict[str, object] = {
                key: _shown(array[place], item.shown.get(key), edition) for key, array in shown.items()
            }
            if item.whole:
                parts = {"reported": edition.datapoints[item.name], "computed": edition.datapoints[item.whole]}
                texts |= {key: _amount(shown[key][place], datapoint) for key, datapoint in parts.items()}
                texts["whole"] = item.whole
            cell = cells(workbooks[workbook], item.name, row, item.table or "")
            yield Finding(workbooks[workbook], item.code, item.name, cell, texts)


def _shown(value: object, node: Node | None, edition: Edition) -> Shown:
    """Return what a rule yields as messages say it: codes by their labels, a datapoint's amount with its unit."""
    if node is not None and node.op == "name" and str(node.value) in edition.datapoints:
        return _amount(value, edition.datapoints[str(node.value)])
    return Shown(value, codelist="" if node is None else codelist_of(node, edition.symbols) or "")


def _differences(
    values: Values, computed: Mapping[str, Array], workbooks: tuple[str, ...], edition: Edition, cells: _Cells
) -> Iterator[Finding]:
    """Find metrics whose reported value is not what the other answers give (more than half a per cent apart)."""
    for name, reported in values.reported.items():
        datapoint, other = edition.datapoints[name], computed[name]
        both = given(reported) & given(other)
        if datapoint.kind in AMOUNTS | {"share"}:
            numbers = np.where(both, reported, 0.0), np.where(both, other, 0.0)
            scale = np.maximum(np.abs(numbers[0]), np.abs(numbers[1]))
            differ = both & (np.abs(numbers[0] - numbers[1]) > DIFFERENCE * scale)
        elif datapoint.kind == "boolean":
            differ = both & (reported != other)
        else:
            continue
        for workbook, row, place in _places(name, differ, values, edition):
            texts = {"reported": _amount(reported[place], datapoint), "computed": _amount(other[place], datapoint)}
            cell = cells(workbooks[workbook], name, row)
            yield Finding(workbooks[workbook], "reported_differs_from_computed", name, cell, texts)


def _amount(value: object, datapoint: Datapoint) -> Shown:
    """Return a value as messages say it: yes or no, per cent, or an amount with its unit."""
    unit = "" if datapoint.unit == "currency" else datapoint.unit
    return Shown(value, datapoint.kind, datapoint.codelist or "", unit)


def _out_of_range(
    values: Values, workbooks: tuple[str, ...], edition: Edition, cells: _Cells
) -> Iterator[Finding]:
    """Find amounts below zero, and shares outside 0 to 100 %."""
    for datapoint in edition.datapoints.values():
        if datapoint.role not in ("input", "metric") or datapoint.name not in values.arrays:
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
        for workbook, row, place in _places(datapoint.name, hit, values, edition):
            cell = cells(workbooks[workbook], datapoint.name, row)
            if cell:
                texts = {"text": _amount(array[place], datapoint)}
                yield Finding(workbooks[workbook], code, datapoint.name, cell, texts)


def _needless(
    values: Values, whether: Mapping[str, Array], workbooks: tuple[str, ...], edition: Edition, cells: _Cells
) -> Iterator[Finding]:
    """Find answers to what does not apply, where no check of their own says so."""
    own = {item.name for item in load_checks(edition.name) if item.code in SAID_ALREADY}
    for section in edition.sections.values():
        for name in section.datapoints:
            datapoint = edition.datapoints[name]
            if datapoint.role not in ("input", "metric") or not datapoint.taxonomy or name not in values.arrays:
                continue
            if name in own or (datapoint.formula is not None and name not in values.reported):
                continue
            there = given(values.reported.get(name, values.arrays[name]))
            per_workbook = there if datapoint.table is None else _any_row(there, datapoint.table, values)
            for workbook in np.flatnonzero(per_workbook & (whether[name] == 0)):
                cell = cells(workbooks[workbook], name) or cells(workbooks[workbook], name, 0)
                yield Finding(workbooks[workbook], "not_applicable_but_filled", name, cell)


def _any_row(there: Array, table: str, values: Values) -> Array:
    return np.bincount(values.groups[table][there], minlength=values.size) > 0
