"""Write the facts of one workbook as lines of the table of all facts (facts.csv, facts.parquet)."""

from __future__ import annotations

import csv
from io import StringIO
from math import isfinite
from typing import NamedTuple

from vsme_xl.batch.records import Outcome
from vsme_xl.computing import Computed
from vsme_xl.csv_text import plain_text
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.export import dimensions_of

COLUMNS = (
    "file", "entity", "period_start", "period_end", "template", "template_version", "datapoint", "concept",
    "disclosure", "paragraph", "dimensions", "table", "row", "kind", "value", "number", "unit", "period", "basis",
    "source",
)  # fmt: skip
ABOUT = ("entity", "period_start", "period_end", "template", "version")


class Fact(NamedTuple):
    """One row of the facts."""

    name: str
    concept: str
    dimensions: tuple[tuple[str, str], ...]
    table: str
    row: int
    kind: str
    value: object
    unit: str
    period: str
    basis: str
    source: str


def fact_lines(computed: Computed, outcome: Outcome, edition: str = "vsme-2025") -> bytes:
    """Return the facts of `computed`, of one workbook alone, as CSV lines (columns COLUMNS, UTF-8, no heading).

    `number` is the value of kinds that are numbers, as reported in `unit`; `value` the same or the text, code, date or
    true/false as text. `row` counts from 1 and is empty outside tables. A text that a spreadsheet would take for a
    formula begins with an apostrophe.
    """
    datapoints = load_edition(edition).datapoints
    about = [plain_text(outcome.name), *(plain_text(outcome.about.get(key, "")) for key in ABOUT)]
    head = StringIO()
    csv.writer(head, lineterminator="\n").writerow(about)
    begin = head.getvalue().removesuffix("\n") + ","
    columns = (computed.facts[column].tolist() for column in Fact._fields)
    lines = StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for fact in map(Fact._make, zip(*columns, strict=True)):
        lines.write(begin)  # the same in every line
        writer.writerow(_fields(fact, datapoints[fact.name]))
    return lines.getvalue().encode("utf-8", "replace")


def _fields(fact: Fact, datapoint: Datapoint) -> list[str]:
    value, number = _value(fact.value)
    dimensions = "; ".join([f"{axis}={member}" for axis, member in dimensions_of(fact).items()])
    return [
        fact.name, fact.concept, datapoint.disclosure, datapoint.paragraph, plain_text(dimensions), fact.table,
        str(fact.row + 1) if fact.table else "", fact.kind, value, number, plain_text(fact.unit), fact.period,
        fact.basis, plain_text(fact.source),
    ]  # fmt: skip


def _value(value: object) -> tuple[str, str]:
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, int | float):
        text = _number(float(value))
        return text, text
    return plain_text(str(value)), ""


def _number(value: float) -> str:
    if not isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
