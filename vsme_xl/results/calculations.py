"""Write the sheet of calculations: every rule as a live formula, with its words, its inputs and its paragraph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from vsme_xl.display import paragraph
from vsme_xl.edition import load_edition
from vsme_xl.language import load_language
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import done, format_of, height_of
from vsme_xl.results.plan import CALCULATIONS_FIRST, Step, topic_conversion
from vsme_xl.results.rules import ACROSS, compiled, position
from vsme_xl.results.source import Cell
from vsme_xl.results.topics import Book, head, set_height
from vsme_xl.results.units import unit_label

COLUMNS = ("label", "calculated", "unit", "rule", "inputs", "paragraph", "reported_instead")
WIDTHS = (44, 32, 11, 76, 46, 16, 20)
LABEL, VALUE, UNIT, RULE, INPUTS, PARAGRAPH, REPORTED = range(1, 8)


@dataclass(frozen=True)
class Said:
    """What is said of a step in its row: label, rule in words, its inputs, paragraph; and the height they need."""

    label: str
    words: str
    inputs: str
    paragraph: str
    height: float


def write_calculations(book: Book, sheet: Any) -> None:
    """Write every rule in use, grouped by disclosure; conversions of reported amounts and blank inputs follow."""
    head(book, sheet, book.source.text("sheets.calculations"), COLUMNS, WIDTHS, CALCULATIONS_FIRST - 1)
    section = book.formats.get("section")
    for step in book.plan.steps:
        if step.kind == "heading":
            sheet.set_row(step.row, 18, None, {"hidden": step.hidden})
            sheet.write_blanks(step.row, range(LABEL, REPORTED + 1), section)
            put(sheet, step.row, LABEL, book.source.text(f"disclosures.{step.name or 'other'}"), section)
        else:
            _write_step(book, sheet, step)


def _write_step(book: Book, sheet: Any, step: Step) -> None:
    source, formats = book.source, book.formats
    d = source.edition.datapoints[step.name]
    small = formats.get("small")
    sheet.write_string(step.row, 0, step.name)
    said = _said(source.edition.name, source.language.code, step.kind, step.name)
    put(sheet, step.row, LABEL, said.label, formats.get("label"))
    put(sheet, step.row, UNIT, unit_label(_unit(book, step.name), source), small)
    put(sheet, step.row, PARAGRAPH, said.paragraph, small)
    put(sheet, step.row, RULE, said.words, formats.get("text"))
    put(sheet, step.row, INPUTS, said.inputs, small)
    ruled = step.kind == "rule" and not source.withheld(step.name)
    value = source.ruled(step.name) if ruled else None
    set_height(sheet, step.row, ((value, WIDTHS[VALUE - 1]),), step.hidden, said.height)
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


@cache
def _said(edition: str, language: str, kind: str, name: str) -> Said:
    """Return what stands in the row of a step, the same in every workbook."""
    label = load_language(language).label(name)
    words, inputs = _words(edition, language, kind, name), _inputs(edition, language, kind, name)
    where = paragraph(load_edition(edition).datapoints[name].paragraph, language)
    texts = (
        (label, WIDTHS[LABEL - 1]), (words, WIDTHS[RULE - 1]), (inputs, WIDTHS[INPUTS - 1] * 1.1),
        (where, WIDTHS[PARAGRAPH - 1]),
    )  # fmt: skip
    return Said(label, words, inputs, where, height_of(texts) or 0)


def _words(edition: str, language: str, kind: str, name: str) -> str:
    if kind == "conversion":
        return load_language(language).text("results.conversion_words")
    if kind == "input":
        return load_language(language).text("results.blank_input_words")
    said = compiled(edition, language).words[name]
    return said[:1].upper() + said[1:] + "."


def _inputs(edition: str, language: str, kind: str, name: str) -> str:
    if kind not in ("rule", "rows"):
        return ""
    texts, datapoints = load_language(language), load_edition(edition).datapoints
    names = compiled(edition, language).inputs[name]
    labels = [texts.label(n) if n in datapoints else texts.text(f"parameters.{n}") for n in names]
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
