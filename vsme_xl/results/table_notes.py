"""Write the company's footnotes beside the rows of a table (below the fuels, which stand across)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsme_xl.results.cells import put
from vsme_xl.results.rules import ACROSS, FIRST_COLUMN, FIRST_ROW, compiled
from vsme_xl.results.source import Entry
from vsme_xl.results.tables_layout import ACROSS_COLUMN, Block, columns_of
from vsme_xl.results.topics import Book, set_height

WIDTH = 30


def write_notes(book: Book, sheet: Any, block: Block, noted: Mapping[tuple[str, int], Entry]) -> None:
    """Write one cell of notes for each row that has any, each with the label of the column it is about.

    `noted` are the entries of the table that have a note.
    """
    if not noted:
        return
    rows = book.source.values.rows[block.table]
    texts = [_said(book, block, noted, int(rows[place])) for place in block.places]
    if not any(texts):
        return
    place, head = _place(book, block), book.source.text("columns.note")
    if block.table == ACROSS:
        put(sheet, place, 1, head, book.formats.get("label"))
        put(sheet, place, ACROSS_COLUMN - 1, None, book.formats.get("unit"))
    else:
        put(sheet, block.first - 2, place, head, book.formats.get("header"))
        put(sheet, block.first - 1, place, None, book.formats.get("unit"))
        sheet.set_column(place, place, WIDTH)
    for line, text in enumerate(texts, start=block.first):
        row, column = (place, line) if block.table == ACROSS else (line, place)
        if text:
            put(sheet, row, column, text, book.formats.get("note"))
    longest = max(texts, key=len)
    if block.table == ACROSS:
        set_height(sheet, place, [(longest, WIDTH / 2)])


def row_notes(book: Book, block: Block, noted: Mapping[tuple[str, int], Entry], item: int) -> list[tuple[str, float]]:
    """Return the notes of a row and the width of their cell, for the height of the row."""
    text = _said(book, block, noted, item) if noted else ""
    return [(text, WIDTH)] if text else []


def _said(book: Book, block: Block, noted: Mapping[tuple[str, int], Entry], item: int) -> str:
    """Return the notes of one row; a note on several of its columns once, with the labels of all."""
    about: dict[str, list[str]] = {}
    for _, d in columns_of(book.source.edition.name, block.table):
        entry = noted.get((d.name, item))
        if entry is not None:
            about.setdefault(entry.note, []).append(book.source.language.label(d.name))
    return "\n".join(f"{', '.join(labels)}: {note}" for note, labels in about.items())


def _place(book: Book, block: Block) -> int:
    """Return the column of the notes, right of all others of the table; of the fuels the row below all others."""
    source = book.source
    taken = len(source.edition.tables[block.table].columns)
    taken += len(compiled(source.edition.name, source.language.code).matches[block.table])
    return FIRST_ROW + taken if block.table == ACROSS else FIRST_COLUMN + taken + 2 * len(block.typed)
