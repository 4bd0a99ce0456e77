"""Read a results workbook of ours back: each row of its sheet Data carries its fact in the hidden first column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from vsme_xl.edition import load_edition
from vsme_xl.reading.read_workbook import WorkbookInfo
from vsme_xl.reading.recognising import results_sheet
from vsme_xl.reading.workbook_file import SheetGrid, WorkbookFile
from vsme_xl.results.embedded import VALUE
from vsme_xl.store import FACT_COLUMNS


def facts_of_results(file: WorkbookFile) -> tuple[pd.DataFrame, WorkbookInfo] | None:
    """Return the facts (columns FACT_COLUMNS, reported and computed) of a results workbook, None where it is none."""
    name = results_sheet(file)
    if not name:
        return None
    grid = file.sheet(name)
    rows = [fact for row in range(1, grid.n_rows) for fact in _facts(grid, row, file.path.name)]
    facts = pd.DataFrame(rows, columns=list(FACT_COLUMNS)).astype({"value": object, "row": int})
    return facts, _info(file, json.loads(str(grid.value(0, 0))), facts)


def _facts(grid: SheetGrid, row: int, workbook: str) -> Iterator[tuple[object, ...]]:
    said = grid.value(row, 0)
    if not isinstance(said, str) or not said.startswith("{"):
        return
    fact: dict[str, Any] = json.loads(said)
    d = load_edition().datapoints.get(str(fact["name"]))
    if d is None:
        return
    dimensions = tuple((str(axis), str(member)) for axis, member in fact["dimensions"])
    source = f"{grid.name}!{grid.address(row, VALUE)}"
    now = grid.value(row, VALUE) if fact.get("long") else fact.get("value")
    figures = (("current", now, fact["unit"]), ("previous", fact.get("previous"), fact.get("previous_unit", "")))
    for period, value, unit in figures:
        if value is not None:
            basis = fact["basis"] if period == "current" else "reported"
            yield (
                workbook, d.name, fact["concept"], dimensions, d.table or "", int(fact["row"]), d.kind, value, unit,
                period, basis, source, fact.get("note", ""), "",
            )  # fmt: skip


def _info(file: WorkbookFile, head: dict[str, str], facts: pd.DataFrame) -> WorkbookInfo:
    mine = facts[(facts["period"] == "current") & (facts["table"] == "")]
    values = dict(zip(mine["name"], mine["value"], strict=True))

    def text(name: str) -> str:
        return str(values.get(name) or "")

    return WorkbookInfo(
        file=file.path.name, template=head["template"], version=head["version"], language=head["language"],
        entity=text("EntityName"), period_start=text("ReportingPeriodStart"), period_end=text("ReportingPeriodEnd"),
        currency=text("Currency"), sha256=file.sha256,
    )  # fmt: skip
