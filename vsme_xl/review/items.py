"""What a review says of a workbook: findings and missing answers with their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vsme_xl.computing import Computed
from vsme_xl.disclosures import gap_cells, gaps_of
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.language import Language, load_language
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.review.sheet import Box, box_of
from vsme_xl.rules.parse import names

# In the order in which they matter to the person who has to mend them.
KINDS = ("error", "missing", "warning", "info")


@dataclass(frozen=True)
class Item:
    """One thing to look at: a finding, or an answer that is missing. Without `box` it belongs to no single cell."""

    kind: str
    code: str
    name: str
    disclosure: str
    label: str
    sheet: str
    box: Box | None
    message: str
    fix: str

    @property
    def cell(self) -> str:
        """The address of the cell with its sheet, empty where there is none."""
        return f"{self.sheet}!{self.box.first}" if self.box is not None else ""


def items_of(
    reading: Reading, computed: Computed, workbook: str, language: str, sheets: tuple[str, ...]
) -> list[Item]:
    """Return what a review lists: the weightiest first, then in the order of the sheets and down each sheet.

    `workbook` is the workbook's name in the frames, `sheets` are its sheets in their order. What belongs to no cell
    stands behind what does.
    """
    edition, words = load_edition(), load_language(language)
    findings = _of(computed.findings, workbook)
    found = [
        _item(f.severity, f.code, f.name, f.cell, (f.message, f.fix), reading, edition, words)
        for f in _records(findings)
    ]
    wrong = {item.name for item in found if item.kind == "error"}
    for name, rows in (gap for gap in gaps_of(computed, workbook, reading.places) if gap[0] not in wrong or gap[1]):
        texts = _missing_texts(name, name in reading.places, words)
        for cell in gap_cells(name, rows, reading.places) or ("",):
            found.append(_item("missing", "missing", name, cell, texts, reading, edition, words))
    order = {title: number for number, title in enumerate(sheets)}

    def place(item: Item) -> tuple[int, int, int, int]:
        row, column = (item.box.top, item.box.left) if item.box is not None else (0, 0)
        return KINDS.index(item.kind), order.get(item.sheet, len(order)), row, column

    return sorted(dict.fromkeys(found), key=place)


def _of(frame: pd.DataFrame, workbook: str) -> pd.DataFrame:
    return frame[frame["workbook"] == workbook]


def _records(frame: pd.DataFrame) -> Iterable[Any]:
    return frame.itertuples(index=False)


def _missing_texts(name: str, has_cell: bool, words: Language) -> tuple[str, str]:
    label = words.label(name)
    mend = words.hint(name) or words.text("review.fill_in", label=label)
    return words.text("review.missing", label=label), mend if has_cell else words.text("review.no_cell", label=label)


def _item(
    kind: str,
    code: str,
    name: str,
    cell: str,
    texts: tuple[str, str],
    reading: Reading,
    edition: Edition,
    words: Language,
) -> Item:
    datapoint = edition.datapoints.get(name)
    label = words.label(name) if datapoint is not None else ""
    sheet, _, address = (cell or _place(datapoint, reading.places, edition)).rpartition("!")
    box = box_of(address) if sheet else None
    disclosure = edition.sections[datapoint.section].disclosure if datapoint is not None else ""
    return Item(kind, code, name, disclosure, label, sheet if box else "", box, *texts)


def _place(datapoint: Datapoint | None, places: Mapping[str, str], edition: Edition) -> str:
    """Return the cell where a datapoint is answered, or else the first cell that its rule reads."""
    if datapoint is None:
        return ""
    if datapoint.name in places or datapoint.formula is None:
        return places.get(datapoint.name, "")
    read = (name for name in names(datapoint.formula) if name in edition.datapoints)
    return next((places[name] for name in read if name in places), "")
