"""Write the hidden sheets of the input workbook: code lists and reference tables, metadata, and the calculations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.codelists import codelist
from vsme_xl.input.book import Book, write_cell
from vsme_xl.input.layout import COMPUTED
from vsme_xl.input.readable import FLAG, flag_formula
from vsme_xl.input.status import COUNTS, count_formula, gates_formula, state_formulas
from vsme_xl.input.stored_status import section_state
from vsme_xl.input.target import effective_formula, rule_formula, scalar_factor
from vsme_xl.input.values import effective_value, factor, rule_value
from vsme_xl.store import reference_columns

LIST_UNITS = ("mass_unit", "volume_unit", "area_unit")


def write_lists(book: Book) -> None:
    """Write the code lists that drop-downs offer, the reference tables and the parameters, and name them."""
    sheet = book.sheets["lists"]
    plain, bold = book.make(), book.make(bold=True)
    column = 0
    for name in sorted({d.codelist for d in book.edition.datapoints.values() if d.codelist} | set(LIST_UNITS)):
        labels = codelist(name, book.language.code).labels
        sheet.write_string(0, column, name, bold)
        for row, (code, label) in enumerate(labels.items(), start=1):
            sheet.write_string(row, column, label, plain)
            sheet.write_string(row, column + 1, code, plain)
        book.define(f"list_{name}", "lists", 1, column, len(labels))
        column += 2
    column = _write_reference_tables(sheet, column + 1, book, bold, plain)
    for row, parameter in enumerate(book.edition.parameters.values(), start=1):
        sheet.write_string(row, column, parameter.name, plain)
        sheet.write_number(row, column + 1, parameter.value, plain)
        sheet.write_string(row, column + 2, parameter.unit, plain)
        sheet.write_string(row, column + 3, parameter.source, plain)
        book.define(parameter.name, "lists", row, column + 1)


def _write_reference_tables(sheet: Any, column: int, book: Book, bold: Any, plain: Any) -> int:
    for table, columns in reference_columns().items():
        if table == "fuels":
            continue
        for name, values in columns.items():
            d = book.edition.datapoints[name]
            labels: Mapping[str, str] = codelist(d.codelist, book.language.code).labels if d.codelist else {}
            sheet.write_string(0, column, name, bold)
            for row, value in enumerate(values, start=1):
                if value == value and value is not None:
                    write_cell(sheet, row, column, labels.get(str(value), value), plain)
            book.define(name, "lists", 1, column, len(values))
            column += 1
    return column + 1


def write_metadata(metadata: Mapping[str, str], book: Book) -> None:
    """Write the metadata that the document properties carry too."""
    sheet = book.sheets["metadata"]
    for row, (name, value) in enumerate(metadata.items()):
        sheet.write_string(row, 0, name, book.make(bold=True))
        sheet.write_string(row, 1, value, book.make())


def write_calc(book: Book) -> None:
    """Write what formulas need and nobody has to see: values, states of sections, counts of disclosures."""
    sheet = book.sheets["calc"]
    plain = book.make()
    for name, row in book.place.calc.items():
        sheet.write_string(row, 0, name, plain)
        _write_value(sheet, name, row, book, plain)
    for name, row in book.place.states.items():
        section = book.place.sections[name]
        calc = book.quoted_name("calc")
        formulas = state_formulas(section, book.place, book.language.code, calc, book.sheet_name, book.word)
        values: list[str | int] = [book.word(book.stored.states[name]), *section_state(section, book.stored)]
        sheet.write_string(row, 0, f"section:{name}", plain)
        for column, (formula, value) in enumerate(zip(formulas, values, strict=True), start=1):
            sheet.write_formula(row, column, formula, plain, value)
    for mark, row in book.place.marks.items():
        sheet.write_string(row, 0, mark, plain)
        for column, (kind, statuses) in enumerate(COUNTS.items(), start=1):
            formula = count_formula(mark, statuses, book.place, book.sheet_name, book.word)
            sheet.write_formula(row, column, formula, plain, book.counts[mark][kind])
        formula = gates_formula(mark, book.place, book.quoted_name("calc"))
        sheet.write_formula(row, len(COUNTS) + 1, formula, plain, book.counts[mark]["gates"])
    for name, row in book.place.flags.items():
        sheet.write_string(row, 0, f"flag:{name}", plain)
        unit = xl_rowcol_to_cell(book.place.calc[name], 3, True, True) if _has_unit(name, book) else ""
        formula = flag_formula(name, book.place, book.quoted_name("calc"), unit)
        sheet.write_formula(row, FLAG, formula, plain, int(book.stored.unreadable(name)))


def _has_unit(name: str, book: Book) -> bool:
    d = book.edition.datapoints[name]
    return bool(d.units) and name in book.place.calc


def _write_value(sheet: Any, name: str, row: int, book: Book, plain: Any) -> None:
    """Write a datapoint's rule (B), the value that rules use (C) and the factor of its unit cell (D)."""
    d = book.edition.datapoints[name]
    module, language = book.place.module, book.language.code
    spot = book.place.scalars.get(name)
    rule = ""
    if d.formula is not None and (spot is None or d.units):
        sheet.write_formula(row, 1, rule_formula(d, module, language), plain, rule_value(d, book.stored))
        rule = xl_rowcol_to_cell(row, 1, True, True)
    elif spot is not None and spot.computed:
        rule = f"{book.quoted_name(spot.sheet)}!{xl_rowcol_to_cell(spot.row, COMPUTED, True, True)}"
    unit = ""
    if d.units or d.unit_cell:
        sheet.write_formula(row, 3, scalar_factor(d), plain, factor(d, book.stored))
        unit = xl_rowcol_to_cell(row, 3, True, True)
    formula = f"={rule}" if d.role == "step" else effective_formula(d, rule, unit)
    sheet.write_formula(row, 2, formula, plain, effective_value(d, book.stored))
    book.define(f"calc_{name}", "calc", row, 2)


