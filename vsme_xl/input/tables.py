"""Write the tables of the input workbook: open ranges a client may extend, and fixed rows with their keys."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, Table, read_rows
from vsme_xl.input.book import Book, grey, mark_misfits, off, paragraph_label, unit_label, write_cell
from vsme_xl.input.format import (
    COMPUTED_FILL,
    LINE,
    QUIET,
    carried_look,
    column_look,
    computed_look,
    height,
    input_look,
    previous_look,
)
from vsme_xl.input.layout import INPUT, NAME, STATUS, TABLE, TablePlace, layout
from vsme_xl.input.target import row_fails, row_formula
from vsme_xl.input.validation import validation
from vsme_xl.input.values import amount, rule_value, unit_of
from vsme_xl.store import reference_columns

REFERENCE_FILL = "#F4F5F2"


def write_table(name: str, book: Book) -> None:
    """Write a table: two heading rows, its rows with the answers, names, validations and grey rules."""
    spot, table = book.place.tables[name], book.edition.tables[name]
    sheet = book.sheets[spot.sheet]
    widths = layout()["sheets"][spot.sheet]["widths"]
    _headings(sheet, spot, widths, book)
    columns = [book.edition.datapoints[n] for n in spot.columns]
    physical = {spot.columns[d.name]: d for d in reversed(columns)}
    quiet = book.make(font_color=QUIET, font_size=8)
    first = columns[0].name
    tall = 48 if any(d.kind == "textblock" for d in columns) else 0
    for number in range(spot.rows):
        row = spot.first + number
        sheet.write_string(row, NAME, first, quiet)
        texts = {c: _answer(d, number, book) for c, d in physical.items() if d.symbol_kind == "text"}
        wanted = [height(t, _width(c, widths)) for c, t in texts.items() if isinstance(t, str)]
        if tall or (len(physical) > 1 and wanted):
            sheet.set_row(row, max([18, tall, *wanted]))
    for column, d in sorted(physical.items()):
        _write_column(sheet, column, d, spot, table, book)
    for name, column in spot.previous.items():
        _write_previous(sheet, column, book.edition.datapoints[name], spot, book)
    for d in columns:
        book.define(d.name, spot.sheet, spot.first, spot.columns[d.name], spot.last)
        _define_unit(d, spot, book)
    if name == "fuels":
        _default_sources(sheet, max(physical) + 1, spot, book)
        shown = max(c for c, d in physical.items() if d.role != "step")
        sheet.print_area(0, 0, spot.last, shown)
    _grey_out(sheet, columns, spot, book)


def _headings(sheet: Any, spot: TablePlace, widths: list[int], book: Book) -> None:
    module = book.place.sections[spot.section].module
    lines = 1
    for name, column in spot.columns.items():
        d = book.edition.datapoints[name]
        if any(c.twin == name for c in book.edition.columns(spot.name)):
            continue
        look = column_look("comprehensive" if d.module == "comprehensive" else module)
        sheet.write_string(spot.header, column, book.language.label(name), book.make(**look))
        below = {**look, "bold": False, "font_color": QUIET, "font_size": 8}
        sheet.write_string(spot.header + 1, column, _below(d, book), book.make(**below))
        lines = max(lines, _lines(book.language.label(name), column, widths))
    for name, column in spot.previous.items():
        label = book.text("previous_column", label=book.language.label(name))
        look = {**column_look(module), "bold": False, "font_color": QUIET}
        sheet.write_string(spot.header, column, label, book.make(**look))
        unit = _below(book.edition.datapoints[name], book)
        sheet.write_string(spot.header + 1, column, unit, book.make(**{**look, "font_size": 8}))
        lines = max(lines, _lines(label, column, widths))
    sheet.set_row(spot.header, 13 * lines + 8)
    units = any(_below(book.edition.datapoints[n], book) for n in spot.columns)
    sheet.set_row(spot.header + 1, 16 if units else 5)


def _lines(label: str, column: int, widths: list[int]) -> int:
    """Return how many lines a column's heading takes."""
    return -(-len(label) * 21 // int(20 * max(_width(column, widths) - 2, 4)))


def _width(column: int, widths: list[int]) -> int:
    return widths[min(column, len(widths) - 1)]


def _below(d: Datapoint, book: Book) -> str:
    code = "share" if d.kind == "share" else "" if d.unit_cell else d.unit
    unit = unit_label(code, book) if code else ""
    said = book.edition.sections[book.place.tables[str(d.table)].section].paragraph
    paragraph = paragraph_label(d.paragraph, book) if d.paragraph != said else ""
    return " · ".join(part for part in (paragraph, unit) if part)


def _define_unit(d: Datapoint, spot: TablePlace, book: Book) -> None:
    if not d.unit_cell:
        return
    cell = book.edition.datapoints[d.unit_cell]
    if cell.table:
        book.define(f"{d.name}_unit", spot.sheet, spot.first, spot.columns[cell.name], spot.last)
    else:
        home = book.place.scalars[cell.name]
        book.define(f"{d.name}_unit", home.sheet, home.row, INPUT)


def _write_column(sheet: Any, column: int, d: Datapoint, spot: TablePlace, table: Table, book: Book) -> None:
    if d.role == "step":
        _write_steps(sheet, column, d, spot, book)
        return
    keyed = spot.keys if d.name == table.key and table.codes else 0
    if keyed:
        look = book.make(bg_color=COMPUTED_FILL, border=1, border_color=LINE, text_wrap=True, indent=1)
        for number, text in enumerate(codelist(table.codes, book.language.code).labels.values()):
            sheet.write_string(spot.first + number, column, text, look)
    if d.role == "reference":
        _write_reference(sheet, column, d, spot, book)
        return
    if keyed == spot.rows:
        return
    one_line = {"text_wrap": False} if len(spot.columns) == 1 else {}
    looks = [book.make(**{**look(d), **one_line}) for look in (input_look, carried_look)]
    carried = [(d.name, number) in book.carried or (d.twin, number) in book.carried for number in range(spot.rows)]
    for number in range(keyed, spot.rows):
        write_cell(sheet, spot.first + number, column, _answer(d, number, book), looks[carried[number]])
    options = validation(d, book.language, any(carried))
    sheet.data_validation(spot.first + keyed, column, spot.last, column, options)


def _write_previous(sheet: Any, column: int, d: Datapoint, spot: TablePlace, book: Book) -> None:
    """Write the column of the year before, in the units of the rows."""
    look = book.make(**previous_look(d))
    for number in range(spot.rows):
        write_cell(sheet, spot.first + number, column, _answer(d, number, book, "previous"), look)
    sheet.data_validation(spot.first, column, spot.last, column, validation(d, book.language))
    book.define(f"{d.name}_previous", spot.sheet, spot.first, column, spot.last)


def _answer(d: Datapoint, row: int, book: Book, period: str = "current") -> Any:
    """Return what stands in a table's cell; of a mass and a volume that share it, the one that was stated."""
    found = amount(d, row, book.stored, period)
    if found is None and d.twin:
        found = amount(book.edition.datapoints[d.twin], row, book.stored, period)
    if found is None and d.unit_for:
        for other in book.edition.columns(str(d.table)):
            said = [book.stored.typed.get((other.name, row, time)) for time in ("current", "previous")]
            if other.unit_cell == d.name and any(said):
                unit = unit_of(other, row, book.stored) or next(fact[1] for fact in said if fact)
                return unit_label(unit, book) if unit else None
    return found


def _write_steps(sheet: Any, column: int, d: Datapoint, spot: TablePlace, book: Book) -> None:
    look = book.make(**computed_look(d))
    formula = row_formula(d, book.place.module, book.language.code)
    for number in range(spot.rows):
        value = rule_value(d, book.stored, number)
        sheet.write_formula(spot.first + number, column, formula(spot.first + number), look, value)


def _write_reference(sheet: Any, column: int, d: Datapoint, spot: TablePlace, book: Book) -> None:
    look = book.make(bg_color=REFERENCE_FILL, border=1, border_color=LINE, font_size=9, align="right")
    values = reference_columns()[spot.name][d.name]
    for number in range(spot.rows):
        value = values[number] if number < len(values) else None
        text = codelist(d.codelist, book.language.code).labels[str(value)] if d.codelist and value else value
        blank = text is None or text != text
        write_cell(sheet, spot.first + number, column, None if blank else text, look)


def _default_sources(sheet: Any, column: int, spot: TablePlace, book: Book) -> None:
    sheet.write_string(spot.header, column, book.text("default_sources"), book.make(**column_look("basic")))
    sheet.write_blank(spot.header + 1, column, None, book.make(**column_look("basic")))
    look = book.make(font_size=8, font_color=QUIET)
    notes = book.language.texts["fuel_notes"]
    for number, row in enumerate(read_rows("fuels.csv")):
        said = notes.get(row["fuel"], "")
        parts = (row["ncv_density_source"], row["emission_factor_source"], said)
        sheet.write_string(spot.first + number, column, "; ".join(p for p in parts if p), look)


def _grey_out(sheet: Any, columns: list[Datapoint], spot: TablePlace, book: Book) -> None:
    header = book.place.sections[spot.section].row
    whole = off(xl_rowcol_to_cell(header, STATUS, row_abs=True, col_abs=True), book)
    right = max([*spot.columns.values(), *spot.previous.values()])
    grey(sheet, spot.first, TABLE, spot.last, right, whole, book)
    for d in columns:
        if d.applies_when is not None:
            column = spot.columns[d.name]
            fails = "=" + row_fails(d, book.place, book.language.code)
            grey(sheet, spot.first, column, spot.last, column, fails, book)
    for column, d in {spot.columns[d.name]: d for d in reversed(columns)}.items():
        if d.role in ("input", "metric"):
            mark_misfits(sheet, d, spot.first, spot.last, column, book)
