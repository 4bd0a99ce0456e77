"""Write the sheet of groups: totals and medians by NACE section, country and size class, live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.portfolio.companies import Company
from vsme_xl.portfolio.companies_sheet import PRINTED_PAGES, column_range, figure_columns, figure_style, place
from vsme_xl.portfolio.sheets import Book, head, put_median
from vsme_xl.portfolio.specification import specification
from vsme_xl.portfolio.statistics import figures_of, groups_of
from vsme_xl.results.cells import put, put_formula

BY = ("section", "country", "size")
LABEL, COUNT = 1, 2
FIRST_FIGURE = 3
WIDTHS = (44, 11)
MOST_ROWS_ON_PAGE = 80  # beyond that one page would be too small to read


@dataclass(frozen=True)
class Block:
    """Where the totals of one grouping stand, for the charts: rows from `first` to `last`."""

    first: int
    last: int


def write_groups(book: Book, companies: Sequence[Company]) -> dict[str, Block]:
    """Write totals and medians of each grouping; return where the totals stand."""
    figures = figure_columns()
    sheet = head(book, "groups", (*WIDTHS, *(17 for _ in figures)), book.text("groups_line"), 0)
    blocks, row = {}, 3
    for by in BY:
        groups = groups_of(companies, lambda c, by=by: str(getattr(c, by)))  # type: ignore[misc]
        first = row + 2
        for kind in ("totals", "medians"):
            names = [n for n, how in specification()["figures"].items() if kind == "medians" or how == "sum"]
            _heads(book, sheet, row, f"{kind}_by_{by}", names)
            for line, (group, members) in enumerate(groups.items(), start=row + 2):
                title = _title(book, by)(group)
                put(sheet, line, LABEL, title, book.formats.get("label"))
                _write_line(book, sheet, line, (by, kind, names), members, len(companies))
            row += 3 + len(groups)
        blocks[by] = Block(first, first + len(groups) - 1)
    sheet.freeze_panes(2, 2)
    sheet.repeat_columns(LABEL, LABEL)
    sheet.fit_to_pages(PRINTED_PAGES, 1 if row <= MOST_ROWS_ON_PAGE else 0)
    return blocks


def _title(book: Book, by: str) -> Callable[[str], str]:
    return {"section": book.section, "country": book.country, "size": book.size}[by]


def _heads(book: Book, sheet: Any, row: int, title: str, names: Sequence[str]) -> None:
    section = book.formats.get("section")
    put(sheet, row, LABEL, book.text(f"blocks.{title}"), section)
    for column in range(COUNT, FIRST_FIGURE + len(names)):
        sheet.write_blank(row, column, None, section)
    sheet.set_row(row + 1, 66)
    put(sheet, row + 1, LABEL, "", book.formats.get("header"))
    put(sheet, row + 1, COUNT, book.text("columns.companies"), book.formats.get("header_right"))
    for column, name in enumerate(names, start=FIRST_FIGURE):
        put(sheet, row + 1, column, book.figure(name), book.formats.get("header_right"))


def _write_line(
    book: Book, sheet: Any, row: int, block: tuple[str, str, Sequence[str]], members: Sequence[Company], count: int
) -> None:
    by, kind, names = block
    label = xl_rowcol_to_cell(row, LABEL, col_abs=True)
    where = f"{column_range(book, place(by), count)},{label}"
    counts, yes = column_range(book, place("counts"), count), book.text("counting.yes")
    counting = f'{counts},"{yes}"'
    conditions = (f"{column_range(book, place(by), count)}={label}", f'{counts}="{yes}"')
    put_formula(
        sheet, row, COUNT, f"=COUNTIFS({where},{counting})", book.formats.get("computed", "0"), float(len(members))
    )
    for column, name in enumerate(names, start=FIRST_FIGURE):
        known, cells = figures_of(members, name), column_range(book, figure_columns()[name], count)
        if kind == "medians":
            style = figure_style(book, name, known.median, "computed")
            put_median(sheet, (row, column), conditions, cells, style, known.median)
        else:
            style = figure_style(book, name, known.total or 0.0, "computed")
            put_formula(sheet, row, column, f"=SUMIFS({cells},{where},{counting})", style, known.total or 0.0)
