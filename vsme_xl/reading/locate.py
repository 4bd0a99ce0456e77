"""Find the cells of a workbook that lost its names or was rearranged: at their recorded place, or by their labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.align import Alignment, Cell, SheetText, align, find_area, find_row, sheet_text
from vsme_xl.reading.landmarks import Landmark, Landmarks, expected_names, landmarks_of
from vsme_xl.reading.mapping import WorkbookMapping
from vsme_xl.reading.workbook_file import Area, WorkbookFile

AT_PLACE, BY_LABEL, BY_KEY = "found_at_place", "found_by_label", "found_by_key"
ENOUGH, SOME = 0.5, 0.3
VERSION = re.compile(r"\d+(\.\d+)*$")


@dataclass(frozen=True)
class Located:
    """A workbook with its names made whole.

    `places` are the areas of the mapping's addresses that had to be searched for (None where not found), `how` says
    of each area that no name gave how it was found, `rows` which row each one of a fixed table's is now, `lost` what
    was not found for sure. `expected` and `missing` count the names. `sheets` are those of the mapping of which nothing
    is left, and how many names each had.
    """

    file: WorkbookFile
    places: Mapping[str, Area | None] = field(default_factory=dict)
    how: Mapping[Area, str] = field(default_factory=dict)
    rows: Mapping[Area, tuple[int | None, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    expected: int = 0
    missing: int = 0
    sheets: Mapping[str, int] = field(default_factory=dict)


def locate(file: WorkbookFile, mapping: WorkbookMapping) -> Located:
    """Return a workbook with every name its kind has, those that are gone found by place and label.

    Nothing is searched, and no label looked at, as long as the names are whole and none of them has moved on a sheet
    with cells that the mapping knows by their address alone.
    """
    expected = expected_names(mapping)
    gone = {name: area for name, area in expected.items() if name not in file.names}
    addresses = _moved_addresses(file, mapping, expected, bool(gone))
    if not gone and not addresses:
        return Located(file, expected=len(expected))
    wanted = {**gone, **addresses}
    found, rows = _search(file, landmarks_of(mapping), expected, wanted)
    names = {name: found[name][0] for name in gone if name in found}
    at = {text: found[text][0] if text in found else None for text in addresses}
    unnamed = [*names, *(text for text in addresses if text in found)]
    how = {found[key][0]: found[key][1] for key in unnamed}
    lost = tuple(_name_of(key, mapping) for key in wanted if key not in found)
    whole = replace(file, names={**file.names, **names})
    sheets = _gone_sheets(expected, whole, landmarks_of(mapping))
    return Located(whole, at, how, rows, lost, len(expected), len(gone), sheets)


def _gone_sheets(expected: Mapping[str, Area], whole: WorkbookFile, landmarks: Landmarks) -> dict[str, int]:
    """Return the sheets that are not there under any of their names and none of whose cells stands elsewhere.

    A sheet without a label to know it by is none of them: it may stand under another name.
    """
    there = {area.sheet for name, area in expected.items() if name in whole.names}
    there |= {s for s in landmarks.sheets if any(title in whole.sheet_names for title in landmarks.sheets[s])}
    gone = {sheet for sheet in landmarks.marks if landmarks.marks[sheet]} - {*there, *whole.sheet_names}
    return dict(Counter(area.sheet for area in expected.values() if area.sheet in gone))


def _moved_addresses(
    file: WorkbookFile, mapping: WorkbookMapping, expected: Mapping[str, Area], gone: bool
) -> dict[str, Area]:
    """Return the addresses that a mapping relies on, of sheets where names are gone or have moved.

    A sheet that has no names is as it was if all names of the others are there.
    """
    if not expected:
        return {}
    named = {area.sheet for area in expected.values()}
    stirred = {area.sheet for name, area in expected.items() if file.names.get(name) != area}
    found = {}
    for place in (*mapping.places.values(), *mapping.choices.values(), *mapping.notes.values()):
        for text in place.addresses:
            area = area_at(text)
            moved = area is not None and (area.sheet in stirred or (gone and area.sheet not in named))
            if area is not None and (moved or area.sheet not in file.sheet_names):
                found[text] = area
    return found


def _name_of(key: str, mapping: WorkbookMapping) -> str:
    for name, place in (*mapping.places.items(), *mapping.choices.items()):
        if key in (place.name, *place.addresses):
            return name
    return mapping.renamed.get(key, key)


def _search(
    file: WorkbookFile, landmarks: Landmarks, expected: Mapping[str, Area], wanted: Mapping[str, Area]
) -> tuple[dict[str, tuple[Area, str]], dict[Area, tuple[int | None, ...]]]:
    """Return where each wanted area is and how it was found, and the rows of those that grew or shrank."""
    texts = SheetTexts(file, landmarks)
    found: dict[str, tuple[Area, str]] = {}
    rows: dict[Area, tuple[int | None, ...]] = {}
    for sheet in dict.fromkeys(area.sheet for area in wanted.values()):
        here = {key: area for key, area in wanted.items() if area.sheet == sheet}
        survivors = [(area, file.names[n]) for n, area in expected.items() if area.sheet == sheet and n in file.names]
        for alignment in _alignments(sheet, survivors, landmarks, texts):
            for key, area in here.items():
                now = None if key in found else find_area(area, alignment)
                if now is None:
                    continue
                found[key] = (now, _how(area, now, alignment, landmarks.sheets.get(sheet, (sheet,))))
                if now.last_row - now.first_row != area.last_row - area.first_row:
                    rows[now] = tuple(find_row(r, alignment) for r in range(area.first_row, area.last_row + 1))
            if len(found.keys() & here.keys()) == len(here):
                break
    return found, rows


def _how(area: Area, now: Area, alignment: Alignment, names: tuple[str, ...]) -> str:
    if now == replace(area, sheet=now.sheet) and now.sheet in names:
        return AT_PLACE
    keys = [mark for mark in alignment.marks.get(area.first_row, ()) if mark.label.startswith("=")]
    keyed = any((now.first_row, mark.column) in alignment.text.cells.get(mark.label, ()) for mark in keys)
    return BY_KEY if keyed else BY_LABEL


@dataclass
class SheetTexts:
    """The labels of a workbook's sheets, each sheet read when it is first asked for."""

    file: WorkbookFile
    landmarks: Landmarks
    known: dict[str, SheetText] = field(default_factory=dict)

    def of(self, name: str) -> SheetText:
        """Return the labels of a sheet."""
        if name not in self.known:
            self.known[name] = sheet_text(self.file.sheet(name), self.landmarks)
        return self.known[name]

    def candidates(self) -> list[SheetText]:
        """Return the labels of all sheets a person fills in."""
        every = [self.of(name) for name in self.file.sheet_names if name not in self.file.hidden]
        return [text for text in every if text.strong and not text.is_glossary]


