"""Put the facts of all workbooks into one table: facts.csv, and facts.parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from vsme_xl.batch.facts_lines import COLUMNS
from vsme_xl.batch.manifest import Record
from vsme_xl.batch.storage import join, writing

CSV, PARQUET = "facts.csv", "facts.parquet"
BLOCK = 8_000_000
GUARDED = r"^'('*[=+\-@\t\n])"


def facts_files() -> tuple[str, ...]:
    """Return the names of the files that are written here."""
    return (CSV, PARQUET) if find_spec("pyarrow") else (CSV,)


def write_csv(out: str, records: Iterable[Record]) -> Iterable[Record]:
    """Write facts.csv while the records pass through; it stands when the last one has passed."""
    with writing(join(out, CSV)) as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        for record in records:
            file.write(record.facts)
            yield record


def write_parquet(out: str, records: Iterable[Record]) -> Iterable[Record]:
    """Write facts.parquet while the records pass through; it is left out where pyarrow is not installed.

    Columns are those of the CSV: `row` whole numbers, `number` floats, the others texts, without the apostrophe that
    keeps a spreadsheet from taking a text for a formula.
    """
    if not find_spec("pyarrow"):
        yield from records
        return
    import pyarrow as pa
    import pyarrow.parquet

    schema = pa.schema(_types())
    with (
        writing(join(out, PARQUET)) as target,
        pa.parquet.ParquetWriter(target, schema, compression="zstd") as writer,
    ):
        waiting, size = [], 0
        for record in records:
            waiting.append(record.facts)
            size += len(record.facts)
            if size > BLOCK:
                writer.write_table(_table(b"".join(waiting)))
                waiting, size = [], 0
            yield record
        if size:
            writer.write_table(_table(b"".join(waiting)))


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

    return pa.compute.replace_substring_regex(column, GUARDED, r"\1") if pa.types.is_string(column.type) else column
