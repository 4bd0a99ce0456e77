"""What a workbook holds beside its answers: the rows of our sheet of notes, and sheets that the company added."""

from __future__ import annotations

from collections.abc import Iterable

from vsme_xl.input.layout import LABEL, NOTES_ROW
from vsme_xl.language import languages, load_language
from vsme_xl.reading.mapping_file import WorkbookMapping
from vsme_xl.reading.workbook_file import WorkbookFile

NOTES_COLUMNS = 4
HIDDEN = ("lists", "metadata", "calc")
Note = tuple[str, ...]


def notes_of(file: WorkbookFile, mapping: WorkbookMapping) -> tuple[Note, ...]:
    """Return the rows of the sheet of notes in a workbook of ours: figure, where it comes from, document, person."""
    names = mapping.sheets.get("notes", ())
    sheet = next((name for name in names if name in file.sheet_names), None)
    if sheet is None:
        return ()
    grid = file.sheet(sheet)
    rows = (
        tuple(_text(grid.value(row, LABEL + column)) for column in range(NOTES_COLUMNS))
        for row in range(NOTES_ROW, grid.n_rows)
    )
    return tuple(row for row in rows if any(row))


def own_sheets(file: WorkbookFile, mapping: WorkbookMapping, sources: Iterable[str]) -> tuple[str, ...]:
    """Return the sheets with content that are none of the template's and none of the cells that `sources` name.

    Where the mapping does not list its sheets, none is told apart.
    """
    known = {name for names in mapping.sheets.values() for name in names}
    known |= {source.rpartition("!")[0] for source in sources}
    known |= {load_language(code).text(f"sheets.{key}") for code in languages() for key in HIDDEN}
    added = [name for name in file.sheet_names if mapping.sheets and name not in known]
    return tuple(name for name in added if file.sheet(name).n_rows)


def _text(value: object) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value).strip()
