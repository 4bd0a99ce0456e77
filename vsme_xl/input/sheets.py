"""Write the sheets of the input workbook on which a person fills in datapoints."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.edition import Datapoint, Section
from vsme_xl.input.book import (
    Book,
    colour_status,
    grey,
    heading_row,
    link,
    mark_misfits,
    off,
    paragraph_label,
    set_up,
    unit_label,
    write_cell,
)  # fmt: skip
from vsme_xl.input.format import (
    LINE,
    QUIET,
    TINT,
    carried_look,
    computed_look,
    header_look,
    height,
    input_look,
    previous_look,
)
from vsme_xl.input.layout import (
    COMPUTED,
    HEADING_ROW,
    INPUT,
    LABEL,
    LINKS_PER_ROW,
    LINKS_ROW,
    MARK,
    NAME,
    PARAGRAPH,
    PREVIOUS,
    STATUS,
    TABLE,
    TITLE_ROW,
    UNIT,
    ScalarPlace,
    SectionPlace,
    layout,
    shown_scalars,
)  # fmt: skip
from vsme_xl.input.status import datapoint_status
from vsme_xl.input.stored_status import status_columns, status_of
from vsme_xl.input.stored_status import table_status as stored_table_status
from vsme_xl.input.table_status import table_status
from vsme_xl.input.tables import write_table
from vsme_xl.input.target import rule_formula
from vsme_xl.input.validation import validation
from vsme_xl.input.values import amount, rule_in_unit, unit_of


def write_sheet(key: str, book: Book) -> None:
    """Write one sheet of datapoints: title, headings, links to its sections, and the sections."""
    sheet = book.sheets[key]
    set_up(key, sheet, book)
    _title(key, sheet, book)
    sections = list(book.place.on_sheet(key))
    for number, section in enumerate(sections):
        row, column = LINKS_ROW + number // LINKS_PER_ROW, (LABEL, INPUT, COMPUTED)[number % LINKS_PER_ROW]
        link(sheet, row, column, f"go_{section.name}", _section_title(section, book), book)
    for section in sections:
        write_section(section, book)
    sheet.set_selection(*first_input(key, book) * 2)
    finish(key, book)


def first_input(key: str, book: Book) -> tuple[int, int]:
    """Return the cell of a sheet that is to be filled in first."""
    scalars = [(s.row, INPUT) for s in book.place.scalars.values() if s.sheet == key and s.typed]
    tables = [(t.first + t.keys, TABLE) for t in book.place.tables.values() if t.sheet == key and t.rows > t.keys]
    return min([*scalars, *tables], default=(0, LABEL))


def _title(key: str, sheet: Any, book: Book) -> None:
    sheet.set_row(TITLE_ROW, 30)
    sheet.write_string(TITLE_ROW, LABEL, book.sheet_name(key), book.make(bold=True, font_size=16))
    entity = '=IF(LEN(TRIM(EntityName))>0,TRIM(EntityName),"")'
    known = str(book.stored.typed.get(("EntityName", -1, "current"), ("", ""))[0]).strip()
    sheet.write_formula(TITLE_ROW, INPUT, entity, book.make(font_color=QUIET, font_size=11), known)
    link(sheet, TITLE_ROW, STATUS, "go_start", book.text("to_start"), book)
    heading_row(sheet, HEADING_ROW, book)
    sheet.freeze_panes(HEADING_ROW + 1, LABEL + 1 if key in ("ledger", "fuels") else 0)
    sheet.repeat_rows(TITLE_ROW, HEADING_ROW)
    sheet.write_string(LINKS_ROW - 1, LABEL, book.text("jump"), book.make(font_color=QUIET, font_size=9))


def _section_title(section: SectionPlace, book: Book) -> str:
    return f"{section.mark}  {book.language.section(section.name)}"


def write_section(section: SectionPlace, book: Book) -> None:
    """Write a section: its title bar with its status, its single datapoints, and its table."""
    sheet = book.sheets[section.sheet]
    spec = book.edition.sections[section.name]
    _title_bar(sheet, section, spec, book)
    for d in shown_scalars(spec, book.place.module, book.edition):
        _write_scalar(sheet, d, book.place.scalars[d.name], section, book)
    table = book.place.tables.get(spec.table or "")
    if table is not None and table.section == section.name:
        write_table(table.name, book)


def _title_bar(sheet: Any, section: SectionPlace, spec: Section, book: Book) -> None:
    bar = header_look(section.module)
    row = section.row
    sheet.set_row(row, 22)
    sheet.write_string(row, MARK, section.mark, book.make(**bar, align="center"))
    sheet.write_string(row, LABEL, book.language.section(section.name), book.make(**bar))
    small = {**bar, "bold": False, "font_size": 9}
    sheet.write_string(row, PARAGRAPH, paragraph_label(spec.paragraph, book), book.make(**small, shrink=True))
    note = book.make(**small, italic=True, indent=1)
    sheet.merge_range(row, INPUT, row, PREVIOUS, _table_note(spec, section, book), note)
    columns = status_columns(spec, book.place)
    formula = table_status(section, columns, book.place, book.language.code, book.quoted_name("calc"), book.word)
    value = book.word(stored_table_status(section.name, columns, book.stored, book.place.module))
    sheet.write_formula(row, STATUS, formula, book.make(**small, align="center"), value)
    book.define(f"go_{section.name}", section.sheet, row, LABEL)


def _table_note(spec: Section, section: SectionPlace, book: Book) -> str:
    table = book.place.tables.get(spec.table or "")
    if table is None or table.section != section.name:
        return ""
    if book.edition.tables[table.name].rows == "open":
        return book.text("rows_ready").format(table.rows)
    if table.rows > table.keys:
        return book.text("own_rows").format(table.rows - table.keys)
    return book.text("rows_fixed")


def _write_scalar(sheet: Any, d: Datapoint, spot: ScalarPlace, section: SectionPlace, book: Book) -> None:
    row = spot.row
    label = book.language.label(d.name)
    answer = amount(d, -1, book.stored) or (rule_in_unit(d, book.stored) if spot.computed else "")
    least = 66 if d.kind == "textblock" else 32 if d.kind == "enumeration_set" else 20
    from_, to = (COMPUTED, PREVIOUS) if spot.computed else (INPUT, PREVIOUS)
    room = sum(layout()["sheets"][spot.sheet]["widths"][from_ : to + 1])
    text = height(str(answer), room, least) if spot.wide else least
    paragraph = paragraph_label(d.paragraph, book)
    sheet.set_row(row, max(text, height(label, 54), height(paragraph, 24)))
    sheet.write_string(row, NAME, d.name, book.make(font_color=QUIET, font_size=8))
    tint = {"bg_color": TINT[d.module], "align": "center", "font_size": 9, "bottom": 1, "bottom_color": LINE}
    sheet.write_string(row, MARK, spot.mark, book.make(**tint))
    line = {"bottom": 1, "bottom_color": LINE}
    sheet.write_string(row, LABEL, label, book.make(**line, text_wrap=True))
    quiet = {**line, "font_color": QUIET, "font_size": 9, "text_wrap": True}
    sheet.write_string(row, PARAGRAPH, paragraph, book.make(**quiet))
    _write_input(sheet, d, spot, book)
    _write_unit(sheet, d, spot, book, book.make(**quiet, indent=1))
    _write_computed(sheet, d, spot, book)
    _write_previous(sheet, d, spot, book)
    gate = d.name in book.edition.sections[d.section].gates
    formula = datapoint_status(d, book.place, book.language.code, book.quoted_name("calc"), book.word, gate)
    value = book.word(status_of(d, book.stored, gate))
    sheet.write_formula(row, STATUS, formula, book.make(**line, align="center", font_size=9), value)


def _write_input(sheet: Any, d: Datapoint, spot: ScalarPlace, book: Book) -> None:
    line = book.make(bottom=1, bottom_color=LINE)
    if not spot.typed:
        sheet.write_blank(spot.row, INPUT, None, line)
        return
    carried = (d.name, -1) in book.carried
    look = book.make(**(carried_look(d) if carried else input_look(d)))
    last = INPUT if not spot.wide else UNIT if spot.computed else PREVIOUS
    if last > INPUT:
        sheet.merge_range(spot.row, INPUT, spot.row, last, "", look)
    write_cell(sheet, spot.row, INPUT, amount(d, -1, book.stored), look)
    sheet.data_validation(spot.row, INPUT, spot.row, INPUT, validation(d, book.language, carried))
    book.define(d.name, spot.sheet, spot.row, INPUT)


def _write_unit(sheet: Any, d: Datapoint, spot: ScalarPlace, book: Book, quiet: Any) -> None:
    if spot.wide:
        return
    if d.units:
        look = book.make(**input_look(book.edition.datapoints["Ledger_Unit"]))
        unit = unit_of(d, -1, book.stored)
        write_cell(sheet, spot.row, UNIT, unit_label(unit, book) if unit else None, look)
        options = {"validate": "list", "source": f"=list_{d.units}", "error_type": "warning"}
        sheet.data_validation(spot.row, UNIT, spot.row, UNIT, options)
        book.define(f"{d.name}_unit", spot.sheet, spot.row, UNIT)
    elif d.unit_cell:
        unit = unit_of(d, -1, book.stored) or ""
        shown = unit_label(unit or d.unit, book)
        text = f'=IF(LEN({d.unit_cell})>0,{d.unit_cell},"{unit_label(d.unit, book)}")'
        sheet.write_formula(spot.row, UNIT, text, quiet, shown)
        home = book.place.scalars[d.unit_cell]
        book.define(f"{d.name}_unit", home.sheet, home.row, INPUT)
    elif d.unit == "currency":
        currency = book.stored.typed.get(("Currency", -1, "current"), ("", ""))[0]
        sheet.write_formula(spot.row, UNIT, '=IF(LEN(Currency)>0,Currency,"")', quiet, str(currency))
    else:
        unit = "share" if d.kind == "share" else d.unit
        write_cell(sheet, spot.row, UNIT, unit_label(unit, book) if unit else None, quiet)


def _write_computed(sheet: Any, d: Datapoint, spot: ScalarPlace, book: Book) -> None:
    if spot.wide and not spot.computed:
        return
    if not spot.computed:
        sheet.write_blank(spot.row, COMPUTED, None, book.make(bottom=1, bottom_color=LINE))
        return
    look = book.make(**computed_look(d))
    if spot.wide:
        sheet.merge_range(spot.row, COMPUTED, spot.row, PREVIOUS, "", look)
    value = rule_in_unit(d, book.stored)
    if d.units:
        row = book.place.calc[d.name]
        rule, factor = (f"{book.quoted_name('calc')}!{xl_rowcol_to_cell(row, c, True, True)}" for c in (1, 3))
        formula = f'=IF(AND(ISNUMBER({rule}),ISNUMBER({factor})),{rule}/{factor},"")'
    else:
        formula = rule_formula(d, book.place.module, book.language.code)
    sheet.write_formula(spot.row, COMPUTED, formula, look, value)
    if d.role == "result":
        book.define(f"calc_{d.name}", spot.sheet, spot.row, COMPUTED)


def _write_previous(sheet: Any, d: Datapoint, spot: ScalarPlace, book: Book) -> None:
    if spot.wide:
        return
    if not spot.previous:
        sheet.write_blank(spot.row, PREVIOUS, None, book.make(bottom=1, bottom_color=LINE))
        return
    look = book.make(**previous_look(d))
    write_cell(sheet, spot.row, PREVIOUS, amount(d, -1, book.stored, "previous"), look)
    sheet.data_validation(spot.row, PREVIOUS, spot.row, PREVIOUS, validation(d, book.language))
    book.define(f"{d.name}_previous", spot.sheet, spot.row, PREVIOUS)


def finish(key: str, book: Book) -> None:
    """Colour the status cells and turn grey what does not apply."""
    sheet = book.sheets[key]
    for section in book.place.on_sheet(key):
        rows = [book.place.scalars[d].row for d in _scalar_names(section, book)]
        if rows:
            colour_status(sheet, min(rows), max(rows), STATUS, book)
            body = xl_rowcol_to_cell(min(rows), STATUS, col_abs=True)
            grey(sheet, min(rows), LABEL, max(rows), PREVIOUS, off(body, book), book)
        for name in _scalar_names(section, book):
            spot = book.place.scalars[name]
            if spot.typed:
                mark_misfits(sheet, book.edition.datapoints[name], spot.row, spot.row, INPUT, book)


def _scalar_names(section: SectionPlace, book: Book) -> list[str]:
    return [n for n in book.edition.sections[section.name].datapoints if n in book.place.scalars]
