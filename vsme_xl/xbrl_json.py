"""Give out the facts of one workbook as an XBRL report: xBRL-JSON 1.0 on the taxonomy of the edition."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import pandas as pd

from vsme_xl import units
from vsme_xl.edition import Concept, load_edition
from vsme_xl.xbrl_terms import (
    Periods,
    dimension_value,
    entity_schemes,
    entry_point,
    is_default,
    is_numeric,
    is_text,
    lexical_value,
    namespaces,
    needs_dimension,
    unit_and_factor,
)

DOCUMENT_TYPE = "https://xbrl.org/2021/xbrl-json"
ENTITY = ("EntityIdentifierScheme", "EntityIdentifier", "ReportingPeriodStart", "ReportingPeriodEnd")
YEARS = {
    "BaselineYearMember": "GreenhouseGasEmissionReductionTargetBaseYear",
    "TargetYearMember": "GreenhouseGasEmissionReductionTargetYear",
}
FOOTNOTE_ROLES = {
    "linkTypes": {"footnote": "http://www.xbrl.org/2003/arcrole/fact-footnote"},
    "linkGroups": {"_": "http://www.xbrl.org/2003/role/link"},
}


@dataclass(frozen=True)
class Lack:
    """What a report cannot do without: the datapoint to fill in, and whether it is `missing` or `out_of_order`."""

    name: str
    reason: str = "missing"


@dataclass(frozen=True)
class LeftOut:
    """A fact that the taxonomy has no word for: its concept, the member or code it does not know, and its cell."""

    concept: str
    text: str
    source: str


@dataclass(frozen=True)
class XbrlReport:
    """A report as xBRL-JSON, the facts that had to stay out, and concepts stated twice with different values."""

    document: Mapping[str, Any]
    left_out: tuple[LeftOut, ...]
    contradictions: tuple[str, ...]


@dataclass(frozen=True)
class _Item:
    concept: Concept
    dimensions: tuple[tuple[str, str], ...]
    period: str
    unit: str
    value: str
    amount: float
    computed: bool
    total: bool
    note: str
    source: str


def lacks(facts: pd.DataFrame) -> tuple[Lack, ...]:
    """Return what must be filled in before the facts can become an XBRL report; nothing where all is there."""
    given = _single_values(facts)
    found = [Lack(name) for name in ENTITY if not given.get(name)]
    if given.get("EntityIdentifierScheme") and given["EntityIdentifierScheme"] not in entity_schemes():
        found.append(Lack("EntityIdentifierScheme"))
    start, end = (str(given.get(name) or "") for name in ENTITY[2:])
    if start and end and start > end:
        found.append(Lack("ReportingPeriodEnd", "out_of_order"))
    mine = list(_taxonomy_facts(facts))
    members = {member for fact in mine for _, member in fact.dimensions}
    found += [Lack(name) for member, name in YEARS.items() if member in members and not given.get(name)]
    if any(fact.kind == "money" and fact.unit in ("", "currency") for fact in mine):
        found.append(Lack("Currency"))
    return tuple(found)


def xbrl_report(facts: pd.DataFrame, language: str = "en") -> XbrlReport:
    """Return the facts of one workbook (columns FACT_COLUMNS) as a report in xBRL-JSON 1.0.

    Only concepts of the taxonomy are given out, reported and computed ones alike; helper inputs are not. `language` is
    that of the texts and notes (a code such as `de`). Raises ValueError where `lacks` finds something missing.
    """
    if lacking := lacks(facts):
        raise ValueError(f"an XBRL report needs {', '.join(lack.name for lack in lacking)}")
    given = _single_values(facts)
    scheme = str(given["EntityIdentifierScheme"])
    entity = f"{scheme.lower()}:{''.join(str(given['EntityIdentifier']).split())}"
    left_out: list[LeftOut] = []
    items = _without_repeats(_merged(_items(facts, _periods(given), left_out)))
    written = _written(items, entity, language)
    info: dict[str, Any] = {"documentType": DOCUMENT_TYPE}
    if any("links" in fact for fact in written.values()):
        info |= FOOTNOTE_ROLES
    info["namespaces"] = _used_namespaces(written, scheme)
    info["taxonomy"] = [entry_point()]
    return XbrlReport({"documentInfo": info, "facts": written}, tuple(left_out), _contradictions(items))


def _single_values(facts: pd.DataFrame) -> Mapping[str, object]:
    current = facts[(facts["period"] == "current") & (facts["table"] == "")]
    return dict(zip(current["name"], current["value"], strict=True))


def _periods(given: Mapping[str, object]) -> Periods:
    years = {member: int(float(str(given[name]))) for member, name in YEARS.items() if given.get(name)}
    return Periods.of(str(given["ReportingPeriodStart"]), str(given["ReportingPeriodEnd"]), years)


def _taxonomy_facts(facts: pd.DataFrame) -> Iterator[Any]:
    concepts = load_edition().concepts
    yield from (fact for fact in facts.itertuples(index=False) if fact.concept in concepts)


def _items(facts: pd.DataFrame, periods: Periods, left_out: list[LeftOut]) -> list[_Item]:
    concepts = load_edition().concepts
    found = []
    for fact in _taxonomy_facts(facts):
        concept = concepts[fact.concept]
        dimensions = tuple(sorted(pair for pair in fact.dimensions if not is_default(*pair)))
        unknown = _unknown(fact, concept, dimensions)
        if unknown is None:
            found.append(_item(fact, concept, dimensions, periods))
        else:
            left_out.append(LeftOut(concept.name, unknown, fact.source))
    return found


def _unknown(fact: Any, concept: Concept, dimensions: tuple[tuple[str, str], ...]) -> str | None:
    """Return what the taxonomy does not know of a fact: its member, code or unit; None where it knows all of it."""
    for axis, member in dimensions:
        if dimension_value(concept, axis, member) is None:
            return member
    if needs_dimension(concept, dimensions):
        return ""
    if unit_and_factor(fact.kind, fact.unit) is None:
        return str(fact.unit)
    return str(fact.value) if lexical_value(concept, fact.value) is None else None


def _item(fact: Any, concept: Concept, dimensions: tuple[tuple[str, str], ...], periods: Periods) -> _Item:
    unit, factor = unit_and_factor(fact.kind, fact.unit) or ("", 1.0)
    value = fact.value * factor if factor != 1.0 else fact.value
    table = load_edition().tables.get(fact.table)
    return _Item(
        concept, dimensions, periods.interval(concept.period, dimensions, fact.period), unit,
        lexical_value(concept, value) or "", _amount(concept, value, unit), fact.basis == "computed",
        table is not None and table.rows == "derived", str(fact.note or ""), fact.source,
    )  # fmt: skip


def _amount(concept: Concept, value: Any, unit: str) -> float:
    """Return a number in the base unit of its dimension, so that amounts in kg and in t compare."""
    if not is_numeric(concept):
        return 0.0
    return float(value) * units.factors().get(unit.removeprefix("utr:"), ("", 1.0))[1]


def _key(item: _Item) -> tuple[str, tuple[tuple[str, str], ...], str]:
    return item.concept.name, item.dimensions, item.period


def _merged(items: Iterable[_Item]) -> list[_Item]:
    """Return the items with those of one enumeration set as one, its members in order of their expanded names."""
    found: dict[object, _Item] = {}
    for number, item in enumerate(items):
        is_set = item.concept.data_type == "enumerationSetItemType"
        key: object = _key(item) if is_set else number
        earlier = found.get(key)
        if earlier is not None:
            members = {*earlier.value.split(), *item.value.split()}
            note = "\n".join(dict.fromkeys(n for n in (earlier.note, item.note) if n))
            item = replace(earlier, value=" ".join(sorted(members, key=expanded_name)), note=note)
        found[key] = item
    return list(found.values())


def expanded_name(qname: str) -> str:
    """Return a QName as namespace and local name, the form by which enumeration sets are ordered."""
    prefix, _, local = qname.partition(":")
    return f"{namespaces()[prefix]}#{local}"


def _without_repeats(items: list[_Item]) -> list[_Item]:
    """Return the items in the taxonomy's order, each statement once.

    Where a derived table totals several rows of a concept (pollutants by site and estimate), the total is the fact,
    unless the only reported row says the same already.
    """
    groups: dict[object, list[_Item]] = {}
    for item in items:
        groups.setdefault(_key(item), []).append(item)
    order = {name: number for number, name in enumerate(load_edition().concepts)}
    found: list[_Item] = []
    for group in groups.values():
        totals = [i for i in group if i.total]
        rows = [i for i in group if not i.total]
        if totals and not (len(rows) == 1 and abs(rows[0].amount - totals[0].amount) <= 1e-9 * abs(totals[0].amount)):
            rows = totals
        found += {(i.value, i.unit): i for i in reversed(rows)}.values()
    return sorted(found, key=lambda i: (order[i.concept.name], i.dimensions, i.period, i.source))


def _contradictions(items: list[_Item]) -> tuple[str, ...]:
    times = Counter(_key(item) for item in items)
    return tuple(dict.fromkeys(name for (name, _, _), number in times.items() if number > 1))


def _written(items: list[_Item], entity: str, language: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    notes: dict[str, Any] = {}
    for item in items:
        key = _identifier(item, facts)
        facts[key] = _fact(item, entity, language.lower())
        if item.note:
            note = f"{key}-note"
            dimensions = {"concept": "xbrl:note", "noteId": note, "language": language.lower()}
            notes[note] = {"value": escape(item.note, quote=False), "dimensions": dimensions}
            facts[key]["links"] = {"footnote": {"_": [note]}}
    return {**facts, **notes}


def _identifier(item: _Item, taken: Mapping[str, Any]) -> str:
    """Return an id that stays the same wherever the fact stands in the workbook and whatever its value is."""
    said = "|".join([item.concept.name, *(f"{axis}={member}" for axis, member in item.dimensions), item.period])
    found = f"f-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    number = 2
    while found in taken:
        found = f"{found[:18]}-{number}"
        number += 1
    return found


def _fact(item: _Item, entity: str, language: str) -> dict[str, Any]:
    dimensions = {"concept": f"vsme:{item.concept.name}", "entity": entity, "period": item.period}
    if is_text(item.concept):
        dimensions["language"] = language
    if item.unit:
        dimensions["unit"] = item.unit
    for axis, member in item.dimensions:
        dimensions[f"vsme:{axis}"] = str(dimension_value(item.concept, axis, member))
    fact: dict[str, Any] = {"value": item.value, "dimensions": dimensions}
    if item.computed and is_numeric(item.concept) and "." in item.value:
        fact["decimals"] = _decimals(item.value)
    return fact


def _decimals(value: str) -> int:
    """Return to how many places a computed fraction is exact: 15 significant digits, as a spreadsheet counts."""
    from decimal import Decimal

    return 14 - Decimal(value).adjusted()


def _used_namespaces(written: Mapping[str, Any], scheme: str) -> dict[str, str]:
    texts = [scheme.lower() + ":"]
    for fact in written.values():
        texts += [*fact["dimensions"], *fact["dimensions"].values(), *fact["value"].split()]
        texts += fact["dimensions"].get("unit", "").split("/")
    known = {**namespaces(), scheme.lower(): entity_schemes()[scheme]}
    used = {text.partition(":")[0] for text in texts if ":" in text}
    return {prefix: uri for prefix, uri in known.items() if prefix in used}
