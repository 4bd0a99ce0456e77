"""What the sheets of a portfolio share: the workbook being written, its texts, heads and cells in ascending rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vsme_xl.cell_text import clean
from vsme_xl.codelists import codelist
from vsme_xl.edition import Edition
from vsme_xl.language import Language
from vsme_xl.portfolio.companies import Company
from vsme_xl.results.cells import put, sheet_name
from vsme_xl.results.format import Formats, set_up_page

SHEETS = ("overview", "companies", "groups", "series", "findings", "all_findings", "failed", "about")


@dataclass(frozen=True)
class Book:
    """The portfolio being written: its sheets by key, formats, texts, and the standard's edition."""

    workbook: Any
    formats: Formats
    sheets: dict[str, Any]
    language: Language
    edition: Edition

    def text(self, path: str, **values: object) -> str:
        """Return a text of the portfolio's part of the language file."""
        return self.language.text(f"portfolio.{path}", **values)

    def unit(self, name: str) -> str:
        """Return how a figure's unit is shown; percentages show theirs in each value."""
        d = self.edition.datapoints[name]
        return codelist("unit", self.language.code).labels.get(d.unit, d.unit)

    def figure(self, name: str) -> str:
        """Return the label of a figure with its unit below."""
        unit = self.unit(name)
        return f"{self.language.label(name)}\n{unit}" if unit else self.language.label(name)

    def country(self, code: str) -> str:
        """Return a country's name, or the word for unknown."""
        return codelist("country", self.language.code).labels.get(code, code) or self.text("unknown")

    def section(self, letter: str) -> str:
        """Return letter and title of a NACE section, or the word for unknown."""
        title = codelist("nace", self.language.code).labels.get(f"NACE_{letter}", letter).partition(" - ")[2]
        return f"{letter} {title.capitalize()}" if letter else self.text("unknown")

    def size(self, name: str) -> str:
        """Return the words for a size class, or the word for unknown."""
        return self.text(f"sizes.{name}") if name else self.text("unknown")


def head(book: Book, key: str, widths: Sequence[float], subtitle: str, first: int, repeat: int | None = None) -> Any:
    """Set a sheet up (columns from the second on, page, panes frozen at `first`) and write its title."""
    sheet = book.sheets[key]
    sheet.set_column(0, 0, 2)
    for column, width in enumerate(widths, start=1):
        sheet.set_column(column, column, width)
    set_up_page(sheet, first, book.language.text("results.footer"), repeat)
    sheet.set_row(0, 26)
    put(sheet, 0, 1, book.text(f"sheets.{key}"), book.formats.get("title"))
    put(sheet, 1, 1, subtitle, book.formats.get("subtitle"))
    return sheet


def heads(book: Book, sheet: Any, row: int, keys: Sequence[str], right: frozenset[str] = frozenset()) -> None:
    """Write the heads of columns from the second on."""
    for column, key in enumerate(keys, start=1):
        style = book.formats.get("header_right" if key in right else "header")
        put(sheet, row, column, book.text(f"columns.{key}"), style)


def put_median(
    sheet: Any, cell: tuple[int, int], conditions: Sequence[str], cells: str, style: Any, value: float | None
) -> None:
    """Write the median of the cells that meet all conditions and are not blank, live; an empty text without any.

    An array formula, as Excel 2010 and LibreOffice know no MEDIANIFS.
    """
    meeting = "*".join(f"({condition})" for condition in (*conditions, f'{cells}<>""'))
    formula = f'{{=IFERROR(MEDIAN(IF({meeting},{cells},"")),"")}}'
    sheet.write_array_formula(*cell, *cell, formula, style, "" if value is None else value)


def shown(text: str) -> str:
    """Return a client's text as a cell can hold it."""
    return clean(text)


def title_of(book: Book, key: str) -> str:
    """Return the name of a sheet's tab."""
    return sheet_name(book.text(f"sheets.{key}"))


def company_name(company: Company) -> str:
    """Return a company's name, or its file where it states none."""
    return shown(company.entity or company.file)
