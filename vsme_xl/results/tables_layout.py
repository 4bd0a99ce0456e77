"""Decide which tables of row calculations a workbook needs, with which rows, and where they stand; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.results.cells import absolute
from vsme_xl.results.rules import ACROSS, FIRST_COLUMN, FIRST_ROW, compiled, position
from vsme_xl.results.source import Source
from vsme_xl.store import UNIT_DIMENSION

OWN_SHEET = {"ledger": "ledger", "fuels": "factors", "units": "factors", "gases": "factors", "grid": "factors"}
OWN_SHEET |= {"factor_units": "factors"}
ACROSS_COLUMN = 3
HEAD = 3
UNIT_LISTS = frozenset(
    {"unit", "ledger_unit", "mass_unit", "volume_unit", "area_unit", "mass_volume_unit", "activity_unit", "ncv_unit"}
)
USED_BY = {"gases": "Fugitive_Gas", "grid": "Ledger_Country", "factor_units": "Pollutant_FactorUnit"}
UNIT_COLUMN = {"mass": "Unit_Mass", "volume": "Unit_Volume", "area": "Unit_Area", "energy": "Unit_Energy"}


@dataclass(frozen=True)
class Block:
    """One table: `places` are its rows in the computed arrays, `first` the first of its rows (columns for fuels)."""

    table: str
    sheet: str
    first: int
    places: tuple[int, ...]
    typed: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many rows the names of its columns span: at least one, empty where the table has none."""
        return max(1, len(self.places))


def needed(source: Source) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Return the rules of single cells to write, the tables to write, and every name their formulas read.

    Wanted is what applies and has a value or an input; a value that such a formula reads is needed too.
    """
    rules = compiled(source.edition.name, source.language.code)
    datapoints, values = source.edition.datapoints, source.values
    filled = {e.table for e in source.entries.values() if e.table and e.value is not None}
    filled |= {t.name for t in source.edition.tables.values() if t.rows == "derived" and source.places(t.name)}

    def given(name: str) -> bool:
        datapoint = datapoints.get(name)
        if datapoint is None:
            return False
        if datapoint.table is not None:
            return datapoint.table in filled
        value = values.array(name)[source.number]
        return value is not None and bool(value == value)

    def applies(name: str) -> bool:
        return bool(source.computed.applies[name][source.number] != 0)

    roots = [
        name
        for name, inputs in rules.inputs.items()
        if datapoints[name].table is None and applies(name) and (given(name) or any(given(i) for i in inputs))
    ]
    sections = {t: f"section:{source.edition.tables[t].section}" for t in filled}
    tables = {t for t, section in sections.items() if source.computed.applies[section][source.number] != 0}
    return _closure(source, roots, tables, given)


def _closure(
    source: Source, roots: list[str], tables: set[str], given: Callable[[str], bool]
) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Return what the wanted rules and tables read, and what that reads in turn."""
    rules = compiled(source.edition.name, source.language.code)
    datapoints = source.edition.datapoints
    scalars, reached, read = dict.fromkeys(roots), set[str](), set[str]()
    todo = [rules.inputs[name] for name in roots]
    fresh = set(tables)
    while todo or fresh:
        for table in fresh - reached:
            reached.add(table)
            if source.places(table):
                todo += [rules.inputs[c] for c in source.edition.tables[table].columns if c in rules.inputs]
        fresh = set()
        for name in todo.pop() if todo else ():
            if name in read or name not in datapoints:
                continue
            read.add(name)
            if (of := datapoints[name].table) is not None:
                fresh.add(of)
            elif name in rules.inputs and name not in scalars and given(name) and not source.reported(name):
                scalars[name] = None
                todo.append(rules.inputs[name])
    ordered = tuple(name for name in rules.inputs if name in scalars)
    return ordered, frozenset(reached), frozenset(read)


def blocks_of(
    source: Source, tables: frozenset[str], sheets: Mapping[str, str], typed_in: Mapping[str, tuple[str, ...]]
) -> tuple[Block, ...]:
    """Return the blocks of the needed tables, stacked on their sheets; one without rows keeps an empty row."""
    found = []
    next_row = dict.fromkeys(sheets.values(), HEAD)
    rows = {t: _rows(source, t) for t in source.edition.tables if t in tables}
    units = frozenset[str]()
    for table in sorted(rows, key=lambda t: (t == "units", t != ACROSS, not rows[t])):
        places = rows[table] if table != "units" else _rows(source, table, units)
        typed = typed_in.get(table, ())
        if table != "units":
            units |= _units_named(source, table, places)
        sheet = sheets[OWN_SHEET.get(table, "tables")]
        if table == ACROSS:
            found.append(Block(table, sheet, ACROSS_COLUMN, places, typed))
            matches = compiled(source.edition.name, source.language.code).matches[table]
            next_row[sheet] = FIRST_ROW + len(source.edition.tables[table].columns) + len(matches) + 2
        else:
            first = max(next_row[sheet], HEAD) + 3
            found.append(Block(table, sheet, first, places, typed))
            next_row[sheet] = first + max(1, len(places)) + 1
    return tuple(found)


