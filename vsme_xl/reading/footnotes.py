"""Read a workbook's sheet of footnotes: each text becomes the note of the facts it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from vsme_xl.edition import dimension_defaults, load_edition
from vsme_xl.findings import Finding
from vsme_xl.language import languages, load_language
from vsme_xl.reading.bind import place_area
from vsme_xl.reading.cell_values import normalise
from vsme_xl.reading.cells import parse_text
from vsme_xl.reading.landmarks import note_labels
from vsme_xl.reading.locate import Located
from vsme_xl.reading.mapping import WorkbookMapping
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import Area, WorkbookFile
from vsme_xl.store import FACT_COLUMNS, Fact

CONCEPT, DIMENSIONS, NOTE = (FACT_COLUMNS.index(column) for column in ("concept", "dimensions", "note"))
MOST_ROWS_OF_A_NOTE = 10
SEPARATORS = re.compile(r"\s*[,;|=\n]\s*")


@dataclass(frozen=True)
class Footnote:
    """A text, what it is said of (a disclosure's label and perhaps members of its facts) and the cell that says so."""

    text: str
    about: str
    members: tuple[str, ...]
    cell: str


@dataclass
class _Noted:
    """The notes by number of fact, and what is to be said of footnotes that found no fact."""

    notes: dict[int, list[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def take_footnotes(
    facts: list[Fact], located: Located, mapping: WorkbookMapping, workbook: str
) -> tuple[list[Fact], list[Finding]]:
    """Return the facts with the workbook's footnotes as their notes, and a finding for each that belongs to no fact.

    Several footnotes on one fact follow each other line by line; a footnote on a disclosure stands at all its facts.
    """
    if not mapping.notes:
        return facts, []
    noted = _Noted()
    names, dimensions = [f[CONCEPT] for f in facts], [f[DIMENSIONS] for f in facts]
    for note in _footnotes(located, mapping):
        _attach(note, names, dimensions, mapping, workbook, noted)
    facts = list(facts)
    for number, said in noted.notes.items():
        text = "\n".join(dict.fromkeys(filter(None, [facts[number][NOTE], *said])))
        facts[number] = (*facts[number][:NOTE], text, *facts[number][NOTE + 1 :])
    return facts, noted.findings


def _footnotes(located: Located, mapping: WorkbookMapping) -> Iterator[Footnote]:
    """Yield a footnote for each disclosure that a text is said of: in its own row and in those its cell spans."""
    areas = {part: place_area(place, located, mapping) for part, place in mapping.notes.items()}
    text_area, about_area = areas.get("text"), areas.get("about")
    if text_area is None or about_area is None:
        return
    text, since, pending = "", 0, ""
    for row in _filled_rows(located.file, [text_area, about_area]):
        own = _said(located.file, text_area, row)
        about = _said(located.file, about_area, row)
        cell = f"{about_area.sheet}!{cell_address(row, about_area.first_column)}"
        if own or row - since >= MOST_ROWS_OF_A_NOTE:
            if pending:
                yield Footnote(text, "", (), pending)
            text, since, pending = own, row, cell if own else ""
        if about:
            members = SEPARATORS.split(_said(located.file, areas.get("member"), row).strip())
            yield Footnote(text, about, tuple(m.rpartition(":")[2] for m in members if m), cell)
            pending = ""
    if pending:
        yield Footnote(text, "", (), pending)


def _filled_rows(file: WorkbookFile, areas: list[Area]) -> list[int]:
    found: set[int] = set()
    for area in areas:
        rows = file.sheet(area.sheet).rows[: area.last_row + 1]
        columns = slice(area.first_column, area.last_column + 1)
        found.update(n for n, row in enumerate(rows) if n >= area.first_row and any(v != "" for v in row[columns]))
    return sorted(found)


def _said(file: WorkbookFile, area: Area | None, row: int) -> str:
    if area is None:
        return ""
    grid = file.sheet(area.sheet)
    return "\n".join(
        filter(None, (parse_text(grid.value(row, c)).value for c in range(area.first_column, area.last_column + 1)))
    )


def _attach(
    note: Footnote,
    concepts: list[str],
    dimensions: list[tuple[tuple[str, str], ...]],
    mapping: WorkbookMapping,
    workbook: str,
    noted: _Noted,
) -> None:
    """Put a footnote to the facts of its disclosure that have its members; say where there are none."""
    shown = {"text": note.about or note.text}
    if not note.text or not note.about:
        code = "footnote_without_disclosure" if note.text else "footnote_without_text"
        noted.findings.append(Finding(workbook, code, cell=note.cell, shown=shown))
        return
    meant = _concepts(note.about, mapping)
    if not meant:
        noted.findings.append(Finding(workbook, "footnote_without_disclosure", cell=note.cell, shown=shown))
        return
    fitting = [n for n, c in enumerate(concepts) if c in meant and _has_members(dimensions[n], note.members)]
    if len({concepts[n] for n in fitting}) > 1:
        noted.findings.append(Finding(workbook, "footnote_ambiguous", sorted(meant)[0], note.cell, shown))
    if not fitting:
        noted.findings.append(Finding(workbook, "footnote_without_answer", sorted(meant)[0], note.cell, shown))
    for number in fitting:
        noted.notes.setdefault(number, []).append(note.text)


def _has_members(dimensions: tuple[tuple[str, str], ...], members: tuple[str, ...]) -> bool:
    """Return whether a fact has each of the members, axes or keys; a default member is that of a fact without it."""
    have = {normalise(part) for pair in dimensions for part in pair}
    axes = {axis for axis, _ in dimensions}
    defaults = {member for axis, member in dimension_defaults().items() if axis not in axes}
    return all(normalise(member) in have or member in defaults for member in members)


def _concepts(about: str, mapping: WorkbookMapping) -> frozenset[str]:
    """Return the concepts that a label means: of the template's list in any language, else any spelling we know."""
    form = _form(about)
    return note_labels(mapping).get(form) or _spellings().get(form, frozenset())


def _form(text: str) -> str:
    return " ".join(normalise(text).split())


@cache
def _spellings() -> Mapping[str, frozenset[str]]:
    edition = load_edition()
    found: dict[str, set[str]] = {}
    for datapoint in edition.datapoints.values():
        for code in languages():
            if datapoint.name in load_language(code).texts["datapoints"]:
                found.setdefault(_form(load_language(code).label(datapoint.name)), set()).add(datapoint.concept)
        found.setdefault(_form(datapoint.name), set()).add(datapoint.concept)
        found.setdefault(_form(datapoint.concept), set()).add(datapoint.concept)
        if datapoint.taxonomy:
            label = edition.concepts[datapoint.concept].standard_label
            found.setdefault(_form(label), set()).add(datapoint.concept)
    return {text: frozenset(concepts) for text, concepts in found.items()}
