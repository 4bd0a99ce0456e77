"""What input cells may hold, and the flags on Calc that say where one holds something else.

A validation stops what a person types, not what is pasted. Formulas do not see what our reader would still make of
such a cell, so its datapoint, and all that hangs on it, says "unreadable".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.input.layout import NUMERIC, Placement, layout
from vsme_xl.rules.parse import names

FIRST_DATE = dt.date(1950, 1, 1)
FIRST_YEAR, LAST_YEAR = 1990, 2150
LARGE = 1e15
FLAG = 1
Typed = Mapping[tuple[str, int], object]


@dataclass(frozen=True)
class Allowed:
    """What a cell may hold: `form` is any, list, offered, date, year or number; numbers lie from `least` to `most`.

    `source` is the code list of a list, or the name of the cells that an offer comes from.
    """

    form: str
    source: str = ""
    least: float | None = None
    most: float | None = None


@cache
def allowed(name: str) -> Allowed:
    """Return what the input cells of a datapoint may hold."""
    d = load_edition().datapoints[name]
    offered = layout()["suggestions"].get(name)
    if offered:
        return Allowed("offered" if d.codelist else "any", offered)
    table = load_edition().tables.get(d.table or "")
    if table is not None and table.own_rows and name == table.key:
        return Allowed("any")
    if d.codelist and (d.kind != "enumeration_set" or d.table):
        return Allowed("list", d.codelist)
    if d.kind == "date":
        return Allowed("date")
    if d.kind == "year":
        return Allowed("year", least=FIRST_YEAR, most=LAST_YEAR)
    if d.kind in NUMERIC:
        return Allowed("number", "", None if d.negative else 0, 1 if d.kind == "share" and not d.above_one else None)
    return Allowed("any")


def fits(value: object, name: str, language: str, typed: Typed) -> bool:
    """Return whether an entry is what its cell may hold; a blank always is."""
    rule = allowed(name)
    if value is None or value == "" or rule.form == "any":
        return True
    if rule.form == "list":
        return value in codelist(rule.source, language).labels.values()
    if rule.form == "offered":
        d = load_edition().datapoints[name]
        own = {str(v) for (other, _), v in typed.items() if other == rule.source}
        return str(value) in {*codelist(d.codelist, language).labels.values(), *own}
    if rule.form == "date":
        return isinstance(value, dt.date) and value >= FIRST_DATE
    if not isinstance(value, float):
        return False
    whole = rule.form != "year" or value == int(value)
    return whole and (rule.least is None or value >= rule.least) and (rule.most is None or value <= rule.most)


def blank_test(name: str) -> str:
    """Return the condition that a cell, or each cell of a column, says nothing; dashes alone say nothing in a text."""
    text = name
    if allowed(name).form == "any" and load_edition().datapoints[name].symbol_kind == "text":
        for dash in "-\N{EN DASH}\N{EM DASH}":
            text = f'SUBSTITUTE({text},"{dash}","")'
    return f"LEN(TRIM({text}))=0"


def flag_cell(name: str, place: Placement, calc: str) -> str:
    """Return the cell on Calc that is 1 where a datapoint, or what it is worked out from, cannot be read."""
    return f"{calc}!{xl_rowcol_to_cell(place.flags[name], FLAG, row_abs=True, col_abs=True)}"


def any_flag(wanted: Iterator[str] | tuple[str, ...], place: Placement, calc: str) -> str:
    """Return an expression that is 1 where one of the datapoints cannot be read; blank where none has a flag."""
    cells = [flag_cell(name, place, calc) for name in dict.fromkeys(wanted) if name in place.flags]
    return f"MAX({','.join(cells)})" if cells else ""


def reads(d: Datapoint, place: Placement) -> tuple[str, ...]:
    """Return the datapoints whose entries a datapoint's value hangs on."""
    found = [*(names(d.formula) if d.formula is not None else ()), d.unit_cell, d.instead]
    return tuple(n for n in dict.fromkeys(found) if n in place.flags and n != d.name)


def typed_here(d: Datapoint, place: Placement) -> bool:
    """Return whether a person may fill a datapoint in."""
    if d.role not in ("input", "metric"):
        return False
    return d.name in place.scalars if d.table is None else d.name in place.tables[d.table].columns


def flag_formula(name: str, place: Placement, calc: str, unit: str) -> str:
    """Return the formula of a datapoint's flag; `unit` is the cell with the factor of its own unit cell."""
    d = load_edition().datapoints[name]
    others = any_flag(reads(d, place), place, calc)
    if not typed_here(d, place):
        return f"={others or 0}"
    if d.table is not None:
        own = f"IFERROR(IF({_misfits(d)}>0,1,0),1)"
        return f"=MAX({own},{others})" if others else f"={own}"
    bad = f"IF({_fits(d, name)},0,1)"
    if unit:
        bad = f"IF(ISNUMBER({unit}),{bad},1)"
    return f"=IFERROR(IF({blank_test(name)},{others or 0},{bad}),1)"


def misfit(d: Datapoint, cell: str) -> str:
    """Return the condition that one cell of a datapoint holds what it may not; blank where it may hold anything."""
    return "" if allowed(d.name).form == "any" else f"IF(LEN(TRIM({cell}))=0,FALSE,NOT({_fits(d, cell)}))"


def _fits(d: Datapoint, cell: str) -> str:
    """Return the condition that a cell which is not blank holds what it may."""
    rule = allowed(d.name)
    if rule.form == "any":
        return f"LEN({cell})>0"
    if rule.form in ("list", "offered"):
        source = f"list_{rule.source}" if rule.form == "list" else rule.source
        return f"SUMPRODUCT(--(TRIM({source})=TRIM({cell})))>0"
    if rule.form == "date":
        return f"IF(ISNUMBER({cell}),{cell}>={_serial(FIRST_DATE)},FALSE)"
    least, most = -LARGE if rule.least is None else rule.least, LARGE if rule.most is None else rule.most
    whole = f"{cell}=INT({cell})," if rule.form == "year" else ""
    return f"IF(ISNUMBER({cell}),AND({whole}{cell}>={least:.0f},{cell}<={most:.0f}),FALSE)"


def _misfits(d: Datapoint) -> str:
    """Return how many cells of a column hold what they may not."""
    rule, name = allowed(d.name), d.name
    if rule.form == "any":
        return f"SUMPRODUCT(--ISERROR({name}))"
    said = f"--(LEN(TRIM({name}))>0)"
    if rule.form in ("list", "offered"):
        source = f"list_{rule.source}" if rule.form == "list" else rule.source
        return f'SUMPRODUCT({said},--(COUNTIF({source},TRIM({name}))=0))'
    outside = "" if rule.least is None else f'+COUNTIF({name},"<{rule.least:.0f}")'
    outside += "" if rule.most is None else f'+COUNTIF({name},">{rule.most:.0f}")'
    return f"SUMPRODUCT({said})-COUNT({name}){outside}"


def _serial(day: dt.date) -> int:
    return (day - dt.date(1899, 12, 30)).days
