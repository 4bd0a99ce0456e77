"""Load one edition of the standard: datapoints, sections, tables, parameters and their rules, from its data files."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from vsme_xl.rules.parse import Kind, Node, RuleError, Symbol, check, names, parse

SCALAR_FIELDS = {
    "kind", "unit", "codelist", "need", "role", "paragraph", "module", "formula", "applies_when", "unit_cell",
    "units", "twin", "unit_for", "concept", "instead", "negative",
    "above_one",
}  # fmt: skip
SECTION_FIELDS = {
    "sheet", "disclosure", "topic", "module", "paragraph", "need", "omit", "applies_when", "gates", "table",
    "extends", "columns", "datapoints",
}  # fmt: skip
KIND_OF_TYPE = {
    "textBlockItemType": "textblock", "monetaryItemType": "money", "enumerationItemType": "enumeration",
    "enumerationSetItemType": "enumeration_set", "stringItemType": "text", "decimalItemType": "number",
    "booleanItemType": "boolean", "energyItemType": "energy", "ghgEmissionsItemType": "emissions",
    "ghgEmissionsPerMonetaryItemType": "intensity", "massItemType": "mass", "areaItemType": "area",
    "volumeItemType": "volume", "gYearItemType": "year", "dateItemType": "date", "percentItemType": "share",
}  # fmt: skip
UNIT_OF_KIND = {
    "energy": "MWh", "emissions": "tCO2e", "mass": "t", "area": "ha", "volume": "m3", "intensity": "tCO2e/EUR",
    "money": "currency",
}  # fmt: skip
TEXT_KINDS = frozenset({"text", "textblock", "enumeration", "enumeration_set"})
KINDS = frozenset({*KIND_OF_TYPE.values()})
ROLES = frozenset({"input", "metric", "result", "step", "reference"})
NEEDS = frozenset({"required", "if_applicable", "if_any", "voluntary", "helper"})


class EditionError(ValueError):
    """The edition's data cannot be used; the message gives file, line and reason."""


@dataclass(frozen=True)
class Datapoint:
    """One datapoint: a concept of the taxonomy or a helper input, a metric, a result or a calculation step.

    `role` is input (typed only), metric (typed or computed), result (computed, of our own), step (computed on the
    way) or reference (given by the edition). `dimensions` pairs axis and member of a dimensioned single cell; `instead`
    names a datapoint whose answer makes a blank here no gap (a volume for a mass). Amounts are zero or more unless
    `negative`, shares at most 1 unless `above_one`.
    """

    name: str
    concept: str
    kind: str
    role: str
    module: str
    disclosure: str
    paragraph: str
    topic: int
    need: str
    section: str
    table: str | None = None
    unit: str = ""
    units: str = ""
    unit_cell: str = ""
    unit_for: str = ""
    twin: str = ""
    instead: str = ""
    negative: bool = False
    above_one: bool = False
    codelist: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    taxonomy: bool = False
    formula: Node | None = None
    formula_text: str = ""
    applies_when: Node | None = None
    applies_text: str = ""

    @property
    def may_stay_blank(self) -> bool:
        """Return whether a blank is no gap: voluntary, or asked only where there is something to report (if_any)."""
        return self.need in ("voluntary", "if_any")

    @property
    def symbol_kind(self) -> Kind:
        """Return what a rule sees: number (dates and years too), text or bool."""
        if self.kind in TEXT_KINDS:
            return "text"
        return "bool" if self.kind == "boolean" else "number"


