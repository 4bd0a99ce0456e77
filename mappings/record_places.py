"""Write the recorded places and labels of EFRAG's template from a folder with its blank workbooks."""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
from template_labels import parts_of, wordings, words_of

from vsme_xl.carrying.beside import WITHOUT_ANSWERS, digest, typed
from vsme_xl.edition import load_edition, read_rows
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.bind import bind, place_area
from vsme_xl.reading.cell_values import exact_form, normalise
from vsme_xl.reading.landmarks import OPEN_END, label_form
from vsme_xl.reading.locate import Located
from vsme_xl.reading.mapping import WorkbookMapping, language_of, recognise, version_of
from vsme_xl.reading.meaning import Wording, code_of
from vsme_xl.reading.read_cells import BULLETS
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import Area, WorkbookFile, open_workbook

HERE = Path(__file__).parent
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.3.0")
NOTICE = """\
# Facts of EFRAG's VSME Digital Template, recorded from its blank workbooks by mappings/record_places.py so that a cell
# can be found in a workbook that has lost its names. Labels: first 60 characters, without case.
# The template is Copyright (c) 2025 EFRAG, MIT licence: the notice stands in LICENSE-EFRAG.txt beside this file.
"""
NOTE_NOTICE = """\
# Labels by which footnotes of EFRAG's VSME Digital Template name a disclosure, recorded from its blank workbook by
# mappings/record_places.py: concept, then its labels in the languages of the template, without case.
# The template is Copyright (c) 2025 EFRAG, MIT licence: the notice stands in LICENSE-EFRAG.txt beside this file.
"""
CODE_NOTICE = """\
# How the labels of EFRAG's VSME Digital Template word codes, recorded from its blank workbooks by
# mappings/record_places.py: list, code, then its wordings in the languages of the template, without case.
# The template is Copyright (c) 2025 EFRAG, MIT licence: the notice stands in LICENSE-EFRAG.txt beside this file.
"""
TEXT_NOTICE = """\
# Digests of the texts and numbers in the cells of EFRAG's VSME Digital Template, recorded from its blank workbooks by
# mappings/record_places.py so that what a company wrote beside its answers can be told from them.
"""
DISCLOSURES, UNITS = "disclosure", "mass_volume_unit"
OTHER = "disclosure of any other {0} and or/entity specific {0} disclosures"
REWORDED = {
    "disclosure of any other general and/or entity specific information":
        "DisclosureOfAnyOtherGeneralAndOrEntitySpecificInformation",
    **{
        OTHER.format(topic.lower()): f"DisclosureOfAnyOther{topic}AndOrEntitySpecific{topic}Disclosures"
        for topic in ("Environmental", "Social", "Governance")
    },
}  # fmt: skip
BELOW = 15
HINT_SIGN = "\N{INFORMATION SOURCE}"
Texts = dict[str, list[str]]


