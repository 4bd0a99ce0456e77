"""Write the time series: every figure of the companies that report more than one period, a column per period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.portfolio.companies import Company
from vsme_xl.portfolio.companies_sheet import figure_style
from vsme_xl.portfolio.sheets import Book, company_name, head, heads
from vsme_xl.portfolio.specification import specification
from vsme_xl.results.cells import put, put_formula

HEAD = 3
ENTITY, FIGURE, UNIT, FIRST_PERIOD = 1, 2, 3, 4
EXACT = 9  # digits of a change: what is the same but for the order in which it was added up has not changed


def series_of(companies: Sequence[Company]) -> dict[str, dict[str, Company]]:
    """Return by company the workbook that counts for each period end, of companies with more than one period."""
    found: dict[str, dict[str, Company]] = defaultdict(dict)
    for company in companies:
        if company.counts != "same" and company.period_end:
            found[company.owner][company.period_end] = company
    return {owner: dict(sorted(by.items())) for owner, by in found.items() if len(by) > 1}


def write_series(book: Book, companies: Sequence[Company]) -> None:
    """Write the sheet of time series; the last column is the change from the period before to the latest, live."""
    series = series_of(companies)
    periods = sorted({period for by in series.values() for period in by})
    widths = (34, 48, 12, *(14 for _ in periods), 12)
    sheet = head(book, "series", widths, book.text("series_line", companies=len(series)), HEAD + 1, HEAD)
    if not series:
        put(sheet, HEAD, 1, book.text("no_series"), book.formats.get("note"))
        return
    heads(book, sheet, HEAD, ("entity", "figure", "unit"))
    right = book.formats.get("header_right")
    for column, period in enumerate(periods, start=FIRST_PERIOD):
        put(sheet, HEAD, column, period, right)
    put(sheet, HEAD, FIRST_PERIOD + len(periods), book.text("columns.change"), right)
    row = HEAD
    for by in series.values():
        for name in specification()["figures"]:
            if sum(name in company.figures for company in by.values()) > 1:
                row += 1
                _write_line(book, sheet, row, (name, periods), by)
    sheet.autofilter(HEAD, 1, max(row, HEAD + 1), FIRST_PERIOD + len(periods))


def _write_line(
    book: Book, sheet: Any, row: int, what: tuple[str, Sequence[str]], by: dict[str, Company]
) -> None:
    name, periods = what
    latest = list(by.values())[-1]
    put(sheet, row, ENTITY, company_name(latest), book.formats.get("cell"))
    put(sheet, row, FIGURE, book.language.label(name), book.formats.get("cell"))
    put(sheet, row, UNIT, book.unit(name), book.formats.get("cell"))
    known: list[tuple[int, float]] = []
    for column, period in enumerate(periods, start=FIRST_PERIOD):
        value = by[period].figures.get(name) if period in by else None
        put(sheet, row, column, value, figure_style(book, name, value, "value"))
        if value is not None:
            known.append((column, value))
    (before, old), (now, new) = known[-2:]
    first, second = xl_rowcol_to_cell(row, before), xl_rowcol_to_cell(row, now)
    column = FIRST_PERIOD + len(periods)
    if book.edition.datapoints[name].kind == "share":
        style, change = book.formats.get("computed", book.text("points")), round(100 * (new - old), EXACT)
        put_formula(sheet, row, column, f"=ROUND(100*({second}-{first}),{EXACT})", style, change)
        return
    style = book.formats.get("computed", "+0.0 %;-0.0 %;0.0 %")
    formula = f'=IF({first}=0,"",ROUND(({second}-{first})/ABS({first}),{EXACT}))'
    put_formula(sheet, row, column, formula, style, round((new - old) / abs(old), EXACT) if old else None)
