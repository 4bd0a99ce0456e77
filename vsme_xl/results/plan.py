"""Plan a results workbook: which sheet and cell holds each value, and which defined name leads to it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from vsme_xl.edition import Datapoint, data_folder, read_yaml
from vsme_xl.results.cells import absolute, sheet_name
from vsme_xl.results.layout import UNIT, VALUE, Line, Topic, topics_of
from vsme_xl.results.rules import compiled
from vsme_xl.results.source import Source
from vsme_xl.results.tables_layout import (
    UNIT_COLUMN,
    Block,
    blocks_of,
    column_names,
    converts,
    needed,
    typed_columns,
)
from vsme_xl.store import UNIT_DIMENSION

FIXED_SHEETS = (
    "summary", "calculations", "ledger", "tables", "factors", "not_applicable", "findings", "data", "method",
)  # fmt: skip
CALCULATIONS_FIRST = 4
CALCULATED = 2


class Step(NamedTuple):
    """One row of the sheet of calculations: heading, rule, rows (a rule per table row), conversion or input."""

    row: int
    kind: str
    name: str
    hidden: bool = False


@dataclass(frozen=True)
class Plan:
    """Where everything stands: `cells` gives the topic row of each fact, `names` what each defined name refers to."""

    sheets: Mapping[str, str]
    topics: tuple[Topic, ...]
    lines: Mapping[tuple[str, int], tuple[Topic, Line]]
    blocks: Mapping[str, Block]
    steps: tuple[Step, ...]
    calculated: Mapping[tuple[str, str], int]
    names: Mapping[str, str]

    def address(self, name: str, item: int = -1, column: int = VALUE) -> str | None:
        """Return the address of a fact's value (or another column) on its topic sheet."""
        if (name, item) not in self.lines:
            return None
        topic, line = self.lines[name, item]
        return f"'{topic.sheet}'!{absolute(line.row, column)}"


@cache
def summary_figures(edition: str) -> Mapping[str, Any]:
    """Return the key figures and charts of the summary."""
    found: Mapping[str, Any] = read_yaml(data_folder(edition) / "results.yaml")
    return found


def plan_of(source: Source, parameters: Mapping[str, str]) -> Plan:
    """Return the plan of a workbook; `parameters` gives the cells of the edition's constants."""
    sheets = {key: sheet_name(source.text(f"sheets.{key}")) for key in FIXED_SHEETS}
    topics = topics_of(source)
    lines = {(line.name, line.item): (t, line) for t in topics for line in t.lines if line.name}
    scalars, tables, read = needed(source)
    read |= {*_summary_names(source), *scalars}
    converted = [n for n in source.edition.datapoints if n in read and _converted(n, source)]
    typed = typed_columns(source)
    if converted or typed:
        tables |= {"units"}
    blocks = {b.table: b for b in blocks_of(source, tables, sheets, typed)}
    tables_hold = {n for n in read if source.edition.datapoints[n].table is not None}
    held = {*tables_hold, *scalars, *converted}
    loose = [n for n in source.edition.datapoints if n in read and n not in held and (n, -1) not in lines]
    steps = tuple(_steps(source, scalars, blocks, converted, loose))
    calculated = {(s.kind, s.name): s.row for s in steps}
    names = dict(parameters)
    for name in source.edition.datapoints:
        if name not in tables_hold and (name in read or name in scalars):
            names[name] = _place(name, sheets, lines, calculated, source)
    for block in blocks.values():
        names.update(column_names(block, source))
    return Plan(sheets, topics, lines, blocks, steps, calculated, names)


def _summary_names(source: Source) -> Iterator[str]:
    for chart in summary_figures(source.edition.name)["charts"].values():
        for names in chart["series"].values():
            yield from (n for n in names if (n, -1) in source.entries)


def _converted(name: str, source: Source) -> bool:
    entry, datapoint = source.entries.get((name, -1)), source.edition.datapoints[name]
    return entry is not None and entry.basis == "reported" and converts(datapoint, entry.unit)


def _place(
    name: str,
    sheets: Mapping[str, str],
    lines: Mapping[tuple[str, int], tuple[Topic, Line]],
    calculated: Mapping[tuple[str, str], int],
    source: Source,
) -> str:
    """Return the cell that holds the value rules see: as reported (in the unit of the rules), as computed, or empty."""
    kinds = ("conversion",) if source.reported(name) else ("rule",)
    for kind in (*kinds, "input"):
        if (kind, name) in calculated:
            return _cell(sheets["calculations"], calculated[kind, name], CALCULATED)
    topic, line = lines[name, -1]
    return _cell(topic.sheet, line.row, VALUE)


def _cell(sheet: str, row: int, column: int) -> str:
    return f"'{sheet}'!{absolute(row, column)}"


def _steps(
    source: Source, scalars: tuple[str, ...], blocks: Mapping[str, Block], converted: list[str], loose: list[str]
) -> Iterator[Step]:
    rules = compiled(source.edition.name, source.language.code)
    datapoints = source.edition.datapoints
    wanted = set(scalars)
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in rules.inputs:
        datapoint = datapoints[name]
        block = blocks.get(datapoint.table or "")
        if name in wanted:
            groups.setdefault(datapoint.disclosure, []).append(("rule", name))
        elif block is not None and block.places:
            groups.setdefault(datapoint.disclosure, []).append(("rows", name))
    ordered = sorted(groups, key=lambda d: (d[:1], int(d[1:] or 0)))
    parts = [(d, groups[d]) for d in ordered]
    parts += [("conversions", [("conversion", n) for n in converted]), ("inputs", [("input", n) for n in loose])]
    row = CALCULATIONS_FIRST
    for title, lines in parts:
        if not lines:
            continue
        yield Step(row, "heading", title, hidden=title == "inputs")
        for kind, name in lines:
            row += 1
            yield Step(row, kind, name, hidden=kind == "input")
        row += 1


def conversion(cell: str, unit_cell: str, datapoint: Datapoint, label: str) -> str:
    """Return the formula that turns an amount as typed into the datapoint's unit; blank where the unit does not fit."""
    column = UNIT_COLUMN[UNIT_DIMENSION[datapoint.kind]]
    factor = f"INDEX({column},MATCH({unit_cell},Unit_Code,0))"
    own = f'INDEX({column},MATCH("{label}",Unit_Code,0))'
    return f'=IF(AND(ISNUMBER({cell}),ISNUMBER({factor})),{cell}*{factor}/{own},"")'


def topic_conversion(name: str, plan: Plan, source: Source, label: str) -> str:
    """Return the formula that turns a single datapoint's reported amount into its unit."""
    cell, unit = plan.address(name), plan.address(name, column=UNIT)
    assert cell is not None and unit is not None
    return conversion(cell, unit, source.edition.datapoints[name], label)