class Noted(dict[str, Area]):
    """The names of a workbook, noting which of them a mapping looks up."""

    def __init__(self, names: Any) -> None:
        super().__init__(names)
        self.used: dict[str, Area] = {}

    def __getitem__(self, name: str) -> Area:
        self.used[name] = super().__getitem__(name)
        return self.used[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the area of a name and note that it was asked for."""
        try:
            return self[name]
        except KeyError:
            return default


def main(source: Path) -> None:
    """Write efrag-places.csv and the other efrag-*.csv beside this script."""
    warnings.simplefilter("ignore")
    places: dict[tuple[str, str, str], dict[str, str]] = {}
    labels: dict[str, Texts] = {}
    codes: list[tuple[str, str, dict[str, str]]] = []
    ids: dict[tuple[str, str], str] = {}
    for version in reversed(VERSIONS):
        path = source / f"VSME-Digital-Template-{version}.xlsx"
        file = open_workbook(path)
        mapping = recognise(file)
        used = _used_names(file, mapping)
        codes += _code_labels(path, file, mapping)
        for name, area in used.items():
            places.setdefault((area.sheet, "name", name), {})[version] = _address(area)
        inputs = [*used.values(), *_addressed(mapping)]
        named = {area.sheet for area in used.values()}
        for sheet, row, column, texts in _labels(path, file, inputs):
            if sheet not in named and not _near(row, column, [a for a in inputs if a.sheet == sheet]):
                continue
            label = _identity(texts, labels, ids)
            own = places.setdefault((sheet, "label", label), {})
            own[version] = " ".join(filter(None, (own.get(version), cell_address(row, column))))
    _write(places, labels)
    _write_codes(codes)
    _write_texts([source / f"VSME-Digital-Template-{version}.xlsx" for version in VERSIONS])
    _write_note_labels(source / f"VSME-Digital-Template-{VERSIONS[-1]}.xlsx")


def _near(row: int, column: int, inputs: list[Area]) -> bool:
    """Return whether a cell stands by what a sheet of helper cells asks for: beside are workings, below sources."""
    return column <= max(a.last_column for a in inputs) and row <= max(a.last_row for a in inputs) + BELOW


def _used_names(file: WorkbookFile, mapping: WorkbookMapping) -> dict[str, Area]:
    noted = Noted(file.names)
    open_ = replace(file, names=noted)
    bind(open_, mapping, load_edition())
    for place in mapping.notes.values():
        place_area(place, Located(open_), mapping)
    version_of(mapping, open_)
    language_of(mapping, open_)
    return noted.used


def _addressed(mapping: WorkbookMapping) -> Iterator[Area]:
    for place in mapping.places.values():
        for area in map(area_at, place.addresses):
            if area is not None:
                yield area


def _address(area: Area) -> str:
    first, last = cell_address(area.first_row, area.first_column), cell_address(area.last_row, area.last_column)
    return first if first == last else f"{first}:{last}"


def _labels(path: Path, file: WorkbookFile, inputs: list[Area]) -> Iterator[tuple[str, int, int, Texts]]:
    """Yield sheet, row, column and texts by language of each label on the sheets that hold inputs."""
    book = openpyxl.load_workbook(path)
    words = words_of(file)
    disclosures = [s for s in file.sheet_names if sum(a.sheet == s for a in inputs) > 2]
    for sheet in disclosures:
        taken = {
            (row, column)
            for a in inputs if a.sheet == sheet
            for row in range(a.first_row, a.last_row + 1)
            for column in range(a.first_column, a.last_column + 1)
        }  # fmt: skip
        for cells in book[sheet].iter_rows():
            for cell in cells:
                if isinstance(cell.value, str) and (cell.row - 1, cell.column - 1) not in taken:
                    texts = _texts(cell.value, words)
                    if texts:
                        yield sheet, cell.row - 1, cell.column - 1, texts


def _texts(formula: str, words: dict[str, dict[str, str]]) -> Texts:
    """Return what a label says in each language; of a formula what it begins with, as far as that is fixed."""
    whole = parts_of(formula)[1]
    texts: Texts = {}
    for code, said in wordings(formula, words).items():
        form = label_form(said if whole else said.rstrip())
        if not whole and len(form) < 60:
            form = form.rstrip("[( ") + OPEN_END
        if len(form.rstrip(OPEN_END)) > 1 and not form.startswith(HINT_SIGN) and "://" not in form:
            texts[code] = [form]
    return texts


def _identity(texts: Texts, labels: dict[str, Texts], ids: dict[tuple[str, str], str]) -> str:
    """Return the id of a label: that of one with the same English text, else a new one; its texts are added."""
    known = next((ids[key] for key in ((c, t) for c, ts in texts.items() for t in ts) if key in ids), None)
    label = known or f"L{len(labels) + 1}"
    own = labels.setdefault(label, {})
    for code, forms in texts.items():
        for form in forms:
            if form not in own.setdefault(code, []):
                own[code].append(form)
            if code == "en":
                ids[code, form] = label
    return label


def _write_note_labels(path: Path) -> None:
    """Write by which labels the newest version's footnotes name each concept, in all its languages."""
    said = {_plain(row["standard_label"]): row["concept"] for row in read_rows("concepts.csv")}
    sheet = openpyxl.load_workbook(path, data_only=True)["Footnote (Taxonomy) Labels"]
    with (HERE / "efrag-notes.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(NOTE_NOTICE)
        writer = csv.writer(file, lineterminator="\n")
        for _, *texts in sheet.iter_rows(min_row=2, values_only=True):
            forms = list(dict.fromkeys(_plain(str(text)) for text in texts if text))
            if forms:
                writer.writerow([said.get(forms[0]) or REWORDED[forms[0]], *forms])


def _code_labels(
    path: Path, file: WorkbookFile, mapping: WorkbookMapping
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield list, code and wordings by language of each label that stands for a code: of boxes, omissions, units."""
    book, words = openpyxl.load_workbook(path), words_of(file)
    wording = Wording("en", mapping.readings, lambda: frozenset())
    cells = [(DISCLOSURES, row[1]) for row in book["Table of Contents & Validation"].iter_rows(min_row=5)]
    for area in (file.names["enum_ListOmittedDisclosures"],):
        cells += [(DISCLOSURES, cell) for cell in _cells(book, area)]
    cells += [(UNITS, _cells(book, area)[0]) for name, area in file.names.items() if name.endswith("_unit")]
    for name, place in mapping.choices.items():
        area = file.names[place.name]
        shift = (-1, 0) if place.labels == "above" else (0, -1)
        labels = _cells(book, area, *shift)
        codelist = load_edition().datapoints[name].codelist
        cells += [(codelist, cell) for cell in (labels if place.labels == "above" else labels[:: _width(area)])]
    for codelist, cell in cells:
        if isinstance(cell.value, str):
            texts = {code: said.lstrip(BULLETS) for code, said in wordings(cell.value, words).items()}
            member = code_of(texts.get("en"), codelist, wording).value
            if member:
                yield codelist, member, texts


def _width(area: Area) -> int:
    return area.last_column - area.first_column + 1


def _cells(book: Any, area: Area, down: int = 0, right: int = 0) -> list[Any]:
    return [
        book[area.sheet].cell(row + down + 1, column + right + 1)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]


def _write_codes(found: Iterable[tuple[str, str, dict[str, str]]]) -> None:
    """Write efrag-codes.csv without wordings that mean different codes; two may differ in their spaces alone."""
    forms: dict[tuple[str, str], dict[str, None]] = {}
    meant: dict[tuple[str, str], set[str]] = {}
    exactly: dict[tuple[str, str], set[str]] = {}
    for codelist, code, texts in found:
        for text in texts.values():
            forms.setdefault((codelist, code), {})[text] = None
            meant.setdefault((codelist, _plain(text)), set()).add(code)
            exactly.setdefault((codelist, exact_form(text)), set()).add(code)
    with (HERE / "efrag-codes.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(CODE_NOTICE)
        writer = csv.writer(file, lineterminator="\n")
        for (codelist, code), texts in sorted(forms.items()):
            plain = [_plain(t) for t in texts if len(meant[codelist, _plain(t)]) == 1]
            exact = [exact_form(t) for t in texts if len(meant[codelist, _plain(t)]) > 1]
            kept = [*plain, *(t for t in exact if len(exactly[codelist, t]) == 1)]
            writer.writerow([codelist, code, *filter(None, dict.fromkeys(kept))])


def _write_texts(paths: Iterable[Path]) -> None:
    """Write digests of the texts and numbers that blank workbooks hold, to tell them from what a company wrote."""
    found = set()
    for path in paths:
        file = open_workbook(path)
        for sheet in file.sheet_names:
            if sheet not in WITHOUT_ANSWERS:
                found |= {digest(form) for *_, form in typed(file, sheet, sheet)}
    lines = sorted(found)
    with (HERE / "efrag-texts.csv").open("w", encoding="utf-8", newline="") as out:
        out.write(TEXT_NOTICE)
        csv.writer(out, lineterminator="\n").writerows(lines[at : at + 9] for at in range(0, len(lines), 9))


def _plain(text: str) -> str:
    return " ".join(normalise(text).split())


def _write(places: dict[tuple[str, str, str], dict[str, str]], labels: dict[str, Texts]) -> None:
    codes = ["en", *sorted({code for texts in labels.values() for code in texts} - {"en"})]
    with (HERE / "efrag-labels.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(NOTICE)
        writer = csv.writer(file, lineterminator="\n")
        for label, texts in labels.items():
            english = texts.get("en", [])
            others = [[t for t in texts.get(code, []) if t not in english] for code in codes[1:]]
            writer.writerow([label, " | ".join(english), *(" | ".join(o) for o in others)])
    with (HERE / "efrag-places.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(NOTICE)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sheet", "what", "key", *VERSIONS])
        for key, cells in sorted(places.items()):
            row, before = [], ""
            for version in VERSIONS:
                cell = cells.get(version, "-")
                row.append("" if cell == before else cell)
                before = cell
            writer.writerow([*key, *row])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
