"""Count the facts of a reading, so that two ways of one workbook can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from vsme_xl.reading.read_workbook import Reading

Facts = Counter[tuple[object, ...]]


def plain(value: object) -> str:
    """Say a value as it is compared: numbers with 12 digits, as a way through another program keeps them."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def counted(reading: Reading, *also: str, said: Callable[[object], str] = plain) -> Facts:
    """Count facts by name, dimensions, period, value and unit, and by what columns are asked for besides.

    The number of an open table's row tells nothing, so it counts only where it is asked for.
    """
    facts: Any = reading.facts
    return Counter(
        (f.name, f.dimensions, f.period, said(f.value), f.unit, *(getattr(f, column) for column in also))
        for f in facts.itertuples()
    )
