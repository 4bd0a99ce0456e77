"""Record the XlsxWriter calls that write a workbook, so that they can be replayed bare: the floor of writing it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from vsme_xl.results import cells

Call = tuple[Any, str, tuple[Any, ...], dict[str, Any], Any]
HANDLES = (Workbook, Worksheet, Format, Chart)


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Record every outer call to workbooks, sheets, formats and charts while the block runs.

    Cells are written by the library's own ways meanwhile, so that they are recorded too.
    """
    calls: list[Call] = []
    depth = 0
    kept: list[tuple[type, str, Any]] = []
    fast, cells.fast = cells.fast, lambda sheet: sheet

    def wrap(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                result = method(self, *args, **kwargs)
            finally:
                depth -= 1
            if depth == 0 and name not in ("__enter__", "__exit__"):
                calls.append((self, name, args, kwargs, result))
            return result

        return call

    for owner in HANDLES:
        for name, method in list(vars(owner).items()):
            public = not name.startswith("_") or (owner is Workbook and name in ("__init__", "__enter__", "__exit__"))
            if public and inspect.isfunction(method):
                kept.append((owner, name, method))
                setattr(owner, name, wrap(name, method))
    try:
        yield calls
    finally:
        cells.fast = fast
        for owner, name, method in kept:
            setattr(owner, name, method)


def replay(calls: list[Call], path: Path) -> None:
    """Make the recorded calls again on a new workbook at `path`."""
    known: dict[int, Any] = {}

    def translate(value: Any) -> Any:
        if isinstance(value, HANDLES):
            return known.get(id(value), value)
        if isinstance(value, dict):
            return {k: translate(v) for k, v in value.items()}
        return value

    book: Any = None
    for target, name, args, kwargs, result in calls:
        if name == "__init__":
            if isinstance(target, Workbook):
                book = xlsxwriter.Workbook(str(path), *(translate(a) for a in args[1:]), **kwargs)
                known[id(target)] = book
            continue
        if name == "close":
            continue
        own = known.get(id(target), target)
        made = getattr(own, name)(*(translate(a) for a in args), **{k: translate(v) for k, v in kwargs.items()})
        if isinstance(result, HANDLES):
            known[id(result)] = made
    book.close()
