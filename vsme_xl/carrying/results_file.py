"""Read a results workbook of ours back: each row of its sheet Data carries its fact in the hidden first column."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from vsme_xl.edition import load_edition
from vsme_xl.reading.read_workbook import WorkbookInfo
from vsme_xl.reading.recognising import results_sheet
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.workbook_file import SheetGrid, WorkbookFile
from vsme_xl.results.embedded import VALUE
from vsme_xl.store import FACT_COLUMNS

TEXTS = frozenset({"text", "textblock", "date", "enumeration", "enumeration_set"})
BASES = frozenset({"reported", "computed"})
MOST_ROWS = 100_000


def facts_of_results(file: WorkbookFile) -> tuple[pd.DataFrame, WorkbookInfo] | None:
    """Return the facts (columns FACT_COLUMNS, reported and computed) of a results workbook, None where it is none.

    UnreadableWorkbook where what it keeps for programs is not as it was written.
    """
    name = results_sheet(file)
    if not name:
        return None
    grid = file.sheet(name)
    try:
        rows = [fact for row in range(1, grid.n_rows) for fact in _facts(grid, row, file.path.name)]
        head = {key: _text(said) for key, said in json.loads(str(grid.value(0, 0))).items()}
        facts = pd.DataFrame(rows, columns=list(FACT_COLUMNS)).astype({"value": object, "row": int})
        return facts, _info(file, head, facts)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnreadableWorkbook("results_damaged", {"file": file.path.name, "sheet": name}) from error


def _facts(grid: SheetGrid, row: int, workbook: str) -> Iterator[tuple[object, ...]]:
    said = grid.value(row, 0)
    if not isinstance(said, str) or not said.startswith("{"):
        return
    fact: dict[str, Any] = json.loads(said)
    d = load_edition().datapoints.get(_text(fact["name"]))
    if d is None:
        return
    dimensions = tuple((_text(axis), _text(member)) for axis, member in fact["dimensions"])
    line, basis = fact["row"], _text(fact["basis"])
    source = f"{grid.name}!{grid.address(row, VALUE)}"
    now = grid.value(row, VALUE) if fact.get("long") else fact.get("value")
    known = basis in BASES or (now is None and not basis)  # only the figure of the year before is there
    if type(line) is not int or not -1 <= line < MOST_ROWS or not known:
        raise ValueError(said)
    figures = (("current", now, fact["unit"]), ("previous", fact.get("previous"), fact.get("previous_unit", "")))
    for period, value, unit in figures:
        if value is not None:
            yield (
                workbook, d.name, _text(fact["concept"]), dimensions, d.table or "", line, d.kind,
                _of_kind(value, d.kind), _text(unit), period, basis if period == "current" else "reported", source,
                _text(fact.get("note", "")), "",
            )  # fmt: skip


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise TypeError(said)
    return said


def _of_kind(value: object, kind: str) -> object:
    """Return a value that is one of its kind; TypeError or ValueError where it is none."""
    if kind == "boolean":
        wanted: type | tuple[type, ...] = bool
    else:
        wanted = str if kind in TEXTS else (int, float)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        raise TypeError(value)
    if isinstance(value, int | float) and not math.isfinite(value):
        raise ValueError(value)
    return value


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
