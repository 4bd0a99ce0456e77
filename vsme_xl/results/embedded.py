"""Each fact of the sheet Data once more, for programs: as JSON in the hidden first column, so that it is read back."""

from __future__ import annotations

import json

from vsme_xl.cell_text import clean, json_text
from vsme_xl.results.source import Entry

KIND, VERSION, VALUE, LONGEST = "vsme-xl-results", "1", 4, 5_000


def head_text(language: str) -> str:
    """Return what the first cell of the sheet says of the workbook."""
    return json.dumps({"template": KIND, "version": VERSION, "language": language})


def fact_text(entry: Entry) -> str:
    """Return one fact with its codes, units and the year before; a long text is only marked: the row shows it.

    A key of a row too long to be one is left out: the number of the row stands for it.
    """
    fact: dict[str, object] = {
        "name": entry.name, "row": entry.row, "concept": entry.concept, "dimensions": entry.dimensions,
        "value": entry.value, "unit": entry.unit, "basis": entry.basis,
    }  # fmt: skip
    if isinstance(entry.value, str) and len(entry.value) > LONGEST:
        fact |= {"value": None, "long": True}
    if entry.previous is not None:
        fact |= {"previous": entry.previous, "previous_unit": entry.previous_unit}
    if entry.note:
        fact["note"] = entry.note[:LONGEST]
    if sum(len(str(member)) for _, member in entry.dimensions) > LONGEST // 5:
        fact["dimensions"] = ()
    return clean(json_text(fact))
