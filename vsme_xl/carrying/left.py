"""Name what stays behind when answers move to another workbook, so that nothing is lost without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from vsme_xl.carrying.rows import Fact
from vsme_xl.carrying.source import Source
from vsme_xl.display import Shown
from vsme_xl.edition import load_edition
from vsme_xl.findings import Finding, findings_frame
from vsme_xl.input.layout import Placement


def left_behind(sources: Sequence[Source], found: Iterable[Finding], language: str) -> pd.DataFrame:
    """Return the findings (columns FINDING_COLUMNS) on cells that gave no fact, and what else was found."""
    mine = list(found)
    said = findings_frame(mine, {finding.workbook: language for finding in mine})
    frames = [frame for frame in (*(unread(source) for source in sources), said) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else said


def unread(source: Source) -> pd.DataFrame:
    """Return the findings of a workbook on what holds something and gave no fact."""
    read = set(source.answers["source"])
    found = source.findings
    return found[[bool(name) and cell not in read for name, cell in zip(found["name"], found["cell"], strict=True)]]


def has_cell(name: str, place: Placement) -> bool:
    """Return whether a workbook has a cell or a column for a datapoint."""
    table = load_edition().datapoints[name].table
    return name in place.scalars if table is None else table in place.tables and name in place.tables[table].columns


def has_previous(name: str, place: Placement) -> bool:
    """Return whether a workbook has a cell or a column for a datapoint's figure of the year before."""
    points = load_edition().datapoints
    table = points[name].table
    if table is None:
        return name in place.scalars and place.scalars[name].previous
    columns = place.tables[table].previous if table in place.tables else {}
    return name in columns or any(points[column].twin == name for column in columns)


def without_cell(fact: Fact) -> Finding:
    """Return the finding on an answer that has no cell: of the other module, or of the year before."""
    code = "not_carried_module" if fact["period"] == "current" else "not_carried_previous"
    return Finding(str(fact["workbook"]), code, str(fact["name"]), str(fact["source"]), {"text": shown_fact(fact)})


def shown_fact(fact: Fact) -> Shown:
    """Return what a fact says, for a message."""
    d = load_edition().datapoints[str(fact["name"])]
    kind = "boolean" if isinstance(fact["value"], bool) else d.kind
    return Shown(fact["value"], kind, d.codelist, str(fact["unit"]))
