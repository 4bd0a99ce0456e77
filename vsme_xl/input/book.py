"""What every sheet of the input workbook needs: the workbook at hand, names, words, and the plainest cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from vsme_xl import display
from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, Edition
from vsme_xl.input.format import ACCENT, LINE, QUIET, STATUS_TINT, TINTS, Maker
from vsme_xl.input.layout import MARK, NAME, Placement, layout
from vsme_xl.input.readable import misfit
from vsme_xl.input.values import Cell, Stored
from vsme_xl.language import Language

# Tabs of what need not be filled in by everyone are pale; the others have the colour of their bars.
TAB = {"scope3": ACCENT["comprehensive"], "fuels": LINE, "omissions": LINE, "notes": LINE}


@dataclass(frozen=True)
class Book:
    """What writing needs at hand: the workbook, the placement, the answers, the words and the formats.

    `carried` are the answers (datapoint and row, -1 for a single cell) that are marked as carried over from last year,
    `notes` the rows of the sheet of notes that are filled in. `rows` is how many stand ready in the longest tables, the
    usual number where not given.
    """

    workbook: Any
    sheets: Mapping[str, Any]
    place: Placement
    edition: Edition
    language: Language
    stored: Stored
    counts: Mapping[str, Mapping[str, int]]
    make: Maker
    carried: frozenset[tuple[str, int]] = frozenset()
    notes: tuple[tuple[str, ...], ...] = ()
    rows: int | None = None

    def text(self, path: str, **values: object) -> str:
        """Return a text of the input workbook."""
        return self.language.text(f"input.{path}", **values)

    def word(self, status: str) -> str:
        """Return the word for a status; blank stays blank."""
        return self.language.text(f"input.status.{status}") if status else ""

    def sheet_name(self, key: str) -> str:
        """Return the name of a sheet."""
        return self.language.text(f"sheets.{key}")

    def quoted_name(self, key: str) -> str:
        """Return the name of a sheet as formulas write it."""
        return str(quote_sheetname(self.sheet_name(key)))

    def define(self, name: str, sheet: str, row: int, column: int, last: int | None = None) -> None:
        """Give a cell, or a column down to row `last`, a defined name."""
        spot = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
        if last is not None:
            spot += ":" + xl_rowcol_to_cell(last, column, row_abs=True, col_abs=True)
        self.workbook.define_name(name, f"={self.quoted_name(sheet)}!{spot}")


def write_cell(sheet: Any, row: int, column: int, value: Cell, look: Any) -> None:
    """Write what a person would have typed, or an empty cell."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, look)
    elif isinstance(value, float | int):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), look)


def unit_label(unit: str, book: Book) -> str:
    """Return a unit as a person reads it."""
    own = book.language.texts["input"]["units"]
    return str(own.get(unit) or codelist("unit", book.language.code).labels.get(unit, unit))


def paragraph_label(paragraph: str, book: Book) -> str:
    """Return a paragraph as a person reads it."""
    said = display.paragraph(paragraph, book.language.code)
    return book.text("paragraph").format(said) if paragraph[:1].isdigit() else said


def set_up(key: str, sheet: Any, book: Book) -> None:
    """Set column widths, print layout, the colour of the tab and protection."""
    widths = layout()["sheets"].get(key, layout()["notes"])["widths"]
    plain = book.make()
    for column in range(60):
        width = widths[min(column, len(widths) - 1)]
        sheet.set_column(column, column, width or 2, plain, {"hidden": True} if column == NAME else {})
    sheet.set_default_row(16)
    sheet.set_paper(9)
    if key == "start":
        sheet.set_portrait()
        sheet.fit_to_pages(1, 1)
    else:
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{book.text('title')}, &A&R&8{book.text('page')}")
    sheet.hide_gridlines(2)
    sheet.set_tab_color(TAB.get(key, ACCENT["basic"]))
    options = {"insert_rows": True, "format_columns": True, "format_rows": True, "select_locked_cells": True}
    sheet.protect("", options | {"select_unlocked_cells": True, "objects": True, "scenarios": True})


def link(sheet: Any, row: int, column: int, name: str, text: str, book: Book) -> None:
    """Write a link to a defined name."""
    look = book.make(font_color="#1F5B9A", underline=1, font_size=9)
    sheet.write_url(row, column, f"internal:{name}", look, text)


def heading_row(sheet: Any, row: int, book: Book) -> None:
    """Write the headings of the columns of single datapoints."""
    look = {"bold": True, "font_color": QUIET, "font_size": 9, "bottom": 2, "bottom_color": QUIET, "text_wrap": True}
    names = ("mark", "label", "paragraph", "input", "unit", "computed", "previous", "status")
    right = ("input", "computed", "previous")
    for column, name in enumerate(names, start=MARK):
        align = "right" if name in right else "center" if name in ("mark", "status") else "left"
        indent = 1 if name in (*right, "unit") else 0
        sheet.write_string(row, column, book.text(f"columns.{name}"), book.make(**look, align=align, indent=indent))


def off(cell: str, book: Book) -> str:
    """Return the condition that a status cell says there is nothing to do."""
    tests = (f'{cell}="{book.word(s)}"' for s in ("not_applicable", "omitted", "unchanged"))
    return f"=OR({','.join(tests)})"


def grey(sheet: Any, first: int, left: int, last: int, right: int, condition: str, book: Book) -> None:
    """Turn cells grey where a condition holds."""
    options = {"type": "formula", "criteria": condition, "format": book.make(bare=True, **TINTS["off"])}
    sheet.conditional_format(first, left, last, right, options)


def mark_misfits(sheet: Any, d: Datapoint, first: int, last: int, column: int, book: Book) -> None:
    """Turn cells red that hold what formulas cannot read, such as a number pasted as text."""
    condition = misfit(d, xl_rowcol_to_cell(first, column, col_abs=True))
    if condition:
        options = {"type": "formula", "criteria": f"={condition}", "format": book.make(bare=True, **TINTS["bad"])}
        sheet.conditional_format(first, column, last, column, options)


def colour_status(sheet: Any, first: int, last: int, column: int, book: Book) -> None:
    """Colour status words: done, open, to check, nothing to do."""
    cell = xl_rowcol_to_cell(first, column, col_abs=True)
    for tint, look in TINTS.items():
        words = [book.word(s) for s, t in STATUS_TINT.items() if t == tint]
        test = ",".join(f'{cell}="{word}"' for word in words)
        options = {"type": "formula", "criteria": f"=OR({test})", "format": book.make(bare=True, **look)}
        sheet.conditional_format(first, column, last, column, options)
