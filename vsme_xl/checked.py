"""Give out what a check found: how complete each disclosure is, then the findings; as a table, as JSON, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from vsme_xl.cell_text import harmless, one_line
from vsme_xl.completeness import mark_of
from vsme_xl.disclosures import Disclosure, Gap, gap_cells
from vsme_xl.edition import load_edition
from vsme_xl.findings import SEVERITIES
from vsme_xl.language import Language, load_language

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
STATUS_STYLES = {"complete": "green", "incomplete": "yellow"}
COLUMNS = ("record", "severity", "code", "disclosure", "name", "cell", "message", "fix")
SHOWN_CELLS = 3


def title_of(line: Disclosure, texts: Language) -> str:
    """Return the title of a disclosure; what belongs to none has a title of its own."""
    return texts.text(f"input.disclosures.{line.mark}") if line.mark else texts.text("command.general")


def why(line: Disclosure, texts: Language) -> str:
    """Return the answers that make a disclosure not applicable, each once; blanks decide nothing."""
    if line.status != "not_applicable":
        return ""
    answers = [part for _, answer in line.reasons for part in answer.split("; ")]
    blank = f": {texts.text('words.blank')}"
    return "; ".join(dict.fromkeys(a for a in answers if not a.endswith(blank)))


def json_completeness(
    report: Iterable[Disclosure], places: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    """Return how complete each disclosure is as JSON objects, with what is missing in which cells, or why it is not."""
    texts = load_language(language)
    return [
        {
            "disclosure": line.mark or None, "title": title_of(line, texts), "status": line.status,
            "answered": line.answered,
            "missing": [
                {"concept": name, "label": texts.label(name), "cells": list(gap_cells(name, rows, places))}
                for name, rows in line.gaps
            ],
            "reasons": [{"rule": rule, "answer": answer} for rule, answer in line.reasons],
        }
        for line in report
    ]  # fmt: skip


def check_rows(
    findings: pd.DataFrame, report: Iterable[Disclosure], places: Mapping[str, str], language: str
) -> Iterator[tuple[str, ...]]:
    """Yield rows of texts with the columns COLUMNS: a record "completeness" per disclosure, a "finding" each.

    The code of completeness is the status; its message names what is missing or why the disclosure does not apply.
    """
    texts, edition = load_language(language), load_edition()
    for line in report:
        missing = "; ".join(texts.label(name) for name, _ in line.gaps)
        cells = "; ".join(cell for gap in line.gaps for cell in gap_cells(*gap, places))
        yield "completeness", "", line.status, line.mark, "", cells, missing or why(line, texts), ""
    for f in findings.itertuples(index=False):
        d = edition.datapoints.get(str(f.name))
        mark = mark_of(edition.sections[d.section], d) if d else ""
        yield "finding", str(f.severity), str(f.code), mark, str(f.name), str(f.cell), str(f.message), str(f.fix)


def print_check(
    findings: pd.DataFrame, report: Sequence[Disclosure], places: Mapping[str, str], language: str
) -> None:
    """Print how complete each disclosure is, then the findings, the severe ones first; readable at 80 columns."""
    from rich.console import Console

    texts = load_language(language)
    console = Console()
    console.print(_completeness(report, places, texts))
    console.print(_findings(findings, texts) if len(findings) else texts.text("command.no_findings"))


def _completeness(report: Sequence[Disclosure], places: Mapping[str, str], texts: Language) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text("command.completeness"), expand=True)
    for column, ratio in (("disclosure", 7), ("status", 4), ("missing", 10)):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold", ratio=ratio)
    for line in report:
        if not line.mark and not line.gaps:
            continue
        status = Text(texts.text(f"status.{line.status}"), style=STATUS_STYLES.get(line.status, ""))
        missing = Text("; ").join(_gap(gap, places, texts) for gap in line.gaps)
        title = f"{line.mark} {title_of(line, texts)}".strip()
        table.add_row(Text(title), status, missing if line.gaps else Text(harmless(why(line, texts)), style="dim"))
    return table


def _gap(gap: Gap, places: Mapping[str, str], texts: Language) -> Any:
    """Return the label of what is missing, with the cells to fill in."""
    from rich.text import Text

    cells = gap_cells(*gap, places)
    label = Text(texts.label(gap[0]))
    if cells:
        more = " …" if len(cells) > SHOWN_CELLS else ""
        label.append(f" ({', '.join(map(one_line, cells[:SHOWN_CELLS]))}{more})", style="dim")
    return label


def print_left_behind(findings: pd.DataFrame, language: str) -> None:
    """Print what a new workbook did not take from an old one; nothing where it took all."""
    from rich.console import Console

    if len(findings):
        Console().print(_findings(findings, load_language(language), "command.left_behind"))


def _findings(findings: pd.DataFrame, texts: Language, title: str = "command.findings") -> Any:
    """Return the findings, each cell below its severity and each mend below its message."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text(title), show_lines=True, expand=True)
    table.add_column(texts.text("command.column_cell"), overflow="fold", ratio=3)
    table.add_column(texts.text("command.column_message"), overflow="fold", ratio=9)
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    for f in findings.sort_values("severity", key=lambda s: s.map(order), kind="stable").itertuples():
        where = Text(texts.text(f"severity.{f.severity}"), style=STYLES[str(f.severity)])
        where.append(f"\n{one_line(f.cell)}" if f.cell else "", style="default")
        what = Text(harmless(str(f.message))).append(f"\n{harmless(str(f.fix))}", style="dim")
        what.append(f" [{f.code}]", style="dim italic")
        table.add_row(where, what)
    return table
