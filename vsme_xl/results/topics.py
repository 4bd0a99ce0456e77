"""Write the topic sheets: one row per fact, with its value, change, basis and source; what is closed is hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.display import date
from vsme_xl.edition import Datapoint
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import LINE_HEIGHT, Formats, done, format_of, height_of, number_format, set_up_page
from vsme_xl.results.layout import (
    BASIS,
    CELL,
    CHANGE,
    CHANGE_SHARE,
    FIRST_LINE,
    LABEL,
    NOTE,
    PARAGRAPH,
    PREVIOUS,
    UNIT,
    VALUE,
    Line,
    Topic,
    place_of,
)
from vsme_xl.results.plan import Plan
from vsme_xl.results.rules import Rules
from vsme_xl.results.source import Cell, Entry, Source
from vsme_xl.results.tables_layout import cell_of, columns_of
from vsme_xl.results.units import previous_factor, unit_label

COLUMNS = ("label", "paragraph", "value", "unit", "previous", "change", "change_share", "basis", "source", "note")
WIDTHS = (46, 13, 46, 11, 13, 13, 13, 18, 27, 18)
BOLD = 1.6  # how much wider a bold text stands than a plain one, with room for words that do not break
WIDE, LONG_TEXT = sum(WIDTHS[2:7]), 400
RIGHT = frozenset({"previous", "change", "change_share", "answered", "open", "number", "count"})


@dataclass(frozen=True)
class Book:
    """The workbook being written, with its formats, and what is written into it."""

    workbook: Any
    formats: Formats
    source: Source
    plan: Plan
    rules: Rules

    @cached_property
    def subtitle(self) -> str:
        """The company and its period, as they stand on every sheet."""
        return subtitle(self.source)


def write_topic(book: Book, topic: Topic, sheet: Any) -> None:
    """Write one topic sheet; hide the rows of what does not apply, is omitted or unchanged."""
    head(book, sheet, topic.title, COLUMNS, WIDTHS, FIRST_LINE - 1)
    section = book.formats.get("section")
    for line in topic.lines:
        if not line.name:
            sheet.set_row(line.row, 18, None, {"hidden": line.hidden})
            put(sheet, line.row, LABEL, line.label, section)
            sheet.write_blanks(line.row, range(PARAGRAPH, NOTE + 1), section)
        else:
            _write_line(book, sheet, line)
    if topic.hidden:
        sheet.hide()


def head(book: Book, sheet: Any, title: str, columns: tuple[str, ...], widths: tuple[int, ...], row: int) -> None:
    """Write title, subtitle and header row of a sheet and set its columns and page up."""
    source = book.source
    sheet.set_column(0, 0, 2, None, {"hidden": True})
    for column, width in enumerate(widths, start=1):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 26)
    put(sheet, 0, 1, title, book.formats.get("title"))
    put(sheet, 1, 1, book.subtitle, book.formats.get("subtitle"))
    if columns:
        sheet.set_row(row, 30)
        for column, key in enumerate(columns, start=1):
            put(sheet, row, column, source.text(f"columns.{key}"), head_style(book, key))
    set_up_page(sheet, row + 1 if columns else 0, source.text("footer"), row if columns else None)


def head_style(book: Book, key: str) -> Any:
    """Return the format of a column's head: over numbers it stands at the right."""
    return book.formats.get("header_right" if key in RIGHT else "header")


def set_height(
    sheet: Any, row: int, texts: Iterable[tuple[object, float]], hidden: bool = False, least: float = 0
) -> None:
    """Give a row the height its wrapped texts need, at least the given one, and hide it where it is not to be seen."""
    height = max(least, height_of(texts) or 0) or None
    if height is not None or hidden:
        sheet.set_row(row, height, None, {"hidden": hidden})


def set_head_height(sheet: Any, row: int, texts: Iterable[tuple[object, float]], least: float = 0) -> None:
    """Give a header row the height its bold texts need in columns of these widths."""
    sheet.set_row(row, max(least, height_of((text, width / BOLD) for text, width in texts) or LINE_HEIGHT + 3))


def subtitle(source: Source) -> str:
    """Return company and period in one line, for the head of each sheet."""
    entity = source.effective("EntityName")
    days = {}
    for key, name in (("start", "ReportingPeriodStart"), ("end", "ReportingPeriodEnd")):
        entry = source.entries.get((name, -1))
        days[key] = date(str(entry.value), source.language.code) if entry else source.text("unknown")
    period = source.text("period", **days)
    return source.text("subtitle", entity=entity if entity is not None else source.text("unknown"), period=period)