def _rows(source: Source, table: str, units: frozenset[str] = frozenset()) -> tuple[int, ...]:
    """Return the rows to show: all of a company's own, of reference tables those that are used."""
    values = source.values
    places = source.places(table)
    if table == "fuels":
        used = {str(v).casefold() for p in source.places("ledger") if (v := values.array("Ledger_Fuel")[p]) is not None}
        own = {e.row for e in source.entries.values() if e.table == "fuels"}
        names, rows = values.array("Fuel_Name"), values.rows["fuels"]
        return tuple(p for p in places if rows[p] in own or str(names[p]).casefold() in used)
    if table not in values.shared:
        return places
    wanted = _used_keys(source, table) if table != "units" else units | _units_of_facts(source)
    keys = values.array(source.edition.tables[table].key)
    return tuple(p for p in places if keys[p] in wanted)


def _used_keys(source: Source, table: str) -> set[str]:
    column = USED_BY[table]
    of = source.edition.datapoints[column].table or ""
    used = {str(source.values.array(column)[p]) for p in source.places(of)}
    if table == "grid":
        country = "CountryOfPrimaryOperationsAndLocationOfSignificantAssets"
        used.add(str(source.values.array(country)[source.number]))
    return used


def _units_named(source: Source, table: str, places: tuple[int, ...]) -> frozenset[str]:
    values = source.values
    columns = [d.name for d in source.edition.columns(table) if d.codelist in UNIT_LISTS]
    found = {str(values.array(c)[p]) for c in columns for p in places}
    return frozenset(found | ({"TJ/Gg"} if table == "fuels" else set()))


def _units_of_facts(source: Source) -> frozenset[str]:
    found = set()
    for entry in source.entries.values():
        datapoint = source.edition.datapoints.get(entry.name)
        if datapoint is not None and converts(datapoint, entry.unit):
            found |= {entry.unit, datapoint.unit}
    return frozenset(found)


def converts(datapoint: Datapoint, unit: str) -> bool:
    """Return whether a reported amount in a unit has to be turned into the datapoint's unit."""
    return bool(unit) and unit != datapoint.unit and datapoint.kind in UNIT_DIMENSION


def typed_columns(source: Source) -> dict[str, tuple[str, ...]]:
    """Return for each table the columns of which some amount was typed in another unit than the rules use, if any."""
    found: dict[str, tuple[str, ...]] = {}
    for table, of in source.edition.tables.items():
        entries = source.typed.get(table, {}).values()
        names = {e.name for e in entries if converts(source.edition.datapoints[e.name], e.unit)}
        if names:
            found[table] = tuple(column for column in of.columns if column in names)
    return found


@cache
def columns_of(edition: str, table: str) -> tuple[tuple[int, Datapoint], ...]:
    """Return the columns of a table, each with its place (a row in the table of fuels)."""
    standard: Edition = load_edition(edition)
    return tuple((position(standard, d), d) for d in standard.columns(table))


def column_names(block: Block, source: Source) -> Iterator[tuple[str, str]]:
    """Yield the defined name of each column of a block with what it refers to."""
    last = block.first + block.count - 1
    for place, d in columns_of(source.edition.name, block.table):
        if block.table == ACROSS:
            ends = (absolute(place, block.first), absolute(place, last))
        else:
            ends = (absolute(block.first, place), absolute(last, place))
        yield d.name, f"'{block.sheet}'!{ends[0]}:{ends[1]}" if last > block.first else f"'{block.sheet}'!{ends[0]}"


def cell_of(block: Block, place: int, column: int) -> str:
    """Return the absolute address of one value of a block."""
    line = block.first + block.places.index(place)
    row, col = (column, line) if block.table == ACROSS else (line, column)
    return f"'{block.sheet}'!{absolute(row, col)}"


def typed_column(block: Block, name: str, source: Source) -> int:
    """Return where the amount of a column stands as it was typed; its unit stands beside it."""
    matches = compiled(source.edition.name, source.language.code).matches[block.table]
    return FIRST_COLUMN + len(source.edition.tables[block.table].columns) + len(matches) + 2 * block.typed.index(name)