@dataclass(frozen=True)
class Table:
    """One table: open (the client adds rows), fixed (a row per code), reference (ours) or derived (computed rows).

    Of the columns in `one_of`, a row needs one.
    """

    name: str
    rows: str
    section: str
    ready: int = 0
    axis: str = ""
    key: str = ""
    codes: str = ""
    own_rows: int = 0
    distinct: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One block of a sheet: datapoints that belong to one disclosure and apply together."""

    name: str
    sheet: str
    disclosure: str
    topic: int
    module: str
    paragraph: str
    datapoints: tuple[str, ...]
    table: str | None = None
    omit: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    applies_when: Node | None = None
    applies_text: str = ""


@dataclass(frozen=True)
class Parameter:
    """One constant of the standard with unit, the date it holds from and its source."""

    name: str
    value: float
    unit: str
    since: dt.date
    source: str


@dataclass(frozen=True)
class Concept:
    """One reportable element of the taxonomy as `concepts.csv` lists it."""

    name: str
    data_type: str
    period: str
    disclosure: str
    paragraph: str
    axes: tuple[str, ...]
    members: tuple[str, ...]
    standard_label: str


@dataclass(frozen=True)
class Edition:
    """One edition of the standard as data; `order` lists the computed datapoints so that inputs come first."""

    name: str
    concepts: Mapping[str, Concept]
    datapoints: Mapping[str, Datapoint]
    sections: Mapping[str, Section]
    tables: Mapping[str, Table]
    parameters: Mapping[str, Parameter]
    symbols: Mapping[str, Symbol]
    order: tuple[str, ...]

    def columns(self, table: str) -> Iterator[Datapoint]:
        """Yield the columns of a table in their order."""
        return (self.datapoints[name] for name in self.tables[table].columns)


def data_folder(edition: str = "vsme-2025") -> Traversable:
    """Return the folder of the edition's data files."""
    return files("vsme_xl") / "data" / edition


