"""Decide which fact of a workbook stands in which row of which topic sheet; pure, nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from vsme_xl.edition import Datapoint, Edition, Section, load_edition
from vsme_xl.results.cells import sheet_name
from vsme_xl.results.source import CLOSED, Entry, Source

FIRST_LINE = 4
LABEL, PARAGRAPH, VALUE, UNIT, PREVIOUS, CHANGE, CHANGE_SHARE, BASIS, CELL, NOTE = range(1, 11)
ESG_OF_SHEET = {
    "start": "general", "general": "general", "omissions": "general", "environment": "environment",
    "ledger": "environment", "fuels": "environment", "scope3": "environment", "results": "environment",
    "social": "social", "governance": "governance",
}  # fmt: skip
ESG = ("general", "environment", "social", "governance")


class Line(NamedTuple):
    """One row of a topic sheet: the heading of a section (name empty), a fact, or a datapoint without answer."""

    row: int
    section: str
    name: str
    item: int
    label: str
    status: str
    hidden: bool
    entry: Entry | None = None


@dataclass(frozen=True)
class Topic:
    """One topic sheet with its lines; hidden where nothing of it applies."""

    sheet: str
    title: str
    lines: tuple[Line, ...]
    hidden: bool


def topics_of(source: Source) -> tuple[Topic, ...]:
    """Return the topic sheets of a workbook in the order of its structure, each with all its lines."""
    by_section: dict[str, dict[int, dict[str, Entry]]] = {}
    for entry in source.entries.values():
        datapoint = source.edition.datapoints.get(entry.name)
        if datapoint is not None:
            by_section.setdefault(datapoint.section, {}).setdefault(entry.row, {})[entry.name] = entry
    topics = []
    for title, sections in _sections(source.edition.name, source.structure):
        lines: list[Line] = []
        for section in sections:
            lines += _section_lines(section, by_section.get(section.name, {}), FIRST_LINE + len(lines), source)
        name = source.text(f"topics.{source.structure}.{title}")
        topics.append(Topic(sheet_name(name), name, tuple(lines), all(line.hidden for line in lines)))
    return tuple(topics)


@cache
def _sections(edition: str, structure: str) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    """Return the sections by topic sheet; those of lists have none."""
    standard = load_edition(edition)
    found: dict[str, list[Section]] = {}
    for section in standard.sections.values():
        if section.sheet != "lists" and any(_belongs(standard.datapoints[n], standard) for n in section.datapoints):
            found.setdefault(_topic(section, structure), []).append(section)
    order = ESG if structure == "esg" else sorted(found, key=_disclosure_order)
    return tuple((title, tuple(sorted(found[title], key=_section_order))) for title in order if title in found)


@cache
def section_order(edition: str) -> tuple[str, ...]:
    """Return the names of all sections in the order of the topic sheets."""
    sections = load_edition(edition).sections
    return tuple(sorted(sections, key=lambda name: _section_order(sections[name])))


@cache
def reading_order(edition: str) -> Mapping[str, int]:
    """Return the place of each datapoint as a report is read: by section, then as the section has them."""
    sections = {name: number for number, name in enumerate(section_order(edition))}
    named = sorted(load_edition(edition).datapoints.values(), key=lambda d: sections[d.section])
    return {d.name: number for number, d in enumerate(named)}


def _topic(section: Section, structure: str) -> str:
    if structure == "esg":
        return ESG_OF_SHEET[section.sheet]
    if structure == "dnk":
        return str(section.topic)
    if section.disclosure:
        return section.disclosure
    return "B1" if ESG_OF_SHEET[section.sheet] == "general" else "other"


def _disclosure_order(title: str) -> tuple[str, int]:
    digits = re.sub(r"\D", "", title)
    return re.sub(r"\d", "", title) if not title.startswith("other") else "Z", int(digits or 0)


def _section_order(section: Section) -> tuple[int, str, int, int]:
    """Put what says who reports first, further information last, and the rest by disclosure and paragraph."""
    if section.sheet == "start":
        return (0, "", 0, 0)
    letter, number = _disclosure_order(section.disclosure) if section.disclosure else ("Z", 0)
    paragraph = re.match(r"\d+", section.paragraph)
    return (1, letter, number, int(paragraph.group()) if paragraph else 999)


def _belongs(datapoint: Datapoint, edition: Edition) -> bool:
    """Return whether facts of a datapoint stand on a topic sheet: no steps, reference data, units or row keys."""
    if datapoint.concept != datapoint.name and datapoint.role == "step":
        return True
    if datapoint.role in ("step", "reference") or datapoint.unit_for:
        return False
    if datapoint.table is None:
        return True
    table = edition.tables[datapoint.table]
    if datapoint.name in (table.axis, table.key):
        return False
    return datapoint.taxonomy or (table.rows == "fixed" and not table.own_rows)


def _section_lines(
    section: Section, entries: Mapping[int, Mapping[str, Entry]], first: int, source: Source
) -> Iterator[Line]:
    state = source.status.get((section.name, ""), "complete")
    closed = state in CLOSED
    lines = list(_facts(section, entries, source))
    shown = any(not _closed(line, section, source) for line in lines)
    title = source.language.section(section.name)
    if section.disclosure:
        title = source.text("section_heading", disclosure=section.disclosure, title=title)
    yield Line(first, section.name, "", -1, title, state, closed or not shown)
    for number, (name, item, label, entry) in enumerate(lines, start=first + 1):
        status = "" if entry is not None and entry.value is not None else source.status.get((section.name, name), "")
        hidden = closed or _closed((name, item, label, entry), section, source)
        yield Line(number, section.name, name, item, label, status, hidden, entry)


Fact = tuple[str, int, str, Entry | None]


def _closed(fact: Fact, section: Section, source: Source) -> bool:
    return source.status.get((section.name, fact[0]), "") in CLOSED


def _facts(section: Section, entries: Mapping[int, Mapping[str, Entry]], source: Source) -> Iterator[Fact]:
    """Yield the single cells of a section, then the rows of its table, each with its entry or none."""
    cells, columns = _shown(source.edition.name, section.name)
    answered = {name for row in entries.values() for name in row}
    for d in cells:
        if d.name in answered or (section.name, d.name) in source.status:
            yield d.name, -1, source.language.label(d.name), entries.get(-1, {}).get(d.name)
    for row in sorted(row for row in entries if row >= 0):
        for d in columns:
            if d.name in entries[row]:
                yield d.name, row, row_label(d, row, source), entries[row][d.name]
    for d in columns:
        if d.name not in answered and (section.name, d.name) in source.status:
            yield d.name, -1, source.language.label(d.name), None


@cache
def _shown(edition: str, section: str) -> tuple[tuple[Datapoint, ...], tuple[Datapoint, ...]]:
    """Return the datapoints of a section whose facts stand on a topic sheet: single cells, and columns of its table."""
    standard = load_edition(edition)
    datapoints = [standard.datapoints[name] for name in standard.sections[section].datapoints]
    wanted = [d for d in datapoints if _belongs(d, standard)]
    return tuple(d for d in wanted if d.table is None), tuple(d for d in wanted if d.table is not None)


def row_label(datapoint: Datapoint, row: int, source: Source) -> str:
    """Return the label of a fact in a table row: the datapoint's, and the row's key where the table has one."""
    label = source.language.label(datapoint.name)
    assert datapoint.table is not None
    table = source.edition.tables[datapoint.table]
    column = table.axis or table.key
    if not column:
        return label
    key = source.effective(column, place_of(datapoint.table, row, source))
    return source.text("row_label", label=label, key=key) if key is not None else label


def place_of(table: str, row: int, source: Source) -> int:
    """Return where a numbered row of a table stands in the computed arrays."""
    places = source.places(table)
    rows = source.values.rows[table]
    if row < len(places) and rows[places[row]] == row:
        return places[row]
    return next(p for p in places if rows[p] == row)
