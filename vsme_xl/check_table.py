"""Print what a check found on a terminal: the counts, how complete each disclosure is, and what to mend first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from vsme_xl.cell_text import harmless, one_line
from vsme_xl.checked import title_of, why
from vsme_xl.disclosures import Disclosure, Gap, gap_cells
from vsme_xl.finding_cells import line_of
from vsme_xl.findings import SEVERITIES
from vsme_xl.language import Language, load_language

if TYPE_CHECKING:
    from vsme_xl.reading.read_workbook import Reading

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
STATUS_STYLES = {"complete": "green", "incomplete": "yellow"}
SHOWN_CELLS = 3
# What a person takes in at once; `every` shows the rest.
SHOWN_GAPS, SHOWN_KINDS, SHOWN_ERRORS, SHOWN_OTHERS = 3, 12, 20, 5
Group = tuple[Any, ...]


def print_check(
    findings: pd.DataFrame,
    report: Sequence[Disclosure],
    reading: Reading,
    language: str,
    every: bool = False,
) -> None:
    """Print counts, completeness and findings of a workbook, the severe ones first; readable at 80 columns.

    Findings of one kind are one entry, and only the weightiest kinds and the first gaps are shown, but for `every`.
    """
    from rich.console import Console
    from rich.text import Text

    texts = load_language(language)
    console = Console()
    name = reading.workbook.entity or reading.workbook.file
    console.print(Text(_headline(findings, report, texts, name), style="bold"))
    console.print(_completeness(report, reading.places, texts, every))
    if not len(findings):
        console.print(texts.text("command.no_findings"))
        return
    groups = _groups(_in_order(findings, reading.sheets), alone=every)
    shown = groups if every else _first(groups)
    console.print(_table(shown, texts))
    left = [f for group in groups[len(shown) :] for f in group]
    if left or any(len(group) > 1 for group in shown):
        counts = _counts(left)
        path = "command.not_shown" if left else "command.shown_by_kind"
        console.print(texts.text(path, **counts))


def print_left_behind(findings: pd.DataFrame, language: str) -> None:
    """Print what a new workbook did not take from an old one; nothing where it took all."""
    from rich.console import Console

    if len(findings):
        groups = _groups(sorted(findings.itertuples(index=False), key=_weight), alone=True)
        Console().print(_table(groups, load_language(language), "command.left_behind"))


def _headline(findings: pd.DataFrame, report: Sequence[Disclosure], texts: Language, name: str) -> str:
    gaps = sum(len(line.gaps) for line in report)
    disclosures = sum(1 for line in report if line.mark and line.gaps)
    counts = _counts(findings.itertuples(index=False))
    whole = sum(1 for line in report if line.mark)
    return texts.text(
        "command.check_summary", name=one_line(name), missing=gaps, disclosures=disclosures, whole=whole, **counts
    )


def _counts(findings: Iterable[Any]) -> dict[str, int]:
    found = [str(f.severity) for f in findings]
    return {"errors": found.count("error"), "warnings": found.count("warning"), "notes": found.count("info")}


def _in_order(findings: pd.DataFrame, sheets: Sequence[str]) -> list[Any]:
    """Return the findings by severity; among equals what has no cell, then down the sheets as the workbook has them."""

    def place(f: Any) -> tuple[int, int, int]:
        sheet, _, line = line_of(str(f.cell)).rpartition("!")
        known = sheets.index(sheet) if sheet in sheets else len(sheets)
        return _weight(f), known if f.cell else -1, int(line) if line.isdigit() else 0

    return sorted(findings.itertuples(index=False), key=place)


def _weight(finding: Any) -> int:
    return SEVERITIES.index(str(finding.severity))


def _groups(findings: Iterable[Any], alone: bool) -> list[Group]:
    """Return the findings of one kind together, each kind where its first one stands; `alone` leaves each by itself."""
    found: dict[tuple[object, ...], list[Any]] = {}
    for number, f in enumerate(findings):
        found.setdefault((number,) if alone else (f.severity, f.code), []).append(f)
    return [tuple(group) for group in found.values()]


def _first(groups: Sequence[Group]) -> Sequence[Group]:
    errors = sum(1 for group in groups if group[0].severity == "error")
    return groups[: min(max(errors, SHOWN_KINDS), SHOWN_ERRORS)]


def _completeness(report: Sequence[Disclosure], places: Mapping[str, str], texts: Language, every: bool) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text("command.completeness"), expand=True)
    for column, ratio in (("disclosure", 7), ("status", 4), ("missing", 10)):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold", ratio=ratio)
    for marks, line in _lines(report, texts, every):
        status = Text(texts.text(f"status.{line.status}"), style=STATUS_STYLES.get(line.status, ""))
        shown = line.gaps if every or len(line.gaps) <= SHOWN_GAPS + 1 else line.gaps[:SHOWN_GAPS]
        missing = Text("; ").join(_gap(gap, places, texts) for gap in shown)
        if len(shown) < len(line.gaps):
            missing.append("; " + texts.text("command.more", number=len(line.gaps) - len(shown)))
        title = ", ".join(marks) if len(marks) > 1 else f"{line.mark} {title_of(line, texts)}".strip()
        table.add_row(Text(title), status, missing if line.gaps else Text(harmless(why(line, texts)), style="dim"))
    return table


def _lines(report: Iterable[Disclosure], texts: Language, every: bool) -> Iterator[tuple[list[str], Disclosure]]:
    """Yield the lines of the table with their marks: neighbours that do not apply for one reason are one line."""

    def reason(line: Disclosure) -> str:
        return line.mark if every or line.status != "not_applicable" else f"{line.status} {why(line, texts)}"

    for _, together in groupby((line for line in report if line.mark or line.gaps), key=reason):
        lines = list(together)
        yield [line.mark for line in lines], lines[0]


def _gap(gap: Gap, places: Mapping[str, str], texts: Language) -> Any:
    """Return the label of what is missing, with the cells to fill in."""
    from rich.text import Text

    cells = gap_cells(*gap, places)
    label = Text(texts.label(gap[0]))
    if cells:
        more = " …" if len(cells) > SHOWN_CELLS else ""
        label.append(f" ({', '.join(map(one_line, cells[:SHOWN_CELLS]))}{more})", style="dim")
    return label


def _table(groups: Iterable[Group], texts: Language, title: str = "command.findings") -> Any:
    """Return the findings, each cell below its severity and each mend below its message."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=texts.text(title), show_lines=True, expand=True)
    table.add_column(texts.text("command.column_cell"), overflow="fold", ratio=3)
    table.add_column(texts.text("command.column_message"), overflow="fold", ratio=9)
    for f, *others in groups:
        where = Text(texts.text(f"severity.{f.severity}"), style=STYLES[str(f.severity)])
        where.append(f"\n{one_line(f.cell)}" if f.cell else "", style="default")
        what = Text(harmless(str(f.message))).append(f"\n{harmless(str(f.fix))}", style="dim")
        what.append(f" [{f.code}]", style="dim italic")
        if others:
            what.append("\n" + texts.text("command.also", number=len(others), cells=_cells(others, texts)))
        table.add_row(where, what)
    return table


def _cells(findings: Sequence[Any], texts: Language) -> str:
    """Return the cells of findings, or the datapoints of those that have none; only the first of many."""
    labels = texts.texts["datapoints"]
    named = (f.cell or (texts.label(f.name) if f.name in labels else f.name) for f in findings)
    found = list(dict.fromkeys(one_line(str(text)) for text in named if text))
    return ", ".join(found[:SHOWN_OTHERS]) + (" …" if len(found) > SHOWN_OTHERS else "")
