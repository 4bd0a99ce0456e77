"""Write the overview: how many companies, totals and medians, quality of the answers, and charts; live figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsme_xl.portfolio.companies import Company
from vsme_xl.portfolio.companies_sheet import MEDIAN as MEDIANS
from vsme_xl.portfolio.companies_sheet import STATING, TOTAL, column_range, figure_columns, figure_style, place
from vsme_xl.portfolio.findings_sheets import Findings, most_frequent
from vsme_xl.portfolio.groups_sheet import COUNT, FIRST_FIGURE, LABEL, Block
from vsme_xl.portfolio.sheets import Book, head, heads, title_of
from vsme_xl.portfolio.specification import specification
from vsme_xl.portfolio.statistics import figures_of
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import BLUE, GREY, INK, TEAL, height_of

WIDTHS = (58, 15, 12, 13, 15, 3)
NAME, VALUE, UNIT, STATED, MEDIAN = range(1, 6)
CHART_COLUMN, CHART_ROWS = 7, 15
CHART_SIZE = (640, 270)
QUALITY = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0), (1.0, 1.01))
MOST_FINDINGS = 10
SCOPES = ("GrossScope1GreenhouseGasEmissions", "GrossLocationBasedScope2GreenhouseGasEmissions")
COLOURS = (BLUE, TEAL)


def write_overview(
    book: Book, companies: Sequence[Company], failed: int, found: Findings, blocks: Mapping[str, Block]
) -> None:
    """Write the sheet that opens first."""
    sheet = head(book, "overview", WIDTHS, book.text("overview_line"), 0)
    row = _counts(book, sheet, 3, companies, failed)
    row = _totals(book, sheet, row + 1, companies)
    quality = _quality(book, sheet, row + 1, companies)
    frequent = _frequent(book, sheet, quality[1] + 2, found)
    charts = [
        _emissions(book, blocks["section"]),
        _countries(book, blocks["country"]),
        _bars(book, "quality", quality),
        _bars(book, "frequent", frequent, UNIT),  # the codes, as the words are too long for an axis
    ]
    top = 3
    for chart in charts:
        if chart is not None:
            sheet.insert_chart(top, CHART_COLUMN, chart, {"object_position": 2})
            top += CHART_ROWS
    sheet.activate()


def _counts(book: Book, sheet: Any, row: int, companies: Sequence[Company], failed: int) -> int:
    """Write how many companies, workbooks, failures and errors there are; return the next row."""
    counts = column_range(book, place("counts"), len(companies))
    errors = column_range(book, place("errors"), len(companies))
    yes = book.text("counting.yes")
    lines = (
        ("companies", f'=COUNTIFS({counts},"{yes}")', sum(c.counts == "yes" for c in companies)),
        ("workbooks", f"=COUNTA({counts})", len(companies)),
        ("with_errors", f'=COUNTIFS({errors},">0")', sum(c.errors > 0 for c in companies)),
    )
    for key, formula, value in lines:
        put(sheet, row, NAME, book.text(f"rows.{key}"), book.formats.get("label"))
        put_formula(sheet, row, VALUE, formula, book.formats.get("computed", "0"), float(value))
        row += 1
    put(sheet, row, NAME, book.text("rows.failed"), book.formats.get("label"))
    put(sheet, row, VALUE, float(failed), book.formats.get("alarm" if failed else "value", "0"))
    return row + 1


def _totals(book: Book, sheet: Any, row: int, companies: Sequence[Company]) -> int:
    heads(book, sheet, row, ("figure", "total", "unit", "stating", "median"), frozenset({"total", "stating", "median"}))
    for name, column in figure_columns().items():
        row += 1
        known = figures_of(companies, name)
        put(sheet, row, NAME, book.language.label(name), book.formats.get("label"))
        if specification()["figures"][name] == "sum":
            style = figure_style(book, name, known.total or 0.0, "computed")
            put_formula(sheet, row, VALUE, _cell(book, TOTAL, column), style, known.total or 0.0)
        else:
            put(sheet, row, VALUE, None, book.formats.get("blank"))
        put(sheet, row, UNIT, book.unit(name), book.formats.get("small"))
        style = book.formats.get("computed", "0")
        put_formula(sheet, row, STATED, _cell(book, STATING, column), style, float(known.companies))
        style = figure_style(book, name, known.median, "computed")
        put_formula(sheet, row, MEDIAN, _cell(book, MEDIANS, column), style, known.median)
    return row + 1


def _cell(book: Book, row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return f"='{title_of(book, 'companies')}'!{xl_rowcol_to_cell(row, column, True, True)}"


def _quality(book: Book, sheet: Any, row: int, companies: Sequence[Company]) -> tuple[int, int]:
    """Write how many workbooks answer which share of what applies; return the first and the last row of the list."""
    heads(book, sheet, row, ("answered", "workbooks"), frozenset({"workbooks"}))
    cells = column_range(book, place("answered"), len(companies))
    shares = [c.share_answered for c in companies if c.share_answered is not None]
    for line, (low, high) in enumerate(QUALITY, start=row + 1):
        text = book.text("quality_all") if low == 1.0 else book.text("quality", low=f"{low:.0%}", high=f"{high:.0%}")
        put(sheet, line, NAME, text, book.formats.get("label"))
        formula = f'=COUNTIFS({cells},">={low}",{cells},"<{high}")'
        value = float(sum(low <= s < high for s in shares))
        put_formula(sheet, line, VALUE, formula, book.formats.get("computed", "0"), value)
    return row + 1, row + len(QUALITY)


def _frequent(book: Book, sheet: Any, row: int, found: Findings) -> tuple[int, int]:
    heads(book, sheet, row, ("frequent", "clients"), frozenset({"clients"}))
    listed = most_frequent(found, MOST_FINDINGS)
    for line, (text, code, clients) in enumerate(listed, start=row + 1):
        sheet.set_row(line, height_of([(text, WIDTHS[0])]))
        put(sheet, line, NAME, text, book.formats.get("label"))
        put(sheet, line, VALUE, float(clients), book.formats.get("value", "0"))
        put(sheet, line, UNIT, code, book.formats.get("subtitle"))
    return row + 1, row + len(listed)


def _emissions(book: Book, block: Block) -> Any:
    """Return the chart of emissions by NACE section: Scope 1 and Scope 2 stacked."""
    if block.last < block.first:
        return None
    chart = book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    summed = [n for n, how in specification()["figures"].items() if how == "sum"]
    for name, colour in zip(SCOPES, COLOURS, strict=True):
        column = FIRST_FIGURE + summed.index(name)
        _series(book, chart, "groups", (LABEL, column), (block.first, block.last), colour, book.language.label(name))
    _style(book, chart, "emissions", stacked=True)
    return chart


def _countries(book: Book, block: Block) -> Any:
    if block.last < block.first:
        return None
    chart = book.workbook.add_chart({"type": "bar"})
    _series(book, chart, "groups", (LABEL, COUNT), (block.first, block.last), TEAL, book.text("columns.companies"))
    _style(book, chart, "countries")
    return chart


def _bars(book: Book, key: str, rows: tuple[int, int], labels: int = NAME) -> Any:
    if rows[1] < rows[0]:
        return None
    chart = book.workbook.add_chart({"type": "bar"})
    _series(book, chart, "overview", (labels, VALUE), rows, TEAL, book.text(f"charts.{key}"))
    _style(book, chart, key)
    return chart


def _series(
    book: Book, chart: Any, sheet: str, columns: tuple[int, int], rows: tuple[int, int], colour: str, name: str
) -> None:
    title = title_of(book, sheet)
    chart.add_series(
        {
            "name": name,
            "categories": [title, rows[0], columns[0], rows[1], columns[0]],
            "values": [title, rows[0], columns[1], rows[1], columns[1]],
            "fill": {"color": colour},
            "gap": 50,
        }
    )


def _style(book: Book, chart: Any, key: str, stacked: bool = False) -> None:
    title = {"name": book.text(f"charts.{key}"), "name_font": {"size": 11, "bold": True, "color": BLUE}}
    chart.set_title({**title, "overlay": False})
    chart.set_legend({"position": "bottom", "font": {"size": 9}} if stacked else {"none": True})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9, "color": INK}, "line": {"color": GREY}})
    chart.set_x_axis(
        {
            "num_font": {"size": 9, "color": GREY}, "num_format": "#,##0", "line": {"none": True}, "min": 0,
            "label_position": "high", "major_gridlines": {"visible": True, "line": {"color": "#E3E8ED", "width": 0.75}},
        }
    )  # fmt: skip
    chart.set_size({"width": CHART_SIZE[0], "height": CHART_SIZE[1]})
    chart.set_chartarea({"border": {"color": "#D5DBE1"}})
