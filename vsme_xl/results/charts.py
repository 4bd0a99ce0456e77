"""Draw the native charts of the summary, each over a small table of live figures beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import BLUE, GREY, INK, TEAL, format_of
from vsme_xl.results.plan import summary_figures
from vsme_xl.results.topics import Book, set_head_height

LABEL, VALUE = 1, 2
WIDTHS = (46, 17, 13, 14, 14, 13, 3)
CHART_COLUMN, LAST_CHART_COLUMN, CHART_ROWS = 8, 16, 14
CHART_SIZE = (520, 262)
COLOURS = {"renewable": "#4F9D69", "non_renewable": "#8A94A0", "diverted": "#4F9D69", "disposed": "#C98A3B"}


@dataclass(frozen=True)
class Series:
    """One series of a chart: its label, and the datapoint behind each category (None where it has no value)."""

    key: str
    names: tuple[str | None, ...]


def write_charts(book: Book, sheet: Any, row: int, top: int) -> int:
    """Write the figures behind each chart and put the charts beside the key figures, from row `top` on.

    There is none without data. Return the row below the last chart.
    """
    for name, spec in summary_figures(book.source.edition.name)["charts"].items():
        categories, series = _figures(book, spec)
        if not series:
            continue
        last = _chart_figures(book, sheet, row, name, (categories, series))
        chart = _chart(book, sheet, name, row, (categories, series))
        sheet.insert_chart(top, CHART_COLUMN, chart, {"object_position": 2, "description": _title(book, name)})
        top += CHART_ROWS
        row = last + 2
    return top


def _title(book: Book, name: str) -> str:
    return book.source.text(f"charts.{name}.title")


def _unit(book: Book, name: str) -> str:
    return book.source.text(f"charts.{name}.unit")


def _figures(book: Book, spec: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """Return the categories and series of a chart that have a value above zero."""
    source = book.source

    def known(name: str) -> str | None:
        there = (name, -1) in source.entries and not book.plan.lines[name, -1][1].hidden
        return name if there and source.effective(name) is not None else None

    kept = {key: [known(n) for n in names] for key, names in spec["series"].items()}
    some = [any(names[i] is not None for names in kept.values()) for i in range(len(spec["categories"]))]
    positive = any(float(source.effective(n) or 0) > 0 for names in kept.values() for n in names if n)
    if not positive:
        return (), ()
    categories = tuple(c for c, there in zip(spec["categories"], some, strict=True) if there)
    return categories, tuple(
        Series(key, tuple(n for n, there in zip(names, some, strict=True) if there)) for key, names in kept.items()
    )


Figures = tuple[tuple[str, ...], tuple[Series, ...]]


def _chart_figures(book: Book, sheet: Any, row: int, name: str, figures: Figures) -> int:
    """Write the small table a chart shows; return its last row."""
    categories, series = figures
    source, formats = book.source, book.formats
    heads = [source.text("chart_figures", title=_title(book, name))]
    heads += [source.text(f"charts.{name}.series.{one.key}") for one in series]
    set_head_height(sheet, row, zip(heads, WIDTHS, strict=False))
    for column, text in enumerate(heads, start=LABEL):
        put(sheet, row, column, text, formats.get("header"))
    for line, category in enumerate(categories, start=row + 1):
        put(sheet, line, LABEL, source.text(f"charts.{name}.categories.{category}"), formats.get("label"))
        for column, one in enumerate(series, start=VALUE):
            point = one.names[line - row - 1]
            value = source.effective(point) if point else None
            if point is None:
                sheet.write_blank(line, column, None, formats.get("blank"))
            else:
                style = formats.get("value", format_of(source.edition.datapoints[point], value))
                put_formula(sheet, line, column, f"={point}", style, value)
    return row + len(categories)


def _chart(book: Book, sheet: Any, name: str, row: int, figures: Figures) -> Any:
    """Return the chart of a small table: one series as columns with their values, several as stacked bars."""
    categories, series = figures
    stacked = len(series) > 1
    kind = {"type": "bar", "subtype": "stacked"} if stacked else {"type": "column"}
    chart = book.workbook.add_chart(kind)
    for column, one in enumerate(series, start=VALUE):
        options = {
            "name": [sheet.name, row, column],
            "categories": [sheet.name, row + 1, LABEL, row + len(categories), LABEL],
            "values": [sheet.name, row + 1, column, row + len(categories), column],
            "fill": {"color": COLOURS.get(one.key, TEAL)},
            "gap": 60,
        }
        if not stacked:
            options["data_labels"] = {"value": True, "font": {"size": 9, "color": INK}}
        chart.add_series(options)
    values = [book.source.effective(n) for one in series for n in one.names if n]
    from_zero = all(not isinstance(v, float) or v >= 0 for v in values)
    title = book.source.text("chart_title", title=_title(book, name), unit=_unit(book, name))
    _style(chart, title, stacked, from_zero)
    return chart


def _style(chart: Any, title: str, stacked: bool, from_zero: bool) -> None:
    """Give a chart its title, calm axes and size."""
    chart.set_title({"name": title, "name_font": {"size": 11, "bold": True, "color": BLUE}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": {"size": 9}} if stacked else {"none": True})
    names = {"num_font": {"size": 9, "color": INK}, "line": {"color": GREY}, "reverse": stacked}
    names["label_position"] = "low"
    numbers: dict[str, Any] = {
        "num_font": {"size": 9, "color": GREY}, "num_format": "#,##0", "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E3E8ED", "width": 0.75}},
    }  # fmt: skip
    if stacked:
        numbers["label_position"] = "high"
    if from_zero:
        numbers["min"] = 0
    chart.set_x_axis(numbers if stacked else names)
    chart.set_y_axis(names if stacked else numbers)
    chart.set_size({"width": CHART_SIZE[0], "height": CHART_SIZE[1]})
    chart.set_chartarea({"border": {"color": "#D5DBE1"}})
