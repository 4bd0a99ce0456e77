"""Compile the rules of an edition to the formulas and words of a results workbook, once per language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from xlsxwriter.utility import xl_col_to_name

from vsme_xl.applicability import vocabulary
from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.language import load_language
from vsme_xl.rules.excel import Target, formula, text_formula
from vsme_xl.rules.parse import names
from vsme_xl.rules.words import words

LINE = "\x01"
FIRST_COLUMN = 1
FIRST_ROW = 5
ACROSS = "fuels"


@dataclass(frozen=True)
class Rules:
    """The rules of an edition in one language: formulas of single cells and of rows (with LINE for the row), words."""

    formulas: Mapping[str, str]
    words: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]


def position(edition: Edition, datapoint: Datapoint) -> int:
    """Return the column (in a table of rows) or the row (in the table of fuels, which runs across) of a column."""
    assert datapoint.table is not None
    index = edition.tables[datapoint.table].columns.index(datapoint.name)
    return index + (FIRST_ROW if datapoint.table == ACROSS else FIRST_COLUMN)


@cache
def compiled(edition: str, language: str) -> Rules:
    """Return the rules of an edition as formulas over defined names, with their words in a language."""
    standard = load_edition(edition)
    symbols, datapoints = standard.symbols, standard.datapoints
    places = {d.name: position(standard, d) for d in datapoints.values() if d.table}

    def cell(name: str) -> str:
        if datapoints[name].table == ACROSS:
            return f"{LINE}${places[name] + 1}"
        return f"${xl_col_to_name(places[name])}{LINE}"

    target = Target(
        symbols=symbols,
        label=lambda name, code: codelist(name, language).labels.get(code, code),
        reference=lambda name: name,
        cell=cell,
    )
    said = vocabulary(standard, load_language(language))
    formulas, sentences, inputs = {}, {}, {}
    for d in datapoints.values():
        if d.formula is None:
            continue
        if d.symbol_kind == "text" and d.codelist:
            formulas[d.name] = text_formula(d.formula, target, d.table, d.codelist)
        else:
            formulas[d.name] = formula(d.formula, target, d.table)
        sentences[d.name] = words(d.formula, said)
        inputs[d.name] = names(d.formula)
    return Rules(formulas, sentences, inputs)
