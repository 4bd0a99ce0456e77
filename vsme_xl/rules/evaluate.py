"""Evaluate rules with NumPy over all workbooks at once; blank is NaN in numbers and yes/no, None in texts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vsme_xl.rules.parse import Node, kind_of, tables
from vsme_xl.rules.values import Array, Floats, Values, blank

__all__ = ["Array", "Floats", "Values", "blank", "evaluate", "excel_serial", "given"]

HAZARDOUS = re.compile(r"W-\d{6}-?Hazardous")  # the hyphen is missing in members of earlier taxonomies
TOLERANCE = 5e-10  # the formulas compare differences rounded to nine decimals


def excel_serial(year: int, month: int, day: int) -> float:
    """Return the serial number by which spreadsheets know a date (1900 system)."""
    return float((dt.date(year, month, day) - dt.date(1899, 12, 30)).days)


def evaluate(node: Node, values: Values, table: str | None = None) -> Array:
    """Return the rule's value for each row of `table`, or for each workbook where `table` is None."""
    if node.op in ("number", "bool"):
        return np.full(values.length(table), float(node.value or 0.0))
    if node.op == "text":
        return np.full(values.length(table), node.value, dtype=object)
    if node.op == "name":
        symbol = values.symbols[str(node.value)]
        found = values.array(symbol.name)
        return found if symbol.table == table else found[values.groups[str(table)]]
    if node.op in _AGGREGATE:
        return _AGGREGATE[node.op](node, values, table)
    arguments = [evaluate(a, values, table) for a in node.args] if node.op != "lookup" else []
    if node.op in _ARITHMETIC:
        with np.errstate(all="ignore"):
            return _ARITHMETIC[node.op](*arguments)
    if node.op in _ELEMENTWISE:
        return _ELEMENTWISE[node.op](*arguments)
    return _SPECIAL[node.op](node, arguments, values, table)


def given(array: Array) -> npt.NDArray[np.bool_]:
    """Return where an array is not blank."""
    return np.array([v is not None for v in array], dtype=bool) if array.dtype == object else ~np.isnan(array)


def _divide(a: Floats, b: Floats) -> Floats:
    return np.where(b == 0, np.nan, a / np.where(b == 0, np.nan, b))


def _known(test: npt.NDArray[np.bool_], *operands: Array) -> Floats:
    out = np.where(test, 1.0, 0.0)
    for operand in operands:
        out[~given(operand)] = np.nan
    return out


def _equal(a: Array, b: Array) -> Floats:
    if a.dtype == object or b.dtype == object:
        test = np.array([_folded(x) == _folded(y) for x, y in zip(a, b, strict=True)], dtype=bool)
        return _known(test, a, b)
    return _known(np.abs(a - b) < TOLERANCE, a, b)


@lru_cache(maxsize=20_000)
def _folded(text: object) -> object:
    return text.strip().casefold() if isinstance(text, str) else text


def _and(*items: Floats) -> Floats:
    out = np.where(np.any([np.isnan(i) for i in items], axis=0), np.nan, 1.0)
    return np.where(np.any([i == 0 for i in items], axis=0), 0.0, out)


def _or(*items: Floats) -> Floats:
    out = np.where(np.any([np.isnan(i) for i in items], axis=0), np.nan, 0.0)
    return np.where(np.any([i == 1 for i in items], axis=0), 1.0, out)


def _if(condition: Floats, yes: Array, no: Array | None = None) -> Array:
    other = blank(len(yes), "text" if yes.dtype == object else "number") if no is None else no
    empty = blank(len(yes), "text" if yes.dtype == object else "number")
    return np.where(condition == 1, yes, np.where(condition == 0, other, empty))


def _coalesce(*items: Array) -> Array:
    out = items[0].copy()
    for item in items[1:]:
        missing = ~given(out)
        out[missing] = item[missing]
    return out


def _is(text: Array, *codes: Array) -> Floats:
    rows = zip(text.tolist(), *(code.tolist() for code in codes), strict=True)
    return np.array([float(_is_one_of(own, others)) for own, *others in rows], dtype=float)


