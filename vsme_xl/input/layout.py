"""Place every datapoint of the input workbook: which sheet, which row, which column. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from vsme_xl.carries_over import carries_over
from vsme_xl.codelists import codes
from vsme_xl.completeness import mark_of as disclosure_of
from vsme_xl.completeness import marks as disclosure_marks
from vsme_xl.edition import Datapoint, Edition, Section, load_edition, read_yaml
from vsme_xl.resources import folder

NAME, MARK, LABEL, PARAGRAPH, INPUT, UNIT, COMPUTED, PREVIOUS, STATUS = range(9)
TABLE = LABEL
TITLE_ROW, HEADING_ROW, LINKS_ROW, LINKS_PER_ROW = 0, 1, 3, 3
START_ENTITY_ROW = 22
NOTES_ROW = 4
MODULES = ("basic", "comprehensive")
NUMERIC = frozenset({"number", "share", "money", "energy", "emissions", "intensity", "mass", "volume", "area"})
TEXTS = frozenset({"text", "textblock", "enumeration", "enumeration_set"})
HIDDEN_SHEETS = frozenset({"lists", "results"})


@dataclass(frozen=True)
class ScalarPlace:
    """The row of a single datapoint; its cells stand in the columns that this module names."""

    name: str
    sheet: str
    row: int
    section: str
    mark: str
    typed: bool
    computed: bool
    previous: bool
    wide: bool


@dataclass(frozen=True)
class TablePlace:
    """A table: `first` is its first data row, `rows` how many stand ready, `columns` where each datapoint stands.

    A twin (the volume beside a mass) has the column of its mass. `keys` is how many rows have a fixed key; `previous`
    are the columns for the year before.
    """

    name: str
    sheet: str
    section: str
    header: int
    first: int
    rows: int
    keys: int
    columns: Mapping[str, int]
    previous: Mapping[str, int]

    @property
    def last(self) -> int:
        """Return the last data row."""
        return self.first + self.rows - 1


@dataclass(frozen=True)
class SectionPlace:
    """The title row of a section on its sheet, and the mark (B3, C1 …) its rows carry."""

    name: str
    sheet: str
    row: int
    mark: str
    module: str


@dataclass(frozen=True)
class Placement:
    """Where everything of one module's workbook stands; rows and columns count from 0."""

    module: str
    scalars: Mapping[str, ScalarPlace]
    tables: Mapping[str, TablePlace]
    sections: Mapping[str, SectionPlace]
    calc: Mapping[str, int]
    states: Mapping[str, int]
    marks: Mapping[str, int]
    flags: Mapping[str, int]
    ends: Mapping[str, int]

    def on_sheet(self, sheet: str) -> Iterator[SectionPlace]:
        """Yield the sections of a sheet from top to bottom."""
        return (s for s in self.sections.values() if s.sheet == sheet)


@dataclass
class _Draft:
    rows: dict[str, int] = field(default_factory=dict)
    scalars: dict[str, ScalarPlace] = field(default_factory=dict)
    tables: dict[str, TablePlace] = field(default_factory=dict)
    sections: dict[str, SectionPlace] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)


@cache
def layout() -> Mapping[str, Any]:
    """Return workbook_templates/layout.yaml."""
    found: Mapping[str, Any] = read_yaml(folder("workbook_templates") / "layout.yaml")
    return found


