"""Put the facts of all workbooks into one table: facts.csv, and facts.parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from vsme_xl.batch.facts_lines import COLUMNS
from vsme_xl.batch.manifest import Record
from vsme_xl.batch.storage import join, writing

CSV, PARQUET = "facts.csv", "facts.parquet"


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