def _is_one_of(own: object, others: Sequence[object]) -> bool:
    return own is not None and any(_folded(own) == _folded(other) for other in others)


def _year(serial: Floats) -> Floats:
    epoch = dt.date(1899, 12, 30)
    return np.array(
        [np.nan if np.isnan(s) else float((epoch + dt.timedelta(days=int(s))).year) for s in serial], dtype=float
    )


_ARITHMETIC: Mapping[str, Callable[..., Array]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "share": _divide,
    "ratio": _divide,
}
_ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    "neg": lambda a: -a,
    "not": lambda a: 1.0 - a,
    "and": _and,
    "or": _or,
    "<": lambda a, b: _known((a < b) & ~(_equal(a, b) == 1), a, b),
    "<=": lambda a, b: _known((a < b) | (_equal(a, b) == 1), a, b),
    ">": lambda a, b: _known((a > b) & ~(_equal(a, b) == 1), a, b),
    ">=": lambda a, b: _known((a > b) | (_equal(a, b) == 1), a, b),
    "==": _equal,
    "!=": lambda a, b: 1.0 - _equal(a, b),
    "if_": _if,
    "coalesce": _coalesce,
    "given": lambda a: given(a).astype(float),
    "is_": _is,
    "year": _year,
}


def _own_rows(nodes: tuple[Node, ...], values: Values, table: str | None) -> str | None:
    """Return the table an aggregate runs over: the one that is not the rule's own."""
    found = frozenset[str]().union(*(tables(n, values.symbols) for n in nodes)) - {table}
    return next(iter(found), None)


def _per_workbook(array: Floats, group: npt.NDArray[np.int64], size: int) -> Floats:
    """Sum per workbook, skipping blanks; blank where nothing was there to sum."""
    there = ~np.isnan(array)
    total = np.bincount(group[there], weights=array[there], minlength=size)
    return np.where(np.bincount(group[there], minlength=size) > 0, total, np.nan)


def _spread(scalar: Array, values: Values, table: str | None) -> Array:
    return scalar if table is None else scalar[values.groups[table]]


def _sum(node: Node, values: Values, table: str | None) -> Array:
    parts = []
    for argument in node.args:
        over = _own_rows((argument,), values, table)
        part = evaluate(argument, values, over or table)
        parts.append(_spread(_per_workbook(part, values.groups[over], values.size), values, table) if over else part)
    stacked = np.stack(parts) if parts else np.zeros((1, 0))
    return np.where(np.all(np.isnan(stacked), axis=0), np.nan, np.nansum(stacked, axis=0))


def _sumif(node: Node, values: Values, table: str | None) -> Array:
    over = _own_rows(node.args, values, table)
    assert over is not None
    array = np.where(evaluate(node.args[1], values, over) == 1, evaluate(node.args[0], values, over), np.nan)
    return _spread(_per_workbook(array, values.groups[over], values.size), values, table)


def _count(node: Node, values: Values, table: str | None) -> Array:
    over = _own_rows(node.args, values, table)
    assert over is not None
    array = evaluate(node.args[0], values, over)
    hit = array == 1 if node.op == "countif" else given(array)
    counts = np.bincount(values.groups[over][hit], minlength=values.size).astype(float)
    return _spread(counts, values, table)


def _distinct(node: Node, values: Values, table: str | None) -> Array:
    over = _own_rows(node.args, values, table)
    assert over is not None
    keys = zip(values.groups[over], evaluate(node.args[0], values, over), strict=True)
    different = {(workbook, _folded(key)) for workbook, key in keys if key is not None}
    counts = np.bincount([workbook for workbook, _ in different], minlength=values.size).astype(float)
    return _spread(counts, values, table)


def _sumby(node: Node, values: Values, table: str | None) -> Array:
    """sumby(value, keys, key[, condition]): the values of those rows of another table that have this row's key."""
    over = _own_rows(node.args[:2], values, table)
    assert over is not None and table is not None
    array = evaluate(node.args[0], values, over)
    if len(node.args) == 4:
        array = np.where(evaluate(node.args[3], values, over) == 1, array, np.nan)
    keys, key = evaluate(node.args[1], values, over), evaluate(node.args[2], values, table)
    totals: dict[tuple[int, object], float] = {}
    for workbook, name, number in zip(values.groups[over], keys, array, strict=True):
        if name is not None and not np.isnan(number):
            totals[workbook, _folded(name)] = totals.get((workbook, _folded(name)), 0.0) + float(number)
    pairs = zip(values.groups[table], key, strict=True)
    return np.array([totals.get((w, _folded(k)), np.nan) for w, k in pairs], dtype=float)