@cache
def placement(module: str = "comprehensive", rows: tuple[tuple[str, int], ...] = ()) -> Placement:
    """Return where every datapoint of the module's input workbook stands, the same in every language.

    `rows` names open tables in which other than the usual number of rows stands ready.
    """
    edition = load_edition()
    draft = _Draft(rows=dict(rows))
    for sheet, spec in layout()["sheets"].items():
        here = [edition.sections[s] for s in spec["sections"] if included(edition.sections[s], module)]
        if not here:
            continue
        row = START_ENTITY_ROW if sheet == "start" else LINKS_ROW + -(-len(here) // LINKS_PER_ROW) + 1
        for section in here:
            row = _place_section(section, sheet, row, module, edition, draft)
        draft.ends[sheet] = row
    calc, states, marks = _calc_rows(module, edition, draft)
    flags = _flag_rows(module, edition, draft, max(marks.values()) + 3)
    return Placement(module, draft.scalars, draft.tables, draft.sections, calc, states, marks, flags, draft.ends)


def included(item: Section | Datapoint, module: str) -> bool:
    """Return whether a section or datapoint belongs into the workbook of a module."""
    return module == "comprehensive" or item.module != "comprehensive"


def mark_of(section: Section, datapoint: Datapoint | None = None) -> str:
    """Return the mark of a row: its disclosure, or the module's letter where it has none."""
    return disclosure_of(section, datapoint) or ("C" if section.module == "comprehensive" else "B")


def shown_scalars(section: Section, module: str, edition: Edition) -> list[Datapoint]:
    """Return the single datapoints of a section as its rows show them: gates and units first."""
    scalars = [edition.datapoints[n] for n in section.datapoints if edition.datapoints[n].table is None]
    shown = [d for d in scalars if d.role not in ("step", "reference") and included(d, module)]
    return sorted(shown, key=lambda d: 0 if d.name in section.gates else 1 if d.unit_for else 2)


def _place_section(
    section: Section, sheet: str, row: int, module: str, edition: Edition, draft: _Draft
) -> int:
    """Place a section from `row` on; return the row where the next one begins."""
    draft.sections[section.name] = SectionPlace(section.name, sheet, row, mark_of(section), section.module)
    row += 1
    for d in shown_scalars(section, module, edition):
        typed, computed = d.role in ("input", "metric"), d.formula is not None
        stays = d.name in carries_over().stays or section.name in layout()["no_previous"]
        numeric = d.kind in NUMERIC and not stays
        wide = d.kind in TEXTS and not d.unit_for
        mark = mark_of(section, d)
        draft.scalars[d.name] = ScalarPlace(d.name, sheet, row, section.name, mark, typed, computed, numeric, wide)
        row += 1
    table = edition.tables.get(section.table or "")
    if table is not None and table.section == section.name:
        row = _place_table(section, sheet, row, module, edition, draft)
    return row + 1


def _place_table(section: Section, sheet: str, row: int, module: str, edition: Edition, draft: _Draft) -> int:
    table = edition.tables[str(section.table)]
    columns: dict[str, int] = {}
    column = TABLE
    twins = {d.twin: d.name for d in edition.columns(table.name) if d.twin}
    for d in edition.columns(table.name):
        if not included(d, module) or (d.role not in ("input", "metric") and table.name != "fuels"):
            continue
        if d.name in twins:
            columns[d.name] = columns[twins[d.name]]
        else:
            columns[d.name] = column
            column += 1
    keys = len(codes(table.codes)) if table.codes else 0
    rows = keys + table.own_rows if table.codes else draft.rows.get(table.name, table.ready)
    wanted = layout()["previous_columns"].get(table.name, ())
    previous = {name: number for number, name in enumerate(wanted, start=column)}
    draft.tables[table.name] = TablePlace(table.name, sheet, section.name, row, row + 2, rows, keys, columns, previous)
    return row + 2 + rows


def _calc_rows(
    module: str, edition: Edition, draft: _Draft
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Number the rows of the hidden sheet Calc: values, then sections, then disclosures."""
    values = [
        d.name
        for section in edition.sections.values()
        if section.sheet not in HIDDEN_SHEETS and included(section, module)
        for d in (edition.datapoints[n] for n in section.datapoints)
        if d.table is None and included(d, module) and d.role != "reference" and needs_calc(d)
    ]
    calc = {name: row for row, name in enumerate(values, start=1)}
    start = len(values) + 3
    states = {name: row for row, name in enumerate(draft.sections, start=start)}
    start += len(states) + 2
    used = {s.mark for s in draft.sections.values()} | {s.mark for s in draft.scalars.values()}
    marks = {mark: row for row, mark in enumerate((m for m in disclosure_marks() if m in used), start=start)}
    return calc, states, marks


def _flag_rows(module: str, edition: Edition, draft: _Draft, start: int) -> dict[str, int]:
    """Number the rows on Calc of the flags: of all that is filled in or worked out."""
    found = []
    for d in (edition.datapoints[n] for s in draft.sections for n in edition.sections[s].datapoints):
        table = draft.tables.get(d.table or "")
        placed = d.name in draft.scalars or (table is not None and d.name in table.columns)
        if included(d, module) and ((placed and d.role in ("input", "metric")) or d.formula is not None):
            found.append(d.name)
    return {name: row for row, name in enumerate(found, start=start)}


def needs_calc(datapoint: Datapoint) -> bool:
    """Return whether the value that rules use is none of the cells a person sees."""
    return datapoint.role in ("metric", "step") or bool(datapoint.units or datapoint.unit_cell)
