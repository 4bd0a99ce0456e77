"""Hold what a company reported against what its other answers give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vsme_xl.checking import Checked, amount, not_checked, places_of
from vsme_xl.edition import Datapoint
from vsme_xl.findings import Finding
from vsme_xl.rules.evaluate import Array, evaluate, given
from vsme_xl.rules.parse import Node, names

DIFFERENCE = 0.005
NUMBERS = frozenset(
    {"number", "money", "energy", "emissions", "mass", "volume", "area", "intensity", "share"}
)  # fmt: skip
STRICT = frozenset({"+", "-", "*", "/", "share", "ratio"})  # blank where one of their operands is


def differences(checked: Checked) -> Iterator[Finding]:
    """Find metrics whose reported value is not what the other answers give (more than half a per cent apart).

    Where what they give rests on an answer that could not be read, or the other side is begun but an answer is blank,
    that is said instead.
    """
    values, workbooks, edition = checked.answers, checked.workbooks, checked.edition
    for name, reported in values.reported.items():
        datapoint, other = edition.datapoints[name], checked.computed[name]
        differ = _differ(datapoint, reported, other)
        if differ is None:
            continue
        assert datapoint.formula is not None
        for workbook, row, place in places_of(name, differ, values, edition):
            if _unread(checked, datapoint, workbook, row):
                continue
            texts = {"reported": amount(reported[place], datapoint), "computed": amount(other[place], datapoint)}
            cell = checked.cells(workbooks[workbook], name, row, datapoint.table or "")
            yield Finding(workbooks[workbook], "reported_differs_from_computed", name, cell, texts)
        if datapoint.table is None:
            yield from _not_compared(checked, datapoint, reported, other)


def _differ(datapoint: Datapoint, reported: Array, other: Array) -> npt.NDArray[np.bool_] | None:
    """Return where two values differ; None where values of this kind are not compared."""
    both = given(reported) & given(other)
    if datapoint.kind in NUMBERS:
        numbers = np.where(both, reported, 0.0), np.where(both, other, 0.0)
        scale = np.maximum(np.abs(numbers[0]), np.abs(numbers[1]))
        return np.asarray(both & (np.abs(numbers[0] - numbers[1]) > DIFFERENCE * scale))
    return np.asarray(both & (reported != other)) if datapoint.kind == "boolean" else None


def _unread(checked: Checked, datapoint: Datapoint, workbook: int, row: int) -> str:
    """Return what could not be read under a metric; in a row of a table only what stands in its line counts."""
    assert datapoint.formula is not None
    if datapoint.table is None:
        return checked.unread_under((datapoint.formula,), workbook)
    book = checked.workbooks[workbook]
    line = checked.cells.line(book, datapoint.table, row)
    return line if checked.unread.in_line(book, names(datapoint.formula), line) else ""


def _not_compared(checked: Checked, datapoint: Datapoint, reported: Array, other: Array) -> Iterator[Finding]:
    """Say of every reported metric that it cannot be held against the other answers, where they were begun."""
    assert datapoint.formula is not None
    applies = given(reported) & (checked.whether[datapoint.name] != 0)
    lacking = _lacking(datapoint.formula, checked)
    for workbook in np.flatnonzero(applies):
        if unread := _unread(checked, datapoint, int(workbook), -1):
            yield not_checked(checked, int(workbook), datapoint.name, unread)
        elif not given(other[workbook : workbook + 1])[0]:
            blank = next((name for name, where in lacking.items() if where[workbook]), "")
            if blank and checked.cells.asked(checked.workbooks[workbook], blank):
                yield not_checked(checked, int(workbook), datapoint.name, lacking=blank)


def _lacking(node: Node, checked: Checked) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each operand of a rule where it is blank although another one is given, by its first name."""
    if node.op not in STRICT:
        return {}
    sides = {n[0]: given(evaluate(a, checked.answers)) for a in node.args if (n := names(a))}
    if len(sides) < 2:
        return {}
    begun = np.any(list(sides.values()), axis=0)
    return {name: np.asarray(begun & ~there) for name, there in sides.items()}
