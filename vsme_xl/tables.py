"""Print facts and findings: readable tables on a terminal, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from vsme_xl.csv_text import plain_text
from vsme_xl.display import Shown, said
from vsme_xl.edition import load_edition
from vsme_xl.language import Language, load_language

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def print_json(data: Any) -> None:
    """Print data as JSON, UTF-8, indented by two spaces."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as comma-separated values with a heading; no text in it is taken for a formula."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain_text(v) if isinstance(v, str) else v for v in row] for row in rows)


def print_findings(findings: pd.DataFrame, status: pd.DataFrame, language: str) -> None:
    """Print findings by severity, then what each disclosure still lacks."""
    from rich.console import Console

    texts = load_language(language)
    console = Console()
    table = _findings_table(findings, "command.findings", texts)
    console.print(table if len(findings) else texts.text("command.no_findings"))
    console.print(_missing_table(status, texts))


def print_left_behind(findings: pd.DataFrame, language: str) -> None:
    """Print what a new workbook did not take from an old one; nothing where it took all."""
    from rich.console import Console

    if len(findings):
        Console().print(_findings_table(findings, "command.left_behind", load_language(language)))


def _findings_table(findings: pd.DataFrame, title: str, texts: Language) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text(title), show_lines=True)
    for column in ("severity", "cell", "message", "fix"):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold")
    order = {"error": 0, "warning": 1, "info": 2}
    for f in findings.sort_values("severity", key=lambda s: s.map(order), kind="stable").itertuples():
        severity = Text(texts.text(f"severity.{f.severity}"), style=STYLES[str(f.severity)])
        table.add_row(severity, Text(str(f.cell)), Text(str(f.message)), Text(str(f.fix)))
    return table


def _missing_table(status: pd.DataFrame, texts: Language) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text("command.completeness"))
    for column in ("disclosure", "status", "missing"):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold")
    sections = load_edition().sections
    for row in status[status["name"] == ""].itertuples():
        section = sections[str(row.section)]
        mine = status[(status["section"] == row.section) & (status["status"] == "missing") & (status["name"] != "")]
        if not section.disclosure or (row.status == "complete" and not len(mine)):
            continue
        labels = "; ".join(texts.label(n) for n in mine["name"])
        title = f"{section.disclosure} {texts.section(section.name)}"
        table.add_row(Text(title), Text(texts.text(f"status.{row.status}")), Text(labels))
    return table


def print_facts(facts: pd.DataFrame, language: str) -> None:
    """Print every fact of the current period with label, value, unit, basis and source."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    texts = load_language(language)
    table = Table()
    for column in ("concept", "dimensions", "value", "unit", "basis", "source"):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold")
    current: Any = facts[facts["period"] == "current"]
    for f in current.itertuples():
        where = ", ".join(_member(axis, member, language) for axis, member in f.dimensions if axis in _keys())
        basis = texts.text(f"basis.{f.basis}")
        cells = (texts.label(f.name), where, _shown(f, language), f.unit, basis, f.source)
        table.add_row(*(Text(c) for c in cells))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@cache
def _keys() -> Mapping[str, str]:
    """Return the axes of tables, whose members tell rows apart, and the code list of each; other axes have labels."""
    edition = load_edition()
    axes = (table.axis for table in edition.tables.values() if table.axis)
    return {a.replace("SitesInBiodiversitySensitiveAreas", "Site"): edition.datapoints[a].codelist or "" for a in axes}


def _member(axis: str, member: str, language: str) -> str:
    return said(Shown(member, codelist=_keys()[axis]), language)


def _shown(fact: Any, language: str) -> str:
    datapoint = load_edition().datapoints[fact.name]
    kind = "boolean" if isinstance(fact.value, bool) else datapoint.kind
    return said(Shown(fact.value, kind, datapoint.codelist or ""), language)
