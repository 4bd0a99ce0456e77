"""Write the sheet of calculations: every rule as a live formula, with its words, its inputs and its paragraph."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_col_to_name

from vsme_xl.results.format import done, format_of
from vsme_xl.results.plan import CALCULATIONS_FIRST, Step, topic_conversion
from vsme_xl.results.rules import ACROSS, position
from vsme_xl.results.source import Cell
from vsme_xl.results.topics import Book, head, put, put_formula, set_height
from vsme_xl.results.units import unit_label

COLUMNS = ("label", "calculated", "unit", "rule", "inputs", "paragraph", "reported_instead")
WIDTHS = (44, 32, 11, 76, 46, 16, 20)
LABEL, VALUE, UNIT, RULE, INPUTS, PARAGRAPH, REPORTED = range(1, 8)


def write_calculations(book: Book, sheet: Any) -> None:
    """Write every rule in use, grouped by disclosure; conversions of reported amounts and blank inputs follow."""
    head(book, sheet, book.source.text("sheets.calculations"), COLUMNS, WIDTHS, CALCULATIONS_FIRST - 1)
    section = book.formats.get("section")
    for step in book.plan.steps:
        if step.kind == "heading":
            sheet.set_row(step.row, 18, None, {"hidden": step.hidden})
            for column in range(LABEL, REPORTED + 1):
                sheet.write_blank(step.row, column, None, section)
            put(sheet, step.row, LABEL, book.source.text(f"disclosures.{step.name or 'other'}"), section)
        else:
            _write_step(book, sheet, step)


def _write_step(book: Book, sheet: Any, step: Step) -> None:
    source, formats = book.source, book.formats
    d = source.edition.datapoints[step.name]
    small = formats.get("small")
    sheet.write_string(step.row, 0, step.name)
    label = source.language.label(step.name)
    put(sheet, step.row, LABEL, label, formats.get("label"))
    put(sheet, step.row, UNIT, unit_label(_unit(book, step.name), source), small)
    put(sheet, step.row, PARAGRAPH, source.paragraph(d), small)
    said, inputs = _words(book, step), _inputs(book, step)
    put(sheet, step.row, RULE, said, formats.get("text"))
    put(sheet, step.row, INPUTS, inputs, small)
    ruled = step.kind == "rule" and not source.withheld(step.name)
    value = source.ruled(step.name) if ruled else None
    texts = (
        (label, WIDTHS[LABEL - 1]), (said, WIDTHS[RULE - 1]), (inputs, WIDTHS[INPUTS - 1] * 1.1),
        (source.paragraph(d), WIDTHS[PARAGRAPH - 1]), (value, WIDTHS[VALUE - 1]),
    )  # fmt: skip
    set_height(sheet, step.row, texts, step.hidden)
    sheet.write_blank(step.row, REPORTED, None, formats.get("blank"))
    if ruled:
        _formula(book, sheet, step, book.rules.formulas[step.name], value)
        if source.reported(step.name):
            reported = source.effective(step.name)
            style = formats.get("text" if isinstance(reported, str) else "value", format_of(d, reported))
            put_formula(sheet, step.row, REPORTED, f"={step.name}", style, reported)
    elif step.kind == "conversion":
        own = unit_label(d.unit, source)
        _formula(book, sheet, step, topic_conversion(step.name, book.plan, source, own), source.effective(step.name))
    elif step.kind == "rows":
        _link(book, sheet, step)
    else:
        put(sheet, step.row, VALUE, source.effective(step.name), formats.get("blank"))


def _formula(book: Book, sheet: Any, step: Step, formula: str, value: Cell) -> None:
    d = book.source.edition.datapoints[step.name]
    style = book.formats.get("computed_text" if isinstance(value, str) else "computed", format_of(d, value))
    put_formula(sheet, step.row, VALUE, formula, style, value)


def _words(book: Book, step: Step) -> str:
    if step.kind == "conversion":
        return book.source.text("conversion_words")
    if step.kind == "input":
        return book.source.text("blank_input_words")
    said = book.rules.words[step.name]
    return said[:1].upper() + said[1:] + "."


def _inputs(book: Book, step: Step) -> str:
    if step.kind not in ("rule", "rows"):
        return ""
    language = book.source.language
    datapoints = book.source.edition.datapoints
    labels = [
        language.label(n) if n in datapoints else language.text(f"parameters.{n}") for n in book.rules.inputs[step.name]
    ]
    return "; ".join(dict.fromkeys(labels))


def _unit(book: Book, name: str) -> str:
    d = book.source.edition.datapoints[name]
    if d.unit == "currency":
        return str(book.source.effective("Currency") or "")
    return d.unit


def _link(book: Book, sheet: Any, step: Step) -> None:
    """Lead to the column (of fuels: the row) where a rule stands once per row of its table."""
    d = book.source.edition.datapoints[step.name]
    assert d.table is not None
    block, place = book.plan.blocks[d.table], position(book.source.edition, d)
    if d.table == ACROSS:
        target = f"B{place + 1}"
        text = book.source.text("see_row", sheet=block.sheet, row=place + 1)
    else:
        column = xl_col_to_name(place)
        target = f"{column}{block.first + 1}"
        text = book.source.text("see_column", sheet=block.sheet, column=column, row=block.first + 1)
    done(sheet.write_url(step.row, VALUE, f"internal:'{block.sheet}'!{target}", book.formats.get("link"), text))
