"""Put the facts of all workbooks into one table: facts.csv, and facts.parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from vsme_xl.batch.facts_lines import COLUMNS
from vsme_xl.batch.manifest import Record
from vsme_xl.batch.storage import filesystem, join, writing

CSV, PARQUET = "facts.csv", "facts.parquet"
BLOCK = 16_000_000
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


def write_parquet(out: str) -> None:
    """Write facts.parquet from facts.csv, block by block; nothing where pyarrow is not installed.

    Columns are those of the CSV: `row` whole numbers, `number` floats, the others texts, without the apostrophe that
    keeps a spreadsheet from taking a text for a formula.
    """
    if not find_spec("pyarrow"):
        return
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    types = {name: pa.string() for name in COLUMNS} | {"row": pa.int32(), "number": pa.float64()}
    fs, path = filesystem(join(out, CSV))
    with fs.open(path, "rb") as source, writing(join(out, PARQUET)) as target:
        blocks = pa.csv.open_csv(
            source,
            read_options=pa.csv.ReadOptions(block_size=BLOCK, use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )
        schema = pa.schema(types.items())
        with pa.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
            for block in blocks:
                columns = [_plain(block.column(name)) for name in COLUMNS]
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _plain(column: Any) -> Any:
    """Return a column of texts as the client wrote them."""
    import pyarrow as pa
    import pyarrow.compute

    return pa.compute.replace_substring_regex(column, GUARDED, r"\1") if pa.types.is_string(column.type) else column