def _joined(node: Node, values: Values, table: str | None) -> Array:
    """joined(keys, condition[, texts]): the keys of the rows that fulfil a condition, each with its text."""
    over = _own_rows(node.args, values, table)
    assert over is not None
    keys, condition = evaluate(node.args[0], values, over), evaluate(node.args[1], values, over)
    texts = evaluate(node.args[2], values, over) if len(node.args) == 3 else None
    codelist = values.symbols[str(node.args[0].value)].codelist
    found: list[list[str]] = [[] for _ in range(values.size)]
    for i in np.flatnonzero(condition == 1):
        if keys[i] is None or (texts is not None and texts[i] is None):
            continue
        if texts is None:
            found[values.groups[over][i]].append(str(keys[i]))
        else:
            workbook, name = int(values.groups[over][i]), str(keys[i])
            if values.label and codelist:
                name = values.label(workbook, codelist, name)
            found[workbook].append(f"{name}: {texts[i]}")
    glue = "; " if texts is None else "\n"
    return np.array([glue.join(f) if f else None for f in found], dtype=object)


_AGGREGATE: Mapping[str, Callable[[Node, Values, str | None], Array]] = {
    "sum": _sum, "sumif": _sumif, "sumby": _sumby, "count": _count, "countif": _count, "distinct": _distinct,
    "joined": _joined,
}  # fmt: skip


def _lookup(node: Node, _: list[Array], values: Values, table: str | None) -> Array:
    key = evaluate(node.args[0], values, table)
    over = next(iter(tables(node.args[1], values.symbols)))
    keys, found = evaluate(node.args[1], values, over), evaluate(node.args[2], values, over)
    places = _places(over, keys, values)
    group = values.groups[table] if table else np.arange(values.size)
    if over in values.shared:
        group = np.zeros_like(group)
    out = blank(len(key), kind_of(node, values.symbols))
    for i, (workbook, name) in enumerate(zip(group.tolist(), key, strict=True)):
        place = None if name is None else places.get((workbook, _folded(name)))
        if place is not None and found[place] is not None:
            out[i] = found[place]
    return out


def _places(table: str, keys: Array, values: Values) -> Mapping[tuple[int, object], int]:
    """Return where each key of a workbook stands first in a table; kept, as most lookups ask for the same keys."""
    kept = values.looked_up.get(table)
    if kept is not None and kept[0] is keys:
        return kept[1]
    places: dict[tuple[int, object], int] = {}
    for place, (workbook, name) in enumerate(zip(values.groups[table].tolist(), keys.tolist(), strict=True)):
        if name is not None:
            places.setdefault((workbook, _folded(name)), place)
    values.looked_up[table] = keys, places
    return places


def _starts(node: Node, arguments: list[Array], values: Values, _: str | None) -> Array:
    prefixes = tuple(str(a.value) for a in node.args[1:])
    codelist = values.symbols[str(node.args[0].value)].codelist
    assert values.starts_with is not None and codelist is not None
    return values.starts_with(codelist, arguments[0], prefixes)


def _hazardous(_: Node, arguments: list[Array], __: Values, ___: str | None) -> Array:
    return np.array([np.nan if v is None else float(bool(HAZARDOUS.match(v))) for v in arguments[0]], dtype=float)


def _date(node: Node, _: list[Array], values: Values, table: str | None) -> Array:
    year, month, day = (int(float(a.value or 0)) for a in node.args)
    return np.full(values.length(table), excel_serial(year, month, day))


_SPECIAL: Mapping[str, Callable[[Node, list[Array], Values, str | None], Array]] = {
    "lookup": _lookup, "starts": _starts, "hazardous": _hazardous, "date": _date,
}  # fmt: skip
