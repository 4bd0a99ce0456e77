"""Give out facts for machines: as JSON in the documented form, and as flat rows for CSV and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from vsme_xl.codelists import codes as list_codes
from vsme_xl.edition import load_edition

JSON_KINDS = {
    "text": "text", "textblock": "text", "boolean": "boolean", "enumeration": "enumeration",
    "enumeration_set": "enumeration", "date": "date", "year": "number",
}  # fmt: skip
FLAT_COLUMNS = ("concept", "dimensions", "kind", "value", "unit", "period", "basis", "source")


def json_facts(facts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facts of one workbook's current period as JSON objects; lists of members become one fact.

    A fact has a `note` where the company wrote a footnote to it.
    """
    found: list[dict[str, Any]] = []
    sets: dict[str, dict[str, Any]] = {}
    for fact in _records(facts[facts["period"] == "current"]):
        value = _value(fact.value, fact.kind)
        if fact.kind in ("enumeration", "enumeration_set") and not isinstance(value, list):
            value = [value]
        item = {
            "concept": fact.concept, "dimensions": dimensions_of(fact), "kind": JSON_KINDS.get(fact.kind, "number"),
            "value": value, "unit": fact.unit or None, "basis": fact.basis, "source": fact.source or None,
        }  # fmt: skip
        if fact.note:
            item["note"] = fact.note
        if fact.kind == "enumeration_set" and fact.concept in sets:
            sets[fact.concept]["value"] += value
            continue
        if fact.kind == "enumeration_set":
            sets[fact.concept] = item
        found.append(item)
    return found


def _records(frame: pd.DataFrame) -> Iterator[Any]:
    yield from frame.itertuples(index=False)


def dimensions_of(fact: Any) -> dict[str, str]:
    """Return the axes and members of a fact; rows of helper tables are told apart by their key or their number."""
    if fact.dimensions or not fact.table or fact.kind == "enumeration_set":
        return dict(fact.dimensions)
    return row_dimensions(fact.table, fact.row)


def row_dimensions(name: str, row: int) -> dict[str, str]:
    """Return what tells a row of a table without an axis apart: its key where its rows are given, else its number."""
    table = load_edition().tables[name]
    codes = list_codes(table.codes) if table.codes else ()
    return {table.key: codes[row]} if row < len(codes) else {"row": str(row + 1)}


def _value(value: object, kind: str) -> object:
    if kind == "enumeration_set" and isinstance(value, str):
        return value.split("; ") if value else []
    if kind == "year" and isinstance(value, float):
        return int(value)
    return value


def json_findings(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return findings as JSON objects."""
    return [
        {
            "severity": f.severity, "code": f.code, "concept": f.name or None, "cell": f.cell or None,
            "message": f.message, "fix": f.fix,
        }
        for f in _records(findings)
    ]  # fmt: skip


def flat_rows(facts: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return facts as rows of texts with the columns FLAT_COLUMNS, for CSV."""
    return [
        (
            f.concept, "; ".join(f"{axis}={member}" for axis, member in dimensions_of(f).items()), f.kind,
            _plain(f.value), f.unit, f.period, f.basis, f.source,
        )
        for f in _records(facts)
    ]  # fmt: skip


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return str(value)
