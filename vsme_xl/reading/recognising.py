"""Recognise a workbook whose marks are gone: by the sheet that holds its metadata, by its labels and its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vsme_xl.reading.align import SheetText, sheet_text
from vsme_xl.reading.landmarks import Landmark, expected_names, landmarks_of
from vsme_xl.reading.mapping import WorkbookMapping, known_mappings, marked, nearest, version_key
from vsme_xl.reading.workbook_file import UnreadableWorkbook, WorkbookFile

RESULTS_HEAD = '{"template": "vsme-xl-results"'
LEAST_LABELS = 12
LEAST_SHEETS = 3
MOST_METADATA = 40


def identify(file: WorkbookFile) -> WorkbookMapping:
    """Return the mapping of a workbook, by its marks or else by its content; UnreadableWorkbook where none fits."""
    found = marked(file)
    if found is None and results_sheet(file):
        raise UnreadableWorkbook("results_workbook", {"file": file.path.name})
    found = found or recognise_content(file)
    if found is None:
        raise UnreadableWorkbook("unknown_template", {"file": file.path.name})
    return found


def results_sheet(file: WorkbookFile) -> str:
    """Return the sheet of a results workbook of ours that holds every fact for programs; blank where there is none."""
    for name in reversed(file.sheet_names):
        head = file.sheet(name).value(0, 0)
        if isinstance(head, str) and head.startswith(RESULTS_HEAD):
            return name
    return ""


def recognise_content(file: WorkbookFile) -> WorkbookMapping | None:
    """Return the mapping that a workbook fits by its labels or sheets, None where no mapping does for sure."""
    whole = [m for m in known_mappings() if m.landmarks and _metadata_fits(m, file)]
    if whole:
        said = metadata(file).get(str(whole[0].recognise.get("version_property")), "")
        return nearest([m for m in whole if m.recognise["properties"] == whole[0].recognise["properties"]], said)
    seen: dict[int, list[SheetText]] = {}
    scores = {n: _score(m, file, seen) for n, m in enumerate(known_mappings()) if m.landmarks}
    best = max(scores.values(), default=(0, 0))
    fitting = [m for n, m in enumerate(known_mappings()) if scores.get(n) == best]
    if best[0] < LEAST_LABELS:
        fitting = [m for m in known_mappings() if m.landmarks and _sheets_fit(m, file)]
    for mapping in fitting or ():
        same = [m for m in known_mappings() if m.kind == mapping.kind and m.recognise == mapping.recognise]
        stated = _stated_version(mapping, file)
        if stated:
            return nearest(same, stated)
    return max(fitting, key=lambda m: version_key(m.version), default=None)


def with_metadata(file: WorkbookFile, mapping: WorkbookMapping) -> WorkbookFile:
    """Return a workbook with its document properties, from its sheet of metadata where the file has lost them."""
    if not mapping.recognise.get("properties") or "template" in file.properties:
        return file
    return replace(file, properties={**file.properties, **metadata(file)})


def metadata(file: WorkbookFile) -> Mapping[str, str]:
    """Return the metadata that a sheet of our own workbooks repeats: keys in its first column, values beside them."""
    for name in reversed(file.sheet_names):
        grid = file.sheet(name)
        pairs = {grid.value(row, 0): grid.value(row, 1) for row in range(min(grid.n_rows, MOST_METADATA))}
        if "template" in pairs and "template_version" in pairs:
            return {str(key): _text(value) for key, value in pairs.items() if key is not None}
    return {}


def _text(value: object) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, float) else str(value)


def _metadata_fits(mapping: WorkbookMapping, file: WorkbookFile) -> bool:
    marks = mapping.recognise.get("properties", {})
    said = metadata(file) if marks else {}
    return bool(marks) and all(said.get(key) == value for key, value in marks.items())


def _score(mapping: WorkbookMapping, file: WorkbookFile, seen: dict[int, list[SheetText]]) -> tuple[int, int]:
    """Return how many recorded labels a workbook has on its sheets, and how many of them at their very place."""
    landmarks = landmarks_of(mapping)
    if id(landmarks.texts) not in seen:  # versions of one record share their texts
        texts = [sheet_text(file.sheet(n), landmarks) for n in file.sheet_names if n not in file.hidden]
        seen[id(landmarks.texts)] = [text for text in texts if not text.is_glossary]
    texts = seen[id(landmarks.texts)]
    pairs = [max((_found(marks, text) for text in texts), default=(0, 0)) for marks in landmarks.marks.values()]
    return sum(found for found, _ in pairs), sum(there for _, there in pairs)


def _found(marks: tuple[Landmark, ...], text: SheetText) -> tuple[int, int]:
    cells = {m: text.cells.get(m.label, ()) for m in marks}
    strong = {m: found for m, found in cells.items() if any(cell in text.strong for cell in found)}
    return len({m.label for m in strong}), sum((m.row, m.column) in found for m, found in strong.items())


def _sheets_fit(mapping: WorkbookMapping, file: WorkbookFile) -> bool:
    """Return whether the sheets have the names of the mapping's kind and labels that cannot be read as texts."""
    sheets = landmarks_of(mapping).marks
    names = landmarks_of(mapping).sheets
    same = [sheet for sheet in sheets if set(names[sheet]) & set(file.sheet_names)]
    return len(same) >= LEAST_SHEETS and len(same) == len(sheets)


def _stated_version(mapping: WorkbookMapping, file: WorkbookFile) -> str:
    area = expected_names(mapping).get(mapping.recognise.get("version_name", ""))
    if area is None or area.sheet not in file.sheet_names:
        return ""
    value = str(file.sheet(area.sheet).value(area.first_row, area.first_column) or "").strip()
    return value if version_key(value) and value.replace(".", "").isdigit() else ""
