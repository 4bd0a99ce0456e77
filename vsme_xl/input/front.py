"""Write the first and the last sheet of the input workbook: Start and Notes."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.input.book import Book, colour_status, heading_row, link, set_up, write_cell
from vsme_xl.input.format import (
    ACCENT,
    CARRIED_FILL,
    CARRIED_LINE,
    COMPUTED_FILL,
    GREY_FILL,
    INPUT_FILL,
    INPUT_LINE,
    LINE,
    QUIET,
    TINT,
    column_look,
    header_look,
    height,
)  # fmt: skip
from vsme_xl.input.layout import (
    COMPUTED,
    INPUT,
    LABEL,
    MARK,
    NOTES_ROW,
    PARAGRAPH,
    PREVIOUS,
    START_ENTITY_ROW,
    STATUS,
    UNIT,
    layout,
)  # fmt: skip
from vsme_xl.input.sheets import finish, first_input, write_section
from vsme_xl.input.status import COUNTS, worst, worst_formula

STEPS_ROW, LEGEND_ROW = 4, 13


def write_start(book: Book) -> None:
    """Write Start: what this is, the steps, the legend, the company, links to the sheets, and the progress."""
    sheet = book.sheets["start"]
    set_up("start", sheet, book)
    sheet.set_selection(*first_input("start", book) * 2)
    module = book.place.module
    sheet.set_row(0, 36)
    sheet.write_string(0, LABEL, book.text("title"), book.make(bold=True, font_size=20, font_color=ACCENT[module]))
    sheet.write_string(1, LABEL, book.text(f"module_title.{module}"), book.make(font_size=11, font_color=QUIET))
    about = book.make(text_wrap=True, valign="top")
    sheet.set_row(2, 46)
    sheet.merge_range(2, LABEL, 2, STATUS, book.text("about"), about)
    book.define("go_start", "start", 0, LABEL)
    _steps(sheet, book)
    _legend(sheet, book)
    heading_row(sheet, START_ENTITY_ROW - 1, book)
    for section in book.place.on_sheet("start"):
        write_section(section, book)
    finish("start", book)
    row = _links(sheet, book.place.ends["start"], book)
    _progress(sheet, row + 1, book)


def _bar(sheet: Any, row: int, text: str, book: Book) -> None:
    look = book.make(**header_look("basic"))
    sheet.set_row(row, 22)
    sheet.merge_range(row, MARK, row, STATUS, "", look)
    sheet.write_string(row, MARK, f"  {text}", look)


def _steps(sheet: Any, book: Book) -> None:
    _bar(sheet, STEPS_ROW - 1, book.text("steps_title"), book)
    line = {"bottom": 1, "bottom_color": LINE}
    number_look = book.make(**line, bold=True, font_color=ACCENT["basic"], align="center")
    for number, step in enumerate(book.language.texts["input"]["steps"], start=1):
        row = STEPS_ROW + number - 1
        sheet.set_row(row, 19)
        sheet.write_number(row, MARK, number, number_look)
        sheet.merge_range(row, LABEL, row, STATUS, step, book.make(**line))


def _legend(sheet: Any, book: Book) -> None:
    _bar(sheet, LEGEND_ROW - 1, book.text("legend_title"), book)
    sample = {"border": 1, "align": "center", "font_size": 9}
    looks = {
        "input": ("1", {"bg_color": INPUT_FILL, "border_color": INPUT_LINE}),
        "carried": ("1", {"bg_color": CARRIED_FILL, "border_color": CARRIED_LINE}),
        "computed": ("= 1", {"bg_color": COMPUTED_FILL, "border_color": LINE}),
        "grey": ("-", {"bg_color": GREY_FILL, "border_color": LINE, "font_color": "#9AA3A8"}),
        "basic": ("B", {"bg_color": TINT["basic"], "border_color": LINE}),
        "comprehensive": ("C", {"bg_color": TINT["comprehensive"], "border_color": LINE}),
    }
    if book.place.module == "basic":
        del looks["comprehensive"]
    if not book.carried:
        del looks["carried"]
    row = LEGEND_ROW
    for key, (text, look) in looks.items():
        sheet.set_row(row, 18)
        sheet.merge_range(row, LABEL, row, STATUS, book.text(f"legend.{key}"), book.make(indent=1))
        sheet.write_string(row, MARK, text, book.make(**sample, **look))
        row += 1
    sheet.merge_range(row, LABEL, row, STATUS, book.text("legend.no_blank"), book.make(font_color=QUIET, italic=True))


def _links(sheet: Any, row: int, book: Book) -> int:
    """Write the links to the sheets; return the row below them."""
    _bar(sheet, row, book.text("links_title"), book)
    keys = [key for key in (*layout()["sheets"], "notes") if key in book.sheets and key != "start"]
    for number, key in enumerate(keys):
        place = (LABEL, INPUT, COMPUTED)[number % 3]
        link(sheet, row + 1 + number // 3, place, f"go_sheet_{key}", book.sheet_name(key), book)
        book.define(f"go_sheet_{key}", key, 0, LABEL)
    return row + 2 + -(-len(keys) // 3)


def _progress(sheet: Any, row: int, book: Book) -> None:
    _bar(sheet, row, book.text("progress_title"), book)
    columns = {
        "mark": MARK, "disclosure": LABEL, "answered": PARAGRAPH, "applicable": INPUT, "open": UNIT, "check": COMPUTED,
        "share": PREVIOUS, "status": STATUS,
    }  # fmt: skip
    for key, column in columns.items():
        align = "left" if key == "disclosure" else "center"
        look = book.make(**{**column_look("basic"), "align": align, "indent": 0})
        sheet.write_string(row + 1, column, book.text(f"progress.{key}"), look)
    first = row + 2
    for number, mark in enumerate(book.place.marks):
        _progress_line(sheet, first + number, mark, book)
    last = first + len(book.place.marks) - 1
    _progress_total(sheet, last + 1, first, last, book)
    colour_status(sheet, first, last, STATUS, book)


def _progress_line(sheet: Any, row: int, mark: str, book: Book) -> None:
    module = "comprehensive" if mark.startswith("C") else "basic"
    line = {"bottom": 1, "bottom_color": LINE}
    sheet.set_row(row, 18)
    sheet.write_string(row, MARK, mark, book.make(**line, bg_color=TINT[module], align="center", font_size=9))
    first = next(s for s in book.place.sections.values() if s.mark == mark and s.sheet != "start")
    look = book.make(**line, font_color="#1F5B9A", underline=1)
    sheet.write_url(row, LABEL, f"internal:go_{first.name}", look, book.text(f"disclosures.{mark}"))
    number = book.make(**line, align="center")
    calc = book.place.marks[mark]
    cells = {
        key: f"{book.quoted_name('calc')}!{xl_rowcol_to_cell(calc, column, True, True)}"
        for column, key in enumerate((*COUNTS, "gates"), start=1)
    }
    counts = book.counts[mark]
    check = counts["inconsistent"] + counts["unreadable"]
    applicable = counts["answered"] + counts["open"] + check
    sheet.write_formula(row, PARAGRAPH, f"={cells['answered']}", number, counts["answered"])
    to_check = f"{cells['inconsistent']}+{cells['unreadable']}"
    both = f"={cells['answered']}+{cells['open']}+{to_check}"
    sheet.write_formula(row, INPUT, both, number, applicable)
    sheet.write_formula(row, UNIT, f"={cells['open']}", number, counts["open"])
    sheet.write_formula(row, COMPUTED, f"={to_check}", number, check)
    _share(sheet, row, counts["answered"], applicable, line, book)
    status = book.make(**line, align="center", font_size=9)
    sheet.write_formula(row, STATUS, worst_formula(cells, book.word), status, book.word(worst(counts)))


def _share(sheet: Any, row: int, answered: int, applicable: int, line: dict[str, Any], book: Book) -> None:
    a, b = (xl_rowcol_to_cell(row, column) for column in (PARAGRAPH, INPUT))
    look = book.make(**line, num_format="0%", align="center")
    sheet.write_formula(row, PREVIOUS, f'=IF({b}>0,{a}/{b},"")', look, answered / applicable if applicable else "")


def _progress_total(sheet: Any, row: int, first: int, last: int, book: Book) -> None:
    line = {"top": 1, "top_color": QUIET, "bold": True}
    look = book.make(**line, align="center")
    sheet.write_blank(row, MARK, None, look)
    sheet.write_string(row, LABEL, book.text("progress_total"), book.make(**line))
    sums = {}
    kinds = (("answered",), ("open",), ("inconsistent", "unreadable"))
    answered, open_, check = (sum(c[k] for c in book.counts.values() for k in kind) for kind in kinds)
    values = {PARAGRAPH: answered, INPUT: answered + open_ + check, UNIT: open_, COMPUTED: check}
    for column, value in values.items():
        area = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"
        sheet.write_formula(row, column, f"=SUM({area})", look, value)
        sums[column] = value
    _share(sheet, row, sums[PARAGRAPH], sums[INPUT], line, book)
    sheet.write_blank(row, STATUS, None, look)


def write_notes(book: Book) -> None:
    """Write Notes: free rows for the evidence behind figures."""
    sheet = book.sheets["notes"]
    set_up("notes", sheet, book)
    sheet.set_selection(NOTES_ROW, LABEL, NOTES_ROW, LABEL)
    sheet.set_row(0, 30)
    sheet.write_string(0, LABEL, book.text("notes.title"), book.make(bold=True, font_size=16))
    link(sheet, 0, UNIT, "go_start", book.text("to_start"), book)
    sheet.write_string(1, LABEL, book.text("notes.about"), book.make(font_color=QUIET))
    look = book.make(bg_color=INPUT_FILL, border=1, border_color=INPUT_LINE, text_wrap=True, locked=False, valign="top")
    rows = max(book.rows or layout()["notes"]["rows"], len(book.notes))
    widths = layout()["notes"]["widths"]
    for column, key in enumerate(("label", "source", "document", "person"), start=LABEL):
        sheet.write_string(NOTES_ROW - 1, column, book.text(f"notes.{key}"), book.make(**column_look("basic")))
        for row in range(rows):
            text = book.notes[row][column - LABEL] if row < len(book.notes) else None
            write_cell(sheet, NOTES_ROW + row, column, text, look)
    for row in range(rows):
        texts = zip(book.notes[row], widths[LABEL:], strict=False) if row < len(book.notes) else ()
        sheet.set_row(NOTES_ROW + row, max([20, *(height(text, width) for text, width in texts)]))
    sheet.print_area(0, 0, NOTES_ROW - 1 + rows, UNIT)
    sheet.freeze_panes(NOTES_ROW, 0)
    sheet.repeat_rows(NOTES_ROW - 1)
