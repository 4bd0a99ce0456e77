"""Find, for a draft of a mapping, the answers that no list of codes knows: its author says what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vsme_xl.codelists import codes
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.label_match import unit_of
from vsme_xl.reading.meaning import CODED, Wording, meaning_of
from vsme_xl.reading.workbook_file import WorkbookFile

LONGEST, MOST = 60, 40  # longer texts are no answers of a list; of more than these the first will do


def unknown_answers(
    file: WorkbookFile, places: Iterable[tuple[str, str]], language: str
) -> dict[str, dict[str, str]]:
    """Return by list of codes the answers that it does not know, each with the code it probably means or nothing.

    `places` are names of datapoints and the addresses of their cells.
    """
    wording = Wording(language, {}, frozenset)
    found: dict[str, dict[str, str]] = {}
    for name, at in places:
        datapoint = load_edition().datapoints[name.removesuffix("_previous")]
        group = "yes_no" if datapoint.kind == "boolean" else datapoint.codelist
        if group:
            for text in _unknown(file, at, datapoint, wording):
                mine = found.setdefault(group, {})
                if len(mine) < MOST:
                    mine[text] = _probably(text, group)
    return found


def _unknown(file: WorkbookFile, at: str, datapoint: Datapoint, wording: Wording) -> Iterator[str]:
    area = area_at(at)
    if area is None or area.sheet not in file.sheet_names:
        return
    if datapoint.kind not in CODED | {"boolean", "text"}:
        return
    grid = file.sheet(area.sheet)
    for row in range(area.first_row, min(area.last_row + 1, grid.n_rows)):
        for column in range(area.first_column, area.last_column + 1):
            raw = grid.value(row, column)
            if isinstance(raw, str) and len(raw) <= LONGEST and "\n" not in raw:
                cell = meaning_of(raw, datapoint, wording, lambda: False)
                if cell.problem in ("unknown_code", "not_yes_or_no"):
                    yield raw.strip()


def _probably(text: str, group: str) -> str:
    """Return the unit that a word of everyday language means; nothing for other answers."""
    unit = unit_of(text) if group.endswith("unit") else ""
    return unit if unit in codes(group) else ""
