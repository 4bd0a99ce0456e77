"""The floor of a workbook: a bare read, and the XlsxWriter calls of its results, recorded and replayed bare."""

from __future__ import annotations

import functools
import gc
import inspect
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from vsme_xl.results import cells, parts
from vsme_xl.results.format import Formats, properties_of

Call = tuple[Any, str, tuple[Any, ...], dict[str, Any], Any]
HANDLES = (Workbook, Worksheet, Format, Chart)


def _plain(sheet: Any) -> Any:
    """Return a sheet that writes its cells as XlsxWriter does."""

    def write_blanks(row: int, columns: Iterable[int], style: Any) -> None:
        for column in columns:
            sheet.write_blank(row, column, None, style)

    sheet.write_blanks = write_blanks
    return sheet


def _add_table(sheet: Any, *where: Any) -> int:
    return int(sheet.add_table(*where))


def _define_names(workbook: Any, names: Mapping[str, str]) -> None:
    for name, place in names.items():
        workbook.define_name(name, place)


def _parts(workbook: Any, content: BytesIO) -> None:
    """Let a workbook write into `content`; XlsxWriter looks up in a list the texts that charts show."""
    OWN_PARTS(workbook, content)
    texts = workbook.str_table
    texts._sort_string_data = lambda: setattr(texts, "string_array", list(texts.string_table))


def _format(formats: Formats, style: str, number: str = "") -> Any:
    if (style, number) not in formats.made:
        formats.made[style, number] = formats.workbook.add_format(properties_of(style, number))
    return formats.made[style, number]


OWN_PARTS = parts.fast_parts
PLAIN: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (cells, "fast", _plain), (cells, "add_table", _add_table), (parts, "define_names", _define_names),
    (parts, "fast_parts", _parts), (Formats, "get", _format),
)  # fmt: skip


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Record every outer call to workbooks, sheets, formats and charts while the block runs.

    Cells, tables, names and formats are written by the library's own ways meanwhile, so that they are recorded too.
    """
    calls: list[Call] = []
    depth = 0
    kept: list[tuple[Any, str, Any]] = [(owner, name, getattr(owner, name)) for owner, name, _ in PLAIN]
    for owner, name, way in PLAIN:
        setattr(owner, name, way)

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
        for owner, name, method in kept:
            setattr(owner, name, method)


def replay_seconds(calls: list[Call], path: Path) -> float:
    """Make the recorded calls again on a new workbook at `path`, and return the CPU seconds of the calls alone.

    Sheets, formats and charts are made first, and what refers to them is bound to the new ones between the two timed
    parts, so that nothing of ours is in the time. Nothing is collected meanwhile, as in a worker of a batch.
    """
    constructor = next(call for call in calls if call[1] == "__init__" and isinstance(call[0], Workbook))
    target, _, args, kwargs, _ = constructor
    makers = [c for c in calls if c[0] is target and isinstance(c[4], HANDLES)]
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        book = xlsxwriter.Workbook(str(path), *args[1:], **kwargs)
        made = [getattr(book, name)(*arguments, **named) for _, name, arguments, named, _ in makers]
        spent = time.process_time() - start
        known = {id(target): book} | {id(c[4]): new for c, new in zip(makers, made, strict=True)}
        done = {id(c) for c in makers}
        bound = [_bound(c, known) for c in calls if id(c) not in done and c[1] not in ("__init__", "close")]
        start = time.process_time()
        for method, arguments, named in bound:
            method(*arguments, **named)
        book.close()
        return spent + time.process_time() - start
    finally:
        gc.enable()


def _bound(call: Call, known: dict[int, Any]) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Return a call's method on the new object, and its arguments with the new objects in place of the recorded."""
    target, name, args, kwargs, _ = call

    def new(value: Any) -> Any:
        if isinstance(value, HANDLES):
            return known[id(value)]
        return {k: new(v) for k, v in value.items()} if isinstance(value, dict) else value

    return getattr(known[id(target)], name), tuple(new(a) for a in args), {k: new(v) for k, v in kwargs.items()}


def bare_read_seconds(path: Path) -> float:
    """Read every sheet with python-calamine, bare, and return the CPU seconds."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        book = python_calamine.load_workbook(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
        return time.process_time() - start
    finally:
        gc.enable()


def floor_of(path: Path, folder: Path, rounds: int = 3) -> tuple[float, float]:
    """Return the floor of one workbook: median CPU seconds of a bare read, and of writing its results."""
    from vsme_xl import compute, read, write_results

    reading = read(path)
    languages = {path.name: reading.workbook.language}
    computed = compute(reading.facts, languages, workbooks=(path.name,), findings=reading.findings)
    with recorded() as calls:
        write_results(computed, folder / f"{path.stem}.xlsx", meta=reading.workbook.as_dict())
    written = [replay_seconds(calls, folder / f"{path.stem}-floor.xlsx") for _ in range(rounds)]
    return statistics.median(bare_read_seconds(path) for _ in range(rounds)), statistics.median(written)
