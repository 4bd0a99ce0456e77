"""Write the sheet of companies: one row per workbook with profile, quality and figures; totals above, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from vsme_xl.codelists import codelist
from vsme_xl.portfolio.companies import Company
from vsme_xl.portfolio.sheets import Book, company_name, head, put_median, shown, title_of
from vsme_xl.portfolio.specification import specification
from vsme_xl.portfolio.statistics import figures_of, outliers
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import done, height_of, number_format

PROFILE = (
    "entity", "country", "section", "size", "period_end", "counts", "answered", "missing", "errors", "warnings",
    "result",
)  # fmt: skip
WIDTHS = (34, 15, 28, 10, 11, 13, 10, 9, 8, 10, 13)
DETAILS = ("identifier", "activity", "module", "period_start", "template", "file")
DETAIL_WIDTHS = (27, 44, 34, 11, 14, 44)
PRINTED_PAGES = 3
NUMBERS = frozenset({"answered", "missing", "errors", "warnings"})
MOST_LINKS = 65_000  # Excel takes 65,530 links on a sheet
TOTAL, STATING, MEDIAN, HEAD = 4, 5, 6, 7
FIRST = HEAD + 1
FIGURE_WIDTH = 17


def place(key: str) -> int:
    """Return the column of a part of the profile."""
    return 1 + PROFILE.index(key)


def figure_columns() -> dict[str, int]:
    """Return the column of each figure."""
    return {name: 1 + len(PROFILE) + n for n, name in enumerate(specification()["figures"])}


def column_range(book: Book, column: int, count: int) -> str:
    """Return the cells of a column over all companies, as a formula refers to them from any sheet."""
    letters = xl_col_to_name(column)
    return f"'{title_of(book, 'companies')}'!${letters}${FIRST + 1}:${letters}${FIRST + max(1, count)}"


def write_companies(book: Book, companies: Sequence[Company]) -> None:
    """Write the sheet of companies; values far from the others' are marked."""
    counted = sum(c.counts == "yes" for c in companies)
    widths = (*WIDTHS, *(FIGURE_WIDTH for _ in figure_columns()), *DETAIL_WIDTHS)
    said = book.text("companies_line", workbooks=len(companies), companies=counted)
    sheet = head(book, "companies", widths, said, FIRST, HEAD)
    put(sheet, 2, 1, book.text("outlier_line"), book.formats.get("outlier"))
    _summary_rows(book, sheet, companies)
    sheet.set_row(HEAD, 66)
    for column, key in enumerate(PROFILE, start=1):
        put(sheet, HEAD, column, book.text(f"columns.{key}"), _head_style(book, key in NUMBERS))
    for name, column in figure_columns().items():
        put(sheet, HEAD, column, book.figure(name), _head_style(book, True))
    details = 1 + len(PROFILE) + len(figure_columns())
    for column, key in enumerate(DETAILS, start=details):
        put(sheet, HEAD, column, book.text(f"columns.{key}"), _head_style(book, False))
    marked = outliers(companies)
    for row, company in enumerate(companies, start=FIRST):
        sheet.set_row(row, _height(book, company))
        _write_profile(book, sheet, row, company)
        _write_figures(book, sheet, row, company, marked)
        _write_details(book, sheet, row, details, company)
    last = FIRST + max(1, len(companies)) - 1
    sheet.autofilter(HEAD, 1, last, details + len(DETAILS) - 1)
    sheet.freeze_panes(FIRST, 2)
    sheet.repeat_columns(1, 1)
    sheet.fit_to_pages(PRINTED_PAGES, 0)


def _height(book: Book, company: Company) -> float | None:
    """Return the height of a company's row, in which long names, sections and activities are wrapped."""
    texts = (company_name(company), book.country(company.country), book.section(company.section))
    details = (company.identifier, company.activity)
    return height_of([*zip(texts, WIDTHS, strict=False), *zip(details, DETAIL_WIDTHS, strict=False)])


def _head_style(book: Book, right: bool) -> Any:
    return book.formats.get("header_right" if right else "header")


def _summary_rows(book: Book, sheet: Any, companies: Sequence[Company]) -> None:
    """Write total, number of companies that state a figure, and median above the figures' heads."""
    yes = book.text("counting.yes")
    counts = column_range(book, place("counts"), len(companies))
    for row, key in ((TOTAL, "total"), (STATING, "stating"), (MEDIAN, "median")):
        put(sheet, row, 1, book.text(f"rows.{key}"), book.formats.get("label"))
        for name, column in figure_columns().items():
            known, cells = figures_of(companies, name), column_range(book, column, len(companies))
            style = figure_style(book, name, known.median, "computed")
            if row == STATING:
                formula = f'=COUNTIFS({counts},"{yes}",{cells},"<>")'
                put_formula(sheet, row, column, formula, book.formats.get("computed", "0"), float(known.companies))
            elif row == MEDIAN:
                counted = (f'{counts}="{yes}"',)
                put_median(sheet, (row, column), counted, cells, style, known.median)
            elif specification()["figures"][name] == "sum":
                put_formula(sheet, row, column, f'=SUMIFS({cells},{counts},"{yes}")', style, known.total or 0.0)


def figure_style(book: Book, name: str, value: float | None, style: str) -> Any:
    """Return the format of a figure's value."""
    d = book.edition.datapoints[name]
    if d.kind == "money":
        return book.formats.get(style, "#,##0")
    return book.formats.get(style, number_format(d.kind, d.unit, value) if value is not None else "")


def _write_profile(book: Book, sheet: Any, row: int, company: Company) -> None:
    formats = book.formats
    texts = (
        company_name(company), book.country(company.country), book.section(company.section), book.size(company.size),
        company.period_end, book.text(f"counting.{company.counts}"),
    )  # fmt: skip
    for column, text in enumerate(texts, start=1):
        put(sheet, row, column, shown(text), formats.get("text"))
    put(sheet, row, place("answered"), company.share_answered, formats.get("value", "0 %"))
    for key in ("missing", "errors", "warnings"):
        value = float(getattr(company, key))
        put(sheet, row, place(key), value, formats.get("alarm" if key == "errors" and value else "value", "0"))
    if row < MOST_LINKS:
        link = link_to(company.result, book.text("open"))
        done(sheet.write_url(row, place("result"), link, formats.get("link_apart")))


def link_to(path: str, text: str) -> Any:
    """Return a link to a file by its path from the portfolio's folder, with slashes, which every program follows."""
    from xlsxwriter.url import Url

    url = Url(f"external:{path}")
    url.text = text
    url._relationship_link = url._relationship_link.replace("\\", "/")  # the library writes backslashes
    return url


def _write_figures(book: Book, sheet: Any, row: int, company: Company, marked: frozenset[tuple[str, str]]) -> None:
    for name, column in figure_columns().items():
        value = company.figures.get(name)
        style = "outlier_value" if (company.file, name) in marked else "value"
        put(sheet, row, column, value, figure_style(book, name, value, style))


def _write_details(book: Book, sheet: Any, row: int, first: int, company: Company) -> None:
    module = codelist("module", book.language.code).labels.get(company.module, company.module)
    texts = (
        company.identifier, company.activity, module, company.period_start, company.template, company.file,
    )  # fmt: skip
    for column, text in enumerate(texts, start=first):
        put(sheet, row, column, shown(text), book.formats.get("text"))
