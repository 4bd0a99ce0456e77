"""What an edition of the standard is made of: concepts, datapoints, tables, sections and parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vsme_xl.rules.parse import Kind, Node, Symbol

TEXT_KINDS = frozenset({"text", "textblock", "enumeration", "enumeration_set"})


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

    @cached_property
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
