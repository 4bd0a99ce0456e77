"""Bring facts into the form in which a new workbook takes them: one table row after the other, every unit said."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from vsme_xl.codelists import codes
from vsme_xl.edition import load_edition
from vsme_xl.store import FACT_COLUMNS

WORKBOOK = "new"
ISSUES, IN_PLACE = "SustainabilityIssueAddressedByPracticePolicyAndOrFutureInitiative", "Practice_Exists"
UNIT_OF_KIND = "enumeration"
Fact = dict[str, object]


def frame(facts: Iterable[Fact]) -> pd.DataFrame:
    """Return facts (mappings of FACT_COLUMNS) as a frame, as those of one workbook that is not yet written."""
    columns = list(FACT_COLUMNS)
    found = pd.DataFrame([{**fact, "workbook": WORKBOOK, "basis": "reported"} for fact in facts], columns=columns)
    return found.astype({"value": object, "row": int})


def records(facts: pd.DataFrame) -> list[Fact]:
    """Return a frame of facts as mappings of FACT_COLUMNS."""
    columns = {c: facts[c].tolist() for c in FACT_COLUMNS}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def close_up(facts: list[Fact]) -> list[Fact]:
    """Return the facts with the rows of open tables numbered without gaps, in their order."""
    tables = load_edition().tables
    rows: dict[str, set[int]] = {}
    for fact in facts:
        if fact["table"] and tables[str(fact["table"])].rows == "open":
            rows.setdefault(str(fact["table"]), set()).add(row_of(fact))
    now = {table: {row: number for number, row in enumerate(sorted(found))} for table, found in rows.items()}
    return [
        {**fact, "row": now[str(fact["table"])][row_of(fact)]} if fact["table"] in now else fact for fact in facts
    ]


def with_units(facts: list[Fact]) -> list[Fact]:
    """Return the facts and, where a unit cell says nothing, the unit of the first amount it is for."""
    edition = load_edition()
    said = {(str(f["name"]), row_of(f)) for f in facts if f["period"] == "current"}
    added = []
    for fact in facts:
        cell = edition.datapoints[str(fact["name"])].unit_cell
        if not cell or not fact["unit"]:
            continue
        table = edition.datapoints[cell].table or ""
        key = (cell, row_of(fact) if table else -1)
        if key not in said:
            said.add(key)
            place = {"name": cell, "concept": cell, "table": table, "row": key[1], "kind": UNIT_OF_KIND}
            added.append({**fact, **place, "value": fact["unit"], "unit": "", "period": "current", "note": ""})
    return [*facts, *added]


def with_practices(facts: list[Fact]) -> list[Fact]:
    """Return the facts with the issues that a list names as practices in place, where the table of practices is blank.

    Our own workbook asks for each issue in its row and makes the list of it.
    """
    listed = next((f for f in facts if f["name"] == ISSUES and f["period"] == "current"), None)
    if listed is None or any(fact["name"] == IN_PLACE for fact in facts):
        return facts
    issues = codes("sustainability_issue")
    place = {"name": IN_PLACE, "concept": IN_PLACE, "table": "practices", "kind": "boolean", "value": True, "note": ""}
    rows = [issues.index(code) for code in str(listed["value"]).split("; ") if code in issues]
    return [*(f for f in facts if f is not listed), *({**listed, **place, "row": row} for row in rows)]


def row_of(fact: Fact) -> int:
    """Return the number of a fact's table row; -1 for a single cell."""
    return int(str(fact["row"]))