def _alignments(
    sheet: str, survivors: list[tuple[Area, Area]], landmarks: Landmarks, texts: SheetTexts
) -> Iterable[Alignment]:
    """Yield the recorded sheet laid over the sheet it is, then what is left of it over the others and itself."""
    marks = landmarks.marks.get(sheet, ())
    text = _counterpart(sheet, marks, survivors, landmarks, texts)
    left = set(marks)
    if text is not None:
        first = align(marks, text, _pins(survivors, text.name))
        yield first
        left -= {mark for mark in marks if mark.row in first.rows}
    others = [t for t in texts.candidates() if t is not text]
    for other in sorted([*others, *([text] if text else [])], key=lambda t: -_share(left, t)):
        strong = [mark for mark in left if _strong(mark, other)]
        if len({mark.row for mark in strong}) >= 2 or (strong and other is not text):
            own = [t for t in marks if t in left]
            second = align(own, other, first=False)
            yield second
            left -= {mark for mark in left if mark.row in second.rows}


def _pins(survivors: list[tuple[Area, Area]], sheet: str) -> dict[Cell, Cell]:
    """Return the corners of the areas whose names are still there, as recorded and as they are."""
    pins = {}
    for then, now in survivors:
        if now.sheet == sheet:
            pins[then.first_row, then.first_column] = (now.first_row, now.first_column)
            pins[then.last_row, then.last_column] = (now.last_row, now.last_column)
    return pins


def _counterpart(
    sheet: str,
    marks: tuple[Landmark, ...],
    survivors: list[tuple[Area, Area]],
    landmarks: Landmarks,
    texts: SheetTexts,
) -> SheetText | None:
    """Return the sheet that a recorded one is: where its names are, the one of its name, or of most of its labels."""
    homes = Counter(now.sheet for _, now in survivors)
    if homes:
        return texts.of(homes.most_common(1)[0][0])
    names = landmarks.sheets.get(sheet, (sheet,))
    own = next((name for name in names if name in texts.file.sheet_names), None)
    if own is not None:
        text = texts.of(own)
        if _share(marks, text) >= ENOUGH or not text.strong:
            return text
    ranked = sorted(texts.candidates(), key=lambda t: -_share(marks, t))
    shares = [_share(marks, text) for text in ranked]
    if shares and shares[0] >= SOME and (len(shares) == 1 or shares[1] < shares[0]):
        return ranked[0]
    return None


def _share(marks: Iterable[Landmark], text: SheetText) -> float:
    """Return which share of the recorded labels a sheet has."""
    labels = {mark.label for mark in marks}
    return len({label for label in labels if label in text.cells}) / len(labels) if labels else 0.0


def _strong(mark: Landmark, text: SheetText) -> bool:
    return any(cell in text.strong for cell in text.cells.get(mark.label, ()))
