"""What is recorded of a kind of workbook beside its names: where each name points, and the labels around it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from vsme_xl.edition import load_edition
from vsme_xl.language import languages, load_language
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.cells import normalise
from vsme_xl.reading.mapping import WorkbookMapping
from vsme_xl.reading.sheet_scan import column_number
from vsme_xl.reading.workbook_file import Area
from vsme_xl.resources import folder

CONTROL = re.compile(r"_x00[01][0-9A-Fa-f]_|[\x00-\x1f]")
LABEL_LENGTH = 60
OPEN_END = "…"


@dataclass(frozen=True)
class Landmark:
    """A label of a kind of workbook and the cell it stands in; `end` is the end of a run of equal ones it marks."""

    row: int
    column: int
    label: str
    end: str = ""


@dataclass(frozen=True)
class Landmarks:
    """Where the names of one kind of workbook point and where its labels stand, sheet by sheet.

    `texts` gives the labels that a text (as `label_form` has it) can be, in every language; `openings` are the
    beginnings of labels whose end varies. `sheets` are the names that each sheet has in the languages.
    """

    names: Mapping[str, Area] = field(default_factory=dict)
    marks: Mapping[str, tuple[Landmark, ...]] = field(default_factory=dict)
    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    openings: tuple[tuple[str, str], ...] = ()
    sheets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def labels_of(self, text: str) -> frozenset[str]:
        """Return the labels that a text of a cell can be."""
        form = label_form(text)
        found = self.texts.get(form)
        if found is not None or not form.startswith(tuple(opening for opening, _ in self.openings)):
            return found or frozenset()
        return frozenset(label for opening, label in self.openings if form.startswith(opening))


def label_form(text: str) -> str:
    """Return a label as it is compared: without case, outer and double spaces, and what comes after 60 characters."""
    return " ".join(normalise(CONTROL.sub(" ", text)).split())[:LABEL_LENGTH]


def landmarks_of(mapping: WorkbookMapping) -> Landmarks:
    """Return what is recorded of a mapping's kind of workbook; nothing where its file says nothing of landmarks."""
    marks = mapping.landmarks
    if "recorded" in marks:
        return _recorded(str(marks["recorded"]), mapping.version)
    return _beside(mapping) if marks else Landmarks()


@cache
def recorded_names(record: str, version: str) -> Mapping[str, Area]:
    """Return the defined names of a recorded version and where its blank workbook has them."""
    found = {}
    for sheet, what, key, cells in _places(record, version):
        if what == "name" and (area := area_at(cells, sheet)):
            found[key] = area
    return found


def expected_names(mapping: WorkbookMapping) -> Mapping[str, Area]:
    """Return the defined names that a workbook of this kind has, and where its blank workbook has them."""
    if "recorded" in mapping.landmarks:
        return recorded_names(str(mapping.landmarks["recorded"]), mapping.version)
    if not mapping.landmarks:
        return {}
    found = {p.name: area_at(p.at) for p in mapping.places.values() if p.name and p.at}
    found |= {name: area_at(at) for name, at in mapping.names.items()}
    return {name: area for name, area in found.items() if area is not None}


@cache
def _recorded(record: str, version: str) -> Landmarks:
    marks: dict[str, list[Landmark]] = {}
    sheets: dict[str, tuple[str, ...]] = {}
    for sheet, what, key, cells in _places(record, version):
        sheets[sheet] = (sheet,)
        for area in (area_at(cell, sheet) for cell in cells.split() if what == "label"):
            if area is not None:
                marks.setdefault(sheet, []).append(Landmark(area.first_row, area.first_column, key))
    texts, openings = _recorded_texts(record)
    found = {sheet: tuple(here) for sheet, here in marks.items()}
    return Landmarks(recorded_names(record, version), found, texts, openings, sheets)


@cache
def _recorded_texts(record: str) -> tuple[Mapping[str, frozenset[str]], tuple[tuple[str, str], ...]]:
    """Return the recorded labels by their texts in every language, and by the beginnings of those that vary."""
    texts: dict[str, set[str]] = {}
    openings = []
    for line in _lines(f"{record}-labels.csv"):
        for text in (t for cell in line[1:] for t in cell.split(" | ") if t):
            if text.endswith(OPEN_END):
                openings.append((text[:-1], line[0]))
            else:
                texts.setdefault(text, set()).add(line[0])
    return {text: frozenset(labels) for text, labels in texts.items()}, tuple(openings)


def note_labels(mapping: WorkbookMapping) -> Mapping[str, frozenset[str]]:
    """Return the labels by which a kind's footnotes name disclosures, in every language, and the concepts they mean."""
    record = str(mapping.landmarks.get("recorded", ""))
    return _note_labels(record) if record else {}


@cache
def _note_labels(record: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, *texts in _lines(f"{record}-notes.csv"):
        for text in texts:
            found.setdefault(text, set()).add(concept)
    return {text: frozenset(concepts) for text, concepts in found.items()}


def recorded_codes(mapping: WorkbookMapping, codelist: str) -> Mapping[str, str]:
    """Return how a kind's labels word the codes of a list in its languages, as they are compared."""
    record = str(mapping.landmarks.get("recorded", ""))
    return _recorded_codes(record).get(codelist, {}) if record else {}


@cache
def _recorded_codes(record: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for codelist, code, *texts in _lines(f"{record}-codes.csv"):
        found.setdefault(codelist, {}).update(dict.fromkeys(texts, code))
    return found


def _places(record: str, version: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield sheet, kind, key and cells of one version; a blank cell repeats the version before, a dash is nothing."""
    lines = _lines(f"{record}-places.csv")
    versions = next(lines)[3:]
    if version not in versions:
        return
    upto = 4 + versions.index(version)
    for line in lines:
        cells = next((cell for cell in reversed(line[3:upto]) if cell), "-")
        if cells != "-":
            yield line[0], line[1], line[2], cells


def _lines(name: str) -> Iterator[list[str]]:
    path = folder("mappings") / name
    with path.open(encoding="utf-8", newline="") as file:
        yield from (line for line in csv.reader(file) if line and not line[0].startswith("#"))


def _beside(mapping: WorkbookMapping) -> Landmarks:
    """Return the landmarks of a workbook whose datapoints carry our own labels: left of a cell, above a column."""
    marks: dict[str, list[Landmark]] = {}
    texts: dict[str, set[str]] = {}
    keys, labels = (column_number(mapping.landmarks[c]) - 1 for c in ("keys", "labels"))
    above = int(mapping.landmarks["headings"])
    run: tuple[str, int] = ("", -1)
    for name, place in mapping.places.items():
        area = area_at(place.at)
        if area is None:
            continue
        here = marks.setdefault(area.sheet, [])
        for code in languages():
            texts.setdefault(label_form(load_language(code).label(name)), set()).add(name)
        if load_edition().datapoints[name].table is None:
            texts.setdefault(label_form(name), set()).add(f"={name}")
            here += [Landmark(area.first_row, keys, f"={name}"), Landmark(area.first_row, labels, name)]
            continue
        here.append(Landmark(area.first_row - above, area.first_column, name))
        if run != (area.sheet, area.first_row):
            run = (area.sheet, area.first_row)
            texts.setdefault(label_form(name), set()).add(f"={name}")
            here.append(Landmark(area.first_row, keys, f"={name}", "first"))
            here.append(Landmark(area.last_row, keys, f"={name}", "last"))
    return Landmarks(
        expected_names(mapping), {sheet: tuple(found) for sheet, found in marks.items()},
        {text: frozenset(found) for text, found in texts.items()}, (), mapping.sheets,
    )  # fmt: skip
