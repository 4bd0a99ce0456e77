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


def without_cell(fact: Fact) -> Finding:
    """Return the finding on an answer for which the new workbook has no cell: it belongs to the other module."""
    d = load_edition().datapoints[str(fact["name"])]
    text = Shown(fact["value"], d.kind, d.codelist, str(fact["unit"]))
    return Finding(str(fact["workbook"]), "not_carried_module", d.name, str(fact["source"]), {"text": text})
