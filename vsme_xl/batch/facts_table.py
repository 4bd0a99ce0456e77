"""Put the facts of all workbooks into one table: facts.csv, and facts.parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any

from vsme_xl.batch.facts_lines import COLUMNS
from vsme_xl.batch.manifest import Record
from vsme_xl.batch.storage import join, writing

Take = Callable[[Record], object]
Table = AbstractContextManager[Take]
MODULES = ("pyarrow.csv", "pyarrow.compute", "pyarrow.parquet")
"""What the tables are written with where it is installed."""
CSV, PARQUET = "facts.csv", "facts.parquet"
BLOCK = 8_000_000
GUARDED = (
    (r"^'('*[=+\-@\t\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])", r"\1"),
    (r"([;\n\r] *)'('*[=+\-@\t\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])", r"\1\2"),
)


def facts_files() -> tuple[str, ...]:
    """Return the names of the files that are written here."""
    return (CSV, PARQUET) if find_spec("pyarrow") else (CSV,)


def tables_of(out: str) -> list[Table]:
    """Return the tables to write into a folder: facts.csv, and facts.parquet where pyarrow is installed.

    Opened, each gives out what takes a record; it stands when it is closed without an exception.
    """
    return [_csv(out), _parquet(out)] if find_spec("pyarrow") else [_csv(out)]


def taken_by(table: Table, records: Iterable[Record], trouble: list[OSError]) -> Iterator[Record]:
    """Yield the records while a table takes them; where it cannot be written, `trouble` says so and they go on."""
    with ExitStack() as outer:
        take: Take | None = None
        inner = outer.enter_context(ExitStack())
        try:
            take = inner.enter_context(table)
        except OSError as error:
            trouble.append(error)
        for record in records:
            try:
                if take is not None:
                    take(record)
            except OSError as error:
                take = None
                trouble.append(_closed_for(inner, error))
            yield record
        try:
            inner.close()
        except OSError as error:
            trouble.append(error)


def _closed_for(stack: ExitStack, error: OSError) -> OSError:
    """Close what an error kept from being written, and return the error as it is said there."""
    try:
        stack.__exit__(type(error), error, error.__traceback__)
    except OSError as said:
        return said
    return error


@contextmanager
def _csv(out: str) -> Iterator[Take]:
    with writing(join(out, CSV)) as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        yield lambda record: file.write(record.facts)


@contextmanager
def _parquet(out: str) -> Iterator[Take]:
    """Give out what takes records for facts.parquet.

    Columns are those of the CSV: `row` whole numbers, `number` floats, the others texts, without the apostrophe that
    keeps a spreadsheet from taking a text for a formula.
    """
    import pyarrow as pa
    import pyarrow.parquet

    schema = pa.schema(_types())
    with (
        writing(join(out, PARQUET)) as target,
        pa.parquet.ParquetWriter(target, schema, compression="zstd") as writer,
        ThreadPoolExecutor(1) as beside,  # Arrow works beside what else is made of the records
    ):
        waiting: list[bytes] = []
        begun: list[Future[None]] = []

        def write() -> None:
            if begun:
                begun.pop().result()  # a block at a time
            lines = b"".join(waiting)
            waiting.clear()
            begun.append(beside.submit(lambda: writer.write_table(_table(lines))))

        def take(record: Record) -> None:
            waiting.append(record.facts)
            if sum(map(len, waiting)) > BLOCK:
                write()

        yield take
        if any(waiting):
            write()
        if begun:
            begun.pop().result()


def _types() -> dict[str, Any]:
    import pyarrow as pa

    return {name: pa.string() for name in COLUMNS} | {"row": pa.int32(), "number": pa.float64()}


def _table(lines: bytes) -> Any:
    """Return lines of the CSV as a table: a block at a time, for Arrow's own reading ahead would hold many."""
    import pyarrow as pa
    import pyarrow.csv

    found = pa.csv.read_csv(
        pa.BufferReader(lines),
        read_options=pa.csv.ReadOptions(column_names=COLUMNS, use_threads=False, block_size=len(lines) + 1),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(column_types=_types(), strings_can_be_null=False),
    )
    return pa.table([_plain(found.column(name)) for name in COLUMNS], schema=pa.schema(_types()))


def _plain(column: Any) -> Any:
    """Return a column of texts as the client wrote them."""
    import pyarrow as pa
    import pyarrow.compute

    if pa.types.is_string(column.type):
        for guarded, plain in GUARDED:
            column = pa.compute.replace_substring_regex(column, guarded, plain)
    return column
