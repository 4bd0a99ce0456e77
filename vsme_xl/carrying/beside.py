"""Find what a company wrote beside its answers: texts and numbers in cells that the template leaves empty."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from vsme_xl.language import load_language
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.landmarks import expected_names, label_form, landmarks_of
from vsme_xl.reading.mapping_file import WorkbookMapping
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import WorkbookFile, open_workbook
from vsme_xl.resources import folder

Beside = tuple[str, str]
# Numbers from here on, and broken ones, are parameters: the template holds them wherever its columns have moved to.
PARAMETER = 1_000
MOST, NEAR = 1_000, 5
# How version 1 of our template named paragraphs, whatever its language.
ONCE = re.compile(r"(\S+ [\d(), a-z]+, )?Guidance [\d(), a-z]+")
WITHOUT_ANSWERS = (
    "Enumeration Lists", "Fuel Conversion Parameters", "Footnote (Taxonomy) Labels", "Licence", "Technical Sheet",
    "Translations", "Unit Of Measurement Converter",
)  # fmt: skip


def beside(file: WorkbookFile, mapping: WorkbookMapping, language: str, known: Collection[str]) -> tuple[Beside, ...]:
    """Return cell (`Sheet!A1`) and text of what stands on a template's sheets and is neither its own nor `known`.

    `known` are the cells that gave a fact or a finding. Formulas are left out, as nobody can tell whose they are.
    Nothing is told of a kind of workbook whose blank template is not recorded.
    """
    texts = _of_template(mapping, language)
    if not texts:
        return ()
    marks = landmarks_of(mapping)
    lists = frozenset(
        label_form(value) for name in file.sheet_names if name in WITHOUT_ANSWERS for value in _texts(file, name)
    )
    found: list[Beside] = []
    for sheet, key in _sheets(file, mapping, known).items():
        for cell, text, form in typed(file, sheet, key):
            if f"{sheet}!{cell}" in known or not texts.isdisjoint((form, digest(form), f"{key}!{cell}")):
                continue
            if form not in lists and not marks.labels_of(text) and not ONCE.fullmatch(text):
                found.append((f"{sheet}!{cell}", text))
    return tuple(found[:MOST])


def parts_of_dates(dates: Iterable[tuple[str, str]]) -> Iterator[Beside]:
    """Yield the cells near a date (cell, ISO date) that may hold its year, month or day, each with what it would say.

    EFRAG's template asks for the three apart and puts them together by a formula.
    """
    for source, day in dates:
        sheet, _, address = source.rpartition("!")
        area = area_at(address, sheet)
        if area is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
            continue
        said = {f"{int(part)}" for part in day.split("-")}
        for row in range(max(0, area.first_row - NEAR), area.first_row + NEAR + 1):
            for column in range(max(0, area.first_column - NEAR), area.first_column + NEAR + 1):
                yield from ((f"{sheet}!{cell_address(row, column)}", part) for part in said)


def _sheets(file: WorkbookFile, mapping: WorkbookMapping, known: Collection[str]) -> dict[str, str]:
    """Return the sheets of a workbook that ask for answers, each with the key by which its template is known."""
    keys = {name: key for key, names in mapping.sheets.items() for name in names}
    asks = {cell.rpartition("!")[0] for cell in known} | {area.sheet for area in expected_names(mapping).values()}
    return {
        name: keys.get(name, name)
        for name in file.sheet_names
        if name not in WITHOUT_ANSWERS and (name in asks or name in keys) and keys.get(name) != "notes"
    }


def typed(file: WorkbookFile, sheet: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Yield address, text and the form to compare of each cell with a text or number that no formula made."""
    grid = file.sheet(sheet)
    for row, values in enumerate(grid.rows):
        for column, value in enumerate(values):
            if value is None or value == "" or isinstance(value, bool) or grid.is_formula(row, column):
                continue
            text = f"{value:.12g}" if isinstance(value, float | int) else str(value).strip()
            if text:
                yield cell_address(row, column), text, form_of(value, key, column)


def _texts(file: WorkbookFile, sheet: str) -> Iterator[str]:
    for row in file.sheet(sheet).rows:
        yield from (value for value in row if isinstance(value, str) and value)


def form_of(value: object, sheet: str, column: int) -> str:
    """Return a cell's value as it is compared: a text as labels are, a number with its sheet, small ones with more."""
    if not isinstance(value, float | int):
        return label_form(str(value))
    place = column if abs(value) < PARAMETER and float(value).is_integer() else ""
    return f"{sheet}!{place}={value:.12g}"


def digest(form: str) -> str:
    """Return the few letters by which a recorded text is known again."""
    return hashlib.sha256(form.encode()).hexdigest()[:12]


def _of_template(mapping: WorkbookMapping, language: str) -> frozenset[str]:
    """Return what the blank workbook of a kind holds: forms and cells of ours, digests of those recorded; else nothing.

    The cells are those with a text, which may have been worded otherwise when a workbook was written.
    """
    if "recorded" in mapping.landmarks:
        return _recorded(str(mapping.landmarks["recorded"]))
    return _ours(mapping.kind, str(mapping.recognise.get("properties", {}).get("module", "")), language)


@cache
def _recorded(record: str) -> frozenset[str]:
    path = folder("mappings") / f"{record}-texts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(text for line in csv.reader(file) if line and not line[0].startswith("#") for text in line)


@cache
def _ours(kind: str, module: str, language: str) -> frozenset[str]:
    path = folder("workbook_templates") / f"{kind}-{module}.{language}.xlsx"
    if not path.is_file():
        return frozenset()
    blank = open_workbook(path)
    keys = {name: key for key, name in load_language(language).texts["sheets"].items()}
    found = set(_said(load_language(language).texts))
    for name in blank.sheet_names:
        key = keys.get(name, name)
        for cell, _, form in typed(blank, name, key):
            found |= {form} if "!" in form else {form, f"{key}!{cell}"}
    return frozenset(found)


def _said(texts: object) -> Iterator[str]:
    if isinstance(texts, dict):
        for part in texts.values():
            yield from _said(part)
    elif isinstance(texts, str):
        yield label_form(texts)
