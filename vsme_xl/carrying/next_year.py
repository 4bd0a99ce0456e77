"""Begin the next year's report from last year's: what stays is taken over, figures become those of the year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from vsme_xl.carries_over import carries_over
from vsme_xl.carrying.left import has_cell, has_previous, left_behind, without_cell
from vsme_xl.carrying.rows import Fact, close_up, frame, records, row_of, with_practices, with_units
from vsme_xl.carrying.source import Source
from vsme_xl.display import Shown
from vsme_xl.edition import load_edition
from vsme_xl.findings import Finding
from vsme_xl.input.layout import Placement, placement


@dataclass(frozen=True)
class Carried:
    """Answers for a new workbook (columns FACT_COLUMNS), which of them are taken over, and what was left behind.

    `marked` are the datapoint and row (-1 for a single cell) of each cell that is marked as carried over; `notes` are
    rows for the sheet of notes.
    """

    answers: pd.DataFrame
    marked: frozenset[tuple[str, int]]
    left: pd.DataFrame
    notes: tuple[tuple[str, ...], ...] = ()

    def without(self, names: Collection[str]) -> Carried:
        """Return the same without some single datapoints, which the new workbook states otherwise."""
        answers = self.answers[~self.answers["name"].isin(names)].reset_index(drop=True)
        return replace(self, answers=answers, marked=frozenset(cell for cell in self.marked if cell[0] not in names))


def next_year(
    sources: Sequence[Source],
    module: str,
    language: str,
    currency: str | None = None,
    period: tuple[str | None, str | None] = (None, None),
) -> Carried:
    """Return what a workbook of a module for the next year takes from last year's workbooks.

    The first source is last year's report; later ones fill what it lacks, and give figures only where they are of the
    same period. The period moves on by one year where `period` does not state its dates; amounts of money stay behind
    where the new workbook is in another `currency`. What is withheld as classified or sensitive gives no figure of the
    year before. `left` holds findings (columns FINDING_COLUMNS), in `language`.
    """
    place = placement(module)
    kept, homes = _stays(sources)
    stays = [fact for fact in kept if has_cell(str(fact["name"]), place)]
    before, other = _figures(sources, homes, place, currency)
    usual = next_period(sources[0].answer("ReportingPeriodStart"), sources[0].answer("ReportingPeriodEnd"))
    dates = [asked or text for asked, text in zip(period, usual, strict=True)]
    moved = [_date(name, text) for name, text in zip(("Start", "End"), dates, strict=True) if text]
    facts = close_up(with_units(with_practices([*stays, *moved, *before])))
    marked = frozenset((str(f["name"]), row_of(f)) for f in facts if f["period"] == "current")
    lost = [without_cell(fact) for fact in kept if not has_cell(str(fact["name"]), place)]
    return Carried(frame(facts), marked, left_behind(sources, [*lost, *other], language))


def next_period(start: str, end: str) -> tuple[str, str]:
    """Return the twelve months after a period, as ISO dates; blank where the period is not stated."""
    if end:
        first = dt.date.fromisoformat(end) + dt.timedelta(days=1)
    elif start:
        first = _a_year_on(dt.date.fromisoformat(start))
    else:
        return "", ""
    return first.isoformat(), (_a_year_on(first) - dt.timedelta(days=1)).isoformat()


def _a_year_on(day: dt.date) -> dt.date:
    leap = (day.month, day.day) == (2, 29)
    return dt.date(day.year + 1, 3, 1) if leap else day.replace(year=day.year + 1)


def _date(name: str, text: str) -> Fact:
    full = f"ReportingPeriod{name}"
    return {
        "name": full, "concept": full, "dimensions": (), "table": "", "row": -1, "kind": "date", "value": text,
        "unit": "", "period": "current", "source": "", "note": "", "found": "",
    }  # fmt: skip


def _stays(sources: Sequence[Source]) -> tuple[list[Fact], dict[str, int]]:
    """Return the facts that stay, and for each open table the number of the source that its rows come from."""
    stays, tables = carries_over().stays, load_edition().tables
    homes: dict[str, int] = {}
    given: dict[tuple[str, int], Fact] = {}
    for number, source in enumerate(sources):
        for fact in records(source.answers):
            name, table = str(fact["name"]), str(fact["table"])
            if fact["period"] != "current" or name not in stays:
                continue
            is_open = bool(table) and tables[table].rows == "open"
            if is_open and homes.setdefault(table, number) != number:
                continue
            given.setdefault((name, row_of(fact)), {**fact, "note": ""})
    return list(given.values()), homes


def _figures(
    sources: Sequence[Source], homes: dict[str, int], place: Placement, currency: str | None
) -> tuple[list[Fact], list[Finding]]:
    """Return last year's figures as facts of the year before, and what is said of those that stay behind."""
    edition = load_edition()
    given: dict[tuple[str, int], Fact] = {}
    left = []
    for number, source in enumerate(sources):
        if not _same_period(source, sources[0]):
            shown = {"file": source.info.file, "date": Shown(source.info.period_end, "date")}
            left.append(Finding(source.info.file, "not_carried_period", shown=shown))
            continue
        foreign = currency is not None and source.info.currency not in ("", currency)
        amounts = 0
        for fact in _current(source.shown):
            name, table = str(fact["name"]), str(fact["table"])
            if not has_previous(name, place):
                continue
            if table and edition.tables[table].rows == "open" and homes.setdefault(table, number) != number:
                continue
            if foreign and edition.datapoints[name].unit == "currency":
                amounts += 1
                continue
            given.setdefault((name, row_of(fact)), {**fact, "period": "previous", "note": ""})
        if amounts:
            shown = {"number": amounts, "text": source.info.currency, "currency": str(currency)}
            left.append(Finding(source.info.file, "not_carried_currency", shown=shown))
    return list(given.values()), left


def _current(facts: pd.DataFrame) -> Iterator[Fact]:
    return iter(records(facts[facts["period"] == "current"]))


def _same_period(source: Source, first: Source) -> bool:
    end, wanted = source.info.period_end, first.info.period_end
    return source is first or not end or not wanted or end == wanted
