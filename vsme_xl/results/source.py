"""Gather what one workbook's results are written from: its facts by datapoint, its statuses, its texts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from vsme_xl.cell_text import clean
from vsme_xl.codelists import codelist
from vsme_xl.computing import Computed
from vsme_xl.disclosures import Status, statuses_of
from vsme_xl.display import paragraph
from vsme_xl.edition import Datapoint, Edition
from vsme_xl.frames import rows_of_workbook
from vsme_xl.language import Language
from vsme_xl.rules.evaluate import Values

WASTE_MEMBER = re.compile(r"W-(\d\d)(\d\d)(\d\d)-?(Non-Hazardous|Hazardous)?")
CLOSED = frozenset({"not_applicable", "omitted", "unchanged"})
Cell = float | str | None


class Entry(NamedTuple):
    """One fact of the workbook with its previous-year value: reported or computed, of one cell or one table row."""

    name: str
    concept: str
    dimensions: tuple[tuple[str, str], ...]
    table: str
    row: int
    value: object
    unit: str
    basis: str
    source: str
    note: str
    previous: object = None
    previous_unit: str = ""


@dataclass(frozen=True)
class Source:
    """All that one workbook's results need: `number` is its place in the computed arrays.

    `statuses` gives section, datapoint, status, rule and answer of all that applies or not, `status` the status alone;
    `placed` keeps the rows of the tables that were asked for.
    """

    computed: Computed
    values: Values
    number: int
    edition: Edition
    language: Language
    structure: str
    meta: Mapping[str, str]
    entries: Mapping[tuple[str, int], Entry]
    statuses: tuple[Status, ...]
    status: Mapping[tuple[str, str], str]
    placed: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def text(self, path: str, **values: object) -> str:
        """Return a text of the results' part of the language file."""
        return self.language.text(f"results.{path}", **values)

    def paragraph(self, datapoint: Datapoint) -> str:
        """Return where a datapoint stands in the standard."""
        return paragraph(datapoint.paragraph, self.language.code)

    def withheld(self, name: str) -> bool:
        """Return whether a datapoint's disclosure is omitted, so that its rule stands nowhere."""
        sections = self.computed.omitted.get(self.computed.workbooks[self.number], frozenset())
        return self.edition.datapoints[name].section in sections

    def places(self, table: str) -> tuple[int, ...]:
        """Return where the rows of a table stand in the computed arrays; shared tables give all rows."""
        found = self.placed.get(table)
        if found is None:
            groups, shared = self.values.groups[table], table in self.values.shared
            first, end = (0, len(groups)) if shared else np.searchsorted(groups, (self.number, self.number + 1))
            found = self.placed[table] = tuple(range(int(first), int(end)))
        return found

    @cached_property
    def findings(self) -> list[tuple[str, ...]]:
        """Severity, code, datapoint, cell, message and fix of each finding; what a finding does not have is empty."""
        columns = ("severity", "code", "name", "cell", "message", "fix")
        rows = rows_of_workbook(self.computed.findings, self.computed.workbooks[self.number], *columns)
        return [tuple(str(text or "") for text in row) for row in rows]

    @cached_property
    def typed(self) -> Mapping[str, Mapping[tuple[str, int], Entry]]:
        """The reported entries of each table."""
        found: dict[str, dict[tuple[str, int], Entry]] = {}
        for key, entry in self.entries.items():
            if entry.table and entry.basis == "reported":
                found.setdefault(entry.table, {})[key] = entry
        return found

    def effective(self, name: str, place: int | None = None) -> Cell:
        """Return the value that rules see as a cell shows it: base units, labels for codes, serials for dates."""
        array = self.values.array(name)
        return self.cell(self.edition.datapoints[name], array[self.number if place is None else place])

    def ruled(self, name: str) -> Cell:
        """Return what the rule of a single datapoint gives, whether or not a value was reported."""
        return self.cell(self.edition.datapoints[name], self.computed.computed[name][self.number])

    def cell(self, datapoint: Datapoint, value: object) -> Cell:
        """Return a value of the arrays as a cell shows it; None where it is blank."""
        if value is None:
            return None
        if datapoint.symbol_kind == "text":
            return clean(coded(datapoint, str(value), self.language.code))
        number = float(value)  # type: ignore[arg-type]
        if number != number or number in (float("inf"), float("-inf")):
            return None
        if datapoint.symbol_kind == "bool":
            return yes_no(number == 1, self.language.code)
        return number

    def reported(self, name: str, place: int | None = None) -> bool:
        """Return whether the effective value of a datapoint was typed by the company."""
        typed = self.values.reported
        array = typed[name] if name in typed else self.values.array(name)
        if name in self.computed.computed and name not in typed:
            return False
        value = array[self.number if place is None else place]
        return value is not None and value == value

    def shown(self, datapoint: Datapoint, value: object) -> Cell:
        """Return a fact's value as a cell shows it: labels for codes and yes/no, dates as serials, else as reported."""
        if value is None:
            return None
        if isinstance(value, bool):
            return yes_no(value, self.language.code)
        if datapoint.symbol_kind == "text":
            return clean(coded(datapoint, str(value), self.language.code))
        if isinstance(value, int | float):
            return float(value) if isfinite(value) else None
        if datapoint.kind == "date":
            return date_serial(str(value))
        return clean(str(value))


