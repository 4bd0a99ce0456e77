"""Reads situations and computes them all at once: answers worked out by hand and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from vsme_xl.answers import facts_of
from vsme_xl.codelists import normalise, readings
from vsme_xl.computing import Computed, compute
from vsme_xl.edition import load_edition
from vsme_xl.rules.evaluate import Values

FOLDER = Path(__file__).parent / "situations"


@dataclass(frozen=True)
class Situation:
    """One situation: a sentence, the paragraph, the answers given, what is expected, and how exactly."""

    name: str
    paragraph: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any] = field(default_factory=dict)
    applies: Mapping[str, Any] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    tolerance: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    file: str = ""


def situations(pattern: str) -> list[Situation]:
    """Return the situations of the files below tests/situations that match `pattern`."""
    found = []
    for path in sorted(FOLDER.glob(pattern)):
        with path.open(encoding="utf-8") as file:
            found += [Situation(**case, file=path.stem) for case in yaml.safe_load(file)]
    return found


def in_codes(name: str, value: Any) -> Any:
    """Return an answer with the label or official code of an enumeration replaced by its member."""
    datapoint = load_edition().datapoints[name]
    if isinstance(value, dict):
        return {**value, "value": in_codes(name, value.get("value"))}
    if not isinstance(value, str) or not datapoint.codelist or datapoint.kind == "boolean":
        return value
    return readings(datapoint.codelist).get(normalise(value), value)


def facts_from(given: Mapping[str, Any], workbook: str) -> pd.DataFrame:
    """Return the facts of readable answers: enumerations may be labels or official codes."""
    edition = load_edition()
    answers: dict[str, Any] = {}
    for name, value in given.items():
        if name in edition.tables:
            answers[name] = [{column: in_codes(column, cell) for column, cell in row.items()} for row in value]
        else:
            answers[name] = in_codes(name, value)
    return facts_of(answers, workbook)


@dataclass(frozen=True)
class Outcome:
    """What was computed for many situations at once; `found` looks a datapoint up for one of them."""

    computed: Computed

    def found(self, situation: str, name: str) -> Any:
        """Return the effective value, for a column the list of its rows; None is a blank."""
        number = self.computed.workbooks.index(situation)
        datapoint = load_edition().datapoints[name]
        values: Values = self.computed.values  # noqa: PD011
        array = values.array(name)
        if datapoint.table is None:
            return _plain(array[number], datapoint.kind)
        mine = values.groups[datapoint.table] == number
        return [_plain(value, datapoint.kind) for value in array[mine]]

    def found_by_key(self, situation: str, name: str) -> dict[str, Any]:
        """Return a column's values by the key of their row."""
        edition = load_edition()
        table = edition.tables[str(edition.datapoints[name].table)]
        keys = self.found(situation, table.axis or table.key)
        return dict(zip(keys, self.found(situation, name), strict=True))


def _plain(value: Any, kind: str) -> Any:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return bool(value) if kind == "boolean" else value


@cache
def outcome(pattern: str) -> Outcome:
    """Compute the situations of a pattern in one go, each as a workbook of its own."""
    frames = [facts_from(s.given, s.name) for s in situations(pattern)]
    return Outcome(compute(pd.concat(frames, ignore_index=True)))


def expectations(situation: Situation, result: Outcome) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, expected and found value for everything a situation expects, column by column, row by row."""
    for name, expected in situation.expect.items():
        if isinstance(expected, dict):
            by_key = result.found_by_key(situation.name, name)
            table = load_edition().tables[str(load_edition().datapoints[name].table)]
            for key, value in expected.items():
                yield f"{name}[{key}]", in_codes(name, value), by_key.get(in_codes(table.axis or table.key, str(key)))
        elif isinstance(expected, list):
            rows = result.found(situation.name, name)
            assert len(rows) == len(expected), f"{name}: {len(rows)} rows, not {len(expected)}"
            for number, (value, row) in enumerate(zip(expected, rows, strict=True), start=1):
                yield f"{name}[{number}]", in_codes(name, value), row
        else:
            yield name, in_codes(name, expected), result.found(situation.name, name)


def agrees(expected: Any, found: Any, tolerance: Mapping[str, float]) -> bool:
    """Return whether a value is as expected: to 1e-9, to a relative or absolute tolerance, or as it would print."""
    if expected == "blank":
        return found is None
    if found is None or isinstance(expected, bool | str) or isinstance(found, bool | str):
        return bool(expected == found and type(expected) is type(found))
    difference = abs(float(found) - float(expected))
    if "printed" in tolerance:
        return difference <= tolerance["printed"] / 2 * (1 + 1e-9)
    if "absolute" in tolerance:
        return difference <= tolerance["absolute"]
    return difference <= tolerance.get("relative", 1e-9) * max(1e-6, abs(float(expected)))
