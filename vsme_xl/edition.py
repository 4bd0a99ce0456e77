"""Load one edition of the standard: its data files read, its rules checked and put into the order of computing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

from vsme_xl.edition_data import data_folder, read_rows, read_yaml
from vsme_xl.rules.parse import RuleError, Symbol, check, names
from vsme_xl.sections import place, read_section
from vsme_xl.standard import Concept, Datapoint, Edition, EditionError, Parameter, Section, Table

__all__ = [
    "Concept", "Datapoint", "Edition", "EditionError", "Parameter", "Section", "Table", "data_folder",
    "dimension_defaults", "load_edition", "questions", "read_rows", "read_yaml",
]  # fmt: skip


def load_edition(name: str = "vsme-2025") -> Edition:
    """Return the edition `name`; raise EditionError with file, line and reason where its data do not fit together."""
    return _load(name)


@cache
def _load(name: str) -> Edition:
    concepts = _concepts(name)
    parameters = _parameters(name)
    sections: dict[str, Section] = {}
    tables: dict[str, Table] = {}
    datapoints: dict[str, Datapoint] = {}
    places: dict[str, str] = {}
    for source in sorted((data_folder(name) / "sections").iterdir(), key=lambda s: s.name):
        for section, data in read_yaml(source).items():
            read_section(source.name, section, data, concepts, sections, tables, datapoints)
            places[section] = source.name
    symbols = _symbols(datapoints, parameters)
    _check_rules(datapoints, sections, symbols, places)
    return Edition(name, concepts, datapoints, sections, tables, parameters, symbols, _order(datapoints))


def _concepts(edition: str) -> dict[str, Concept]:
    def parts(text: str, by: str) -> tuple[str, ...]:
        return tuple(p for p in text.split(by) if p)

    return {
        row["concept"]: Concept(
            row["concept"], row["data_type"], row["period"], row["disclosure"].split("|")[-1], row["paragraph"],
            parts(row["axes"], "|"), parts(row["members"], "|"), row["standard_label"],
        )
        for row in read_rows("concepts.csv", edition)
    }  # fmt: skip


def _parameters(edition: str) -> dict[str, Parameter]:
    found = {}
    for name, row in read_yaml(data_folder(edition) / "parameters.yaml").items():
        value = row["value"]
        if isinstance(value, dt.date):
            value = (value - dt.date(1899, 12, 30)).days
        found[name] = Parameter(name, float(value), row["unit"], row["since"], row["source"])
    return found


def _symbols(datapoints: Mapping[str, Datapoint], parameters: Mapping[str, Parameter]) -> dict[str, Symbol]:
    symbols = {
        d.name: Symbol(d.name, d.symbol_kind, d.codelist or None, d.table) for d in datapoints.values()
    }
    symbols.update({name: Symbol(name, "number", parameter=True) for name in parameters})
    return symbols


def _check_rules(
    datapoints: Mapping[str, Datapoint],
    sections: Mapping[str, Section],
    symbols: Mapping[str, Symbol],
    places: Mapping[str, str],
) -> None:
    for d in datapoints.values():
        rules = ((d.formula, d.formula_text, d.symbol_kind), (d.applies_when, d.applies_text, "bool"))
        for node, text, wanted in rules:
            if node is None:
                continue
            try:
                kind = check(node, symbols, d.table)
                if kind != wanted:
                    raise RuleError(f"the rule yields a {kind}, not a {wanted}")
            except RuleError as error:
                raise EditionError(f"{place(places[d.section], text)}: {d.name}: {error}") from None
    for s in sections.values():
        try:
            if s.applies_when is not None and check(s.applies_when, symbols, None) != "bool":
                raise RuleError("the rule does not yield a yes or no")
        except RuleError as error:
            raise EditionError(f"{place(places[s.name], s.applies_text)}: {s.name}: {error}") from None


def _order(datapoints: Mapping[str, Datapoint]) -> tuple[str, ...]:
    graph = {
        d.name: [n for n in names(d.formula) if n in datapoints and datapoints[n].formula is not None]
        for d in datapoints.values()
        if d.formula is not None
    }
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise EditionError(f"rules refer to each other in a circle: {' → '.join(error.args[1])}") from None


@cache
def questions(edition: str = "vsme-2025") -> frozenset[str]:
    """Return the yes/no questions whose answer decides what else applies: a blank is a missing answer."""
    standard = load_edition(edition)
    rules = [s.applies_when for s in standard.sections.values()]
    rules += [d.applies_when for d in standard.datapoints.values()]
    read = {name for rule in rules if rule is not None for name in names(rule)}
    return frozenset(n for n in read if n in standard.datapoints and standard.datapoints[n].kind == "boolean")


@cache
def dimension_defaults(edition: str = "vsme-2025") -> Mapping[str, str]:
    """Return for each axis its default member, both by local name."""
    data = json.loads((data_folder(edition) / "dimensions.json").read_text(encoding="utf-8"))
    return {axis.split(":")[-1]: member.split(":")[-1] for axis, member in data["_defaults"].items()}