def date_serial(text: str) -> Cell:
    """Return an ISO date as a spreadsheet's serial number; the text itself where it is none."""
    try:
        return float((dt.date.fromisoformat(text) - dt.date(1899, 12, 30)).days)
    except ValueError:
        return clean(text)


def yes_no(value: bool, language: str) -> str:
    """Return the word for a yes or no."""
    return codelist("yes_no", language).labels["true" if value else "false"]


def coded(datapoint: Datapoint, value: str, language: str) -> str:
    """Return a text with codes replaced by labels; several codes stand behind each other, parted by semicolons."""
    if not datapoint.codelist:
        return value
    labels = codelist(datapoint.codelist, language).labels
    if value in labels:
        return labels[value]
    if datapoint.kind == "enumeration_set" and ";" in value:
        return "; ".join(labels.get(part.strip(), part.strip()) for part in value.split(";"))
    if datapoint.codelist == "waste":
        return _waste_code(value)
    return _folded_labels(datapoint.codelist, language).get(value.strip().casefold(), value)


@cache
def _folded_labels(name: str, language: str) -> Mapping[str, str]:
    """Return the labels of a list by their codes without case, as rules compare them."""
    return {code.casefold(): label for code, label in codelist(name, language).labels.items()}


@cache
def _waste_code(member: str) -> str:
    """Return an old waste member in the form of the list's labels, so that its hazard mark stands in place."""
    match = WASTE_MEMBER.match(member)
    if not match:
        return member
    first, second, third, hazard = match.groups()
    rest = member[match.end() :].strip("-")
    return f"{first} {second} {third}{'*' if hazard == 'Hazardous' else ''} {rest}".strip()


def source_of(
    computed: Computed,
    workbook: str | None,
    edition: Edition,
    language: Language,
    structure: str,
    meta: Mapping[str, str],
) -> Source:
    """Return the source of one workbook's results; the first workbook where none is named."""
    name = computed.workbooks[0] if workbook is None else workbook
    statuses = tuple(statuses_of(computed, name))
    return Source(
        computed=computed,
        values=computed.values,
        number=computed.workbooks.index(name),
        edition=edition,
        language=language,
        structure=structure,
        meta=meta,
        entries=dict(_entries(computed, name)),
        statuses=statuses,
        status={(section, datapoint): status for section, datapoint, status, _, _ in statuses},
    )


def _entries(computed: Computed, workbook: str) -> Iterator[tuple[tuple[str, int], Entry]]:
    """Yield one entry per datapoint and table row, a previous-year value beside the current one."""
    columns = ("name", "row", "period", "concept", "dimensions", "table", "value", "unit", "basis", "source", "note")
    now: dict[tuple[str, int], tuple[Any, ...]] = {}
    before: dict[tuple[str, int], tuple[Any, ...]] = {}
    for each in rows_of_workbook(computed.facts, workbook, *columns):
        (now if each[2] == "current" else before).setdefault((each[0], int(each[1])), each)
    for key in dict.fromkeys([*now, *before]):
        fact, past = now.get(key), before.get(key)
        of = now[key] if key in now else before[key]
        value, unit = (fact[6], fact[7]) if fact else (None, past[7] if past else "")
        yield key, Entry(
            name=str(of[0]), row=key[1], concept=str(of[3]), dimensions=tuple(of[4]),
            table=str(of[5]), value=value, unit=clean(str(unit or "")), basis=str(of[8]) if fact else "",
            source=clean(str(of[9] or "")), note=clean(str(of[10] or "")),
            previous=past[6] if past else None, previous_unit=clean(str(past[7] or "")) if past else "",
        )  # fmt: skip