def read_rows(name: str, edition: str = "vsme-2025") -> list[dict[str, str]]:
    """Return the rows of one of the edition's CSV files."""
    with (data_folder(edition) / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_yaml(source: Traversable) -> Any:
    """Return what a YAML file holds, read with the C loader where it is there."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(source.read_text(encoding="utf-8"), Loader=loader)


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
            _read_section(source.name, section, data, concepts, sections, tables, datapoints)
            places[section] = source.name
    symbols = _symbols(datapoints, parameters)
    _check_rules(name, datapoints, sections, symbols, places)
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


def _read_section(
    file: str,
    name: str,
    data: dict[str, Any],
    concepts: Mapping[str, Concept],
    sections: dict[str, Section],
    tables: dict[str, Table],
    datapoints: dict[str, Datapoint],
) -> None:
    unknown = set(data) - SECTION_FIELDS
    if unknown:
        raise EditionError(f"{file}: section {name}: unknown field {', '.join(sorted(unknown))}")
    table = data["table"]["name"] if "table" in data else data.get("extends")
    columns = data.get("columns", {})
    if "table" in data:
        spec = dict(data["table"])
        spec |= {key: tuple(spec.get(key, ())) for key in ("distinct", "one_of")}
        tables[spec["name"]] = Table(section=name, columns=tuple(columns), **spec)
    elif table:
        old = tables[table]
        tables[table] = Table(**{**old.__dict__, "columns": (*old.columns, *columns)})
    for group, of in ((columns, table), (data.get("datapoints", {}), None)):
        for datapoint, fields in group.items():
            if datapoint in datapoints:
                raise EditionError(f"{file}: {datapoint} stands in two sections")
            datapoints[datapoint] = _datapoint(file, datapoint, fields or {}, name, data, of, concepts)
    text = data.get("applies_when", "")
    _check_omissions(file, name, data, concepts)
    sections[name] = Section(
        name, data["sheet"], data.get("disclosure", ""), data["topic"], data.get("module", "basic"),
        data.get("paragraph", "24"), (*columns, *data.get("datapoints", {})), table,
        tuple(data.get("omit", ())), tuple(data.get("gates", ())), _parsed(file, name, text), text,
    )  # fmt: skip


def _datapoint(
    file: str,
    name: str,
    fields: dict[str, Any],
    section: str,
    data: dict[str, Any],
    table: str | None,
    concepts: Mapping[str, Concept],
) -> Datapoint:
    unknown = set(fields) - SCALAR_FIELDS
    if unknown:
        raise EditionError(f"{_place(file, name)}: {name}: unknown field {', '.join(sorted(unknown))}")
    concept, dimensions = _concept_of(name, concepts)
    known = concepts.get(concept)
    kind = fields.get("kind") or (KIND_OF_TYPE[known.data_type] if known else "")
    if not kind:
        raise EditionError(f"{file}: {name} is no concept of the taxonomy and has no kind")
    formula = _parsed(file, name, fields.get("formula", ""))
    applies = _parsed(file, name, fields.get("applies_when", ""))
    role = fields.get("role") or ("input" if formula is None else "metric")
    need = fields.get("need") or data.get("need") or ("required" if known and role != "step" else "helper")
    if need == "required" and ("applies_when" in fields or "applies_when" in data):
        need = "if_applicable"
    for value, known_ones, what in ((kind, KINDS, "kind"), (role, ROLES, "role"), (need, NEEDS, "need")):
        if value not in known_ones:
            raise EditionError(f"{_place(file, name)}: {name}: unknown {what} {value!r}")
    return Datapoint(
        name=name, concept=fields.get("concept", concept), kind=kind, role=role,
        module=fields.get("module", data.get("module", "basic")), disclosure=data.get("disclosure", ""),
        paragraph=fields.get("paragraph", data.get("paragraph", known.paragraph if known else "24")),
        topic=data["topic"], need=need, section=section, table=table,
        unit=fields.get("unit", UNIT_OF_KIND.get(kind, "")), units=fields.get("units", ""),
        unit_cell=fields.get("unit_cell", ""), unit_for=fields.get("unit_for", ""), twin=fields.get("twin", ""),
        instead=fields.get("instead", ""), negative=fields.get("negative", False),
        above_one=fields.get("above_one", False),
        codelist="yes_no" if kind == "boolean" else fields.get("codelist", ""), dimensions=dimensions,
        taxonomy=known is not None, formula=formula, formula_text=fields.get("formula", ""), applies_when=applies,
        applies_text=fields.get("applies_when", ""),
    )  # fmt: skip


def _concept_of(name: str, concepts: Mapping[str, Concept]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split `Concept_Member` into the concept and its one dimension; other names are their own concept."""
    concept, _, member = name.partition("_")
    if member.endswith("Member") and concept in concepts and len(concepts[concept].axes) == 1:
        return concept, ((concepts[concept].axes[0], member),)
    return name, ()


def _parsed(file: str, name: str, text: str) -> Node | None:
    try:
        return parse(text) if text else None
    except RuleError as error:
        raise EditionError(f"{_place(file, text)}: {name}: {error}") from None


def _check_omissions(file: str, name: str, data: dict[str, Any], concepts: Mapping[str, Concept]) -> None:
    members = concepts["ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"].members
    for member in data.get("omit", ()):
        if member not in members:
            raise EditionError(f"{_place(file, member)}: section {name}: unknown disclosure {member!r} in omit")


def _place(file: str, text: str) -> str:
    """Return file and line where a text stands in a file of the sections."""
    source = data_folder() / "sections" / file
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if text in line:
            return f"{file}:{number}"
    return file


def _symbols(datapoints: Mapping[str, Datapoint], parameters: Mapping[str, Parameter]) -> dict[str, Symbol]:
    symbols = {
        d.name: Symbol(d.name, d.symbol_kind, d.codelist or None, d.table) for d in datapoints.values()
    }
    symbols.update({name: Symbol(name, "number", parameter=True) for name in parameters})
    return symbols


def _check_rules(
    edition: str,
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
                raise EditionError(f"{_place(places[d.section], text)}: {d.name}: {error}") from None
    for s in sections.values():
        try:
            if s.applies_when is not None and check(s.applies_when, symbols, None) != "bool":
                raise RuleError("the rule does not yield a yes or no")
        except RuleError as error:
            raise EditionError(f"{_place(places[s.name], s.applies_text)}: {s.name}: {error}") from None


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