def _write_line(book: Book, sheet: Any, line: Line) -> None:
    formats, datapoint = book.formats, book.source.edition.datapoints[line.name]
    row, entry = line.row, line.entry
    small = formats.get("small")
    value = book.source.shown(datapoint, entry.value) if entry else None
    noted = entry.note if entry else ""
    wide = isinstance(value, str) and len(value) > LONG_TEXT and entry is not None and entry.previous is None
    if wide:
        done(sheet.merge_range(row, VALUE, row, CHANGE_SHARE, "", formats.get("text")))
    cell = entry.source if entry else ""
    paragraph = book.source.paragraph(datapoint)
    texts = (
        (line.label, WIDTHS[0]), (paragraph, WIDTHS[PARAGRAPH - 1]), (value, WIDE if wide else WIDTHS[VALUE - 1]),
        (cell, WIDTHS[CELL - 1]), (noted, WIDTHS[NOTE - 1]),
    )  # fmt: skip
    set_height(sheet, row, texts, line.hidden)
    sheet.write_string(row, 0, entry.concept if entry else datapoint.concept)
    put(sheet, row, LABEL, line.label, formats.get("label"))
    put(sheet, row, PARAGRAPH, paragraph, small)
    if entry is None or entry.value is None:
        _write_open(book, sheet, line)
        if entry is None:
            return
    else:
        write_value(book, sheet, row, VALUE, entry, datapoint, value)
        put(sheet, row, BASIS, book.source.text(f"basis.{entry.basis}"), small)
    if not wide:
        put(sheet, row, UNIT, unit_label(entry.unit, book.source), formats.get("small"))
        write_previous(book, sheet, row, entry, datapoint, value)
    put(sheet, row, CELL, entry.source, small)
    put(sheet, row, NOTE, entry.note, small)


def _write_open(book: Book, sheet: Any, line: Line) -> None:
    """Write a datapoint without answer: its value cell stays empty, a mark and a text say why."""
    if not line.status:
        sheet.write_blank(line.row, VALUE, None, book.formats.get("blank"))
        return
    style = book.formats.get("missing" if line.status == "missing" else "left_out")
    sheet.write_blank(line.row, VALUE, None, style)
    put(sheet, line.row, BASIS, book.source.text(f"open.{line.status}"), style)
    sheet.write_blanks(line.row, (UNIT, PREVIOUS, CHANGE, CHANGE_SHARE, CELL, NOTE), book.formats.get("blank"))


def write_value(
    book: Book, sheet: Any, row: int, column: int, entry: Entry, datapoint: Datapoint, value: Cell
) -> None:
    """Write the value of a fact, as cells show it: as reported, or as a formula that leads to its calculation."""
    formula = calculation_of(book, entry, datapoint) if entry.basis == "computed" else None
    if formula is None:
        style = book.formats.get("text" if isinstance(value, str) else "value", format_of(datapoint, value))
        put(sheet, row, column, value, style)
    else:
        style = book.formats.get("computed_text" if isinstance(value, str) else "computed", format_of(datapoint, value))
        put_formula(sheet, row, column, formula, style, value)


def calculation_of(book: Book, entry: Entry, datapoint: Datapoint) -> str | None:
    """Return the formula that leads to where a computed fact is calculated."""
    if datapoint.table is None:
        return f"={datapoint.name}" if ("rule", datapoint.name) in book.plan.calculated else None
    block = book.plan.blocks.get(datapoint.table)
    if block is None:
        return None
    column = next(c for c, d in columns_of(book.source.edition.name, datapoint.table) if d.name == datapoint.name)
    return f"={cell_of(block, place_of(datapoint.table, entry.row, book.source), column)}"


def write_previous(book: Book, sheet: Any, row: int, entry: Entry, datapoint: Datapoint, now: Cell) -> None:
    """Write the previous-year value and the change to the value of now, absolute and as a share, as live formulas."""
    formats = book.formats
    before = book.source.shown(datapoint, entry.previous)
    if before is None:
        sheet.write_blanks(row, (PREVIOUS, CHANGE, CHANGE_SHARE), formats.get("blank"))
        return
    factor = previous_factor(entry, datapoint) if isinstance(before, float) else 1.0
    if isinstance(before, float) and factor != 1.0:
        style = formats.get("value", number_format(datapoint.kind, datapoint.unit, before * factor))
        put_formula(sheet, row, PREVIOUS, f"={before!r}*{factor!r}", style, before * factor)
        before *= factor
    else:
        put(sheet, row, PREVIOUS, before, formats.get("value", format_of(datapoint, before)))
    if not isinstance(now, float) or not isinstance(before, float) or datapoint.kind in ("date", "year"):
        return
    write_change(book, sheet, row, (VALUE, PREVIOUS, CHANGE, CHANGE_SHARE), (now, before), datapoint)


def write_change(
    book: Book, sheet: Any, row: int, columns: tuple[int, int, int, int], values: tuple[float, float], d: Datapoint
) -> None:
    """Write absolute and relative change between current and previous value; of shares in percentage points."""
    now, before = values
    first, second = (xl_rowcol_to_cell(row, column) for column in columns[:2])
    if d.kind == "share":
        points = book.formats.get("computed", book.source.language.text("portfolio.points"))
        put_formula(sheet, row, columns[2], f"=100*({first}-{second})", points, 100 * (now - before))
    else:
        style = book.formats.get("computed", number_format(d.kind, d.unit, now - before))
        put_formula(sheet, row, columns[2], f"={first}-{second}", style, now - before)
    share = None if before == 0 else (now - before) / abs(before)
    formula = f'=IF({second}=0,"",({first}-{second})/ABS({second}))'
    put_formula(sheet, row, columns[3], formula, book.formats.get("computed", "+0.0 %;-0.0 %;0.0 %"), share)
