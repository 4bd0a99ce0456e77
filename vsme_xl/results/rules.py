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
from vsme_xl.rules.excel import formula, match_formula, text_formula
from vsme_xl.rules.parse import Node, names
from vsme_xl.rules.target import Target
from vsme_xl.rules.words import words

LINE = "\x01"
FIRST_COLUMN = 1
FIRST_ROW = 5
ACROSS = "fuels"


@dataclass(frozen=True)
class Match:
    """A column that finds, once per row, where a key stands among the keys of another table; lookups then use it."""

    key: Node
    keys: str
    place: int
    formula: str


@dataclass(frozen=True)
class Rules:
    """The rules of an edition in one language: formulas of single cells and of rows (with LINE for the row), words."""

    formulas: Mapping[str, str]
    words: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    matches: Mapping[str, tuple[Match, ...]]


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

    found = {t: _matches(standard, t) for t in standard.tables}
    finders = {(key, keys): (t, place) for t, items in found.items() for (key, keys), place in items.items()}

    def cell(name: str) -> str:
        return _cell(str(datapoints[name].table), places[name])

    def match(key: Node, keys: str) -> str:
        return _cell(*finders[key, keys]) if (key, keys) in finders else ""

    target = Target(
        symbols=symbols,
        label=lambda name, code: codelist(name, language).labels.get(code, code),
        reference=lambda name: name,
        cell=cell,
        match=match,
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
        sentences[d.name] = words(d.formula, said, d.codelist)
        inputs[d.name] = names(d.formula)
    matches = {
        table: tuple(Match(k, keys, p, match_formula(k, keys, target, table)) for (k, keys), p in items.items())
        for table, items in found.items()
    }
    return Rules(formulas, sentences, inputs, matches)


def _cell(table: str, place: int) -> str:
    """Return a cell of a formula's own row (of fuels: of its own column)."""
    return f"{LINE}${place + 1}" if table == ACROSS else f"${xl_col_to_name(place)}{LINE}"


def _matches(edition: Edition, table: str) -> dict[tuple[Node, str], int]:
    """Return the keys that rules of a table's rows look up elsewhere, each with the place of its own column."""
    first = len(edition.tables[table].columns) + (FIRST_ROW if table == ACROSS else FIRST_COLUMN)
    found: dict[tuple[Node, str], int] = {}

    def walk(node: Node) -> None:
        if node.op == "lookup":
            found.setdefault((node.args[0], str(node.args[1].value)), first + len(found))
        for argument in node.args:
            walk(argument)

    for d in edition.columns(table):
        if d.formula is not None:
            walk(d.formula)
    return found
