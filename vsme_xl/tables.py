"""Print facts: readable tables on a terminal, JSON and CSV for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from vsme_xl.cell_text import harmless, json_text
from vsme_xl.codelists import codes
from vsme_xl.csv_text import plain_text
from vsme_xl.display import Shown, said
from vsme_xl.edition import load_edition
from vsme_xl.language import load_language
from vsme_xl.streams import print_as_utf_8


def print_json(data: Any) -> None:
    """Print data as JSON, UTF-8, indented by two spaces."""
    print_as_utf_8()
    sys.stdout.write(json_text(data, indent=2) + "\n")


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as comma-separated values, UTF-8, with a heading; no text in it is taken for a formula."""
    print_as_utf_8()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain_text(v) if isinstance(v, str) else v for v in row] for row in rows)


def print_facts(facts: pd.DataFrame, language: str) -> None:
    """Print every fact of the current period with label, value, unit, basis and source."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from vsme_xl.results.layout import reading_order

    texts = load_language(language)
    table = Table()
    for column in ("concept", "dimensions", "value", "unit", "basis", "source"):
        table.add_column(texts.text(f"command.column_{column}"), overflow="fold")
    current: Any = facts[facts["period"] == "current"]
    order = reading_order(load_edition().name)
    for f in sorted(current.itertuples(), key=lambda f: order.get(f.name, len(order))):
        where = ", ".join(_member(axis, member, language) for axis, member in f.dimensions if axis in _keys())
        where = where or (_row(f, language) if f.table and not f.dimensions else "")
        basis = texts.text(f"basis.{f.basis}")
        cells = (texts.label(f.name), where, _shown(f, language), f.unit, basis, f.source)
        table.add_row(*(Text(harmless(c)) for c in cells))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@cache
def _keys() -> Mapping[str, str]:
    """Return the axes of tables, whose members tell rows apart, and the code list of each; other axes have labels."""
    edition = load_edition()
    axes = (table.axis for table in edition.tables.values() if table.axis)
    return {a.replace("SitesInBiodiversitySensitiveAreas", "Site"): edition.datapoints[a].codelist or "" for a in axes}


def _member(axis: str, member: str, language: str) -> str:
    return said(Shown(member, codelist=_keys()[axis]), language)


def _row(fact: Any, language: str) -> str:
    """Return what a row of a table without an axis is about: its key from a list, or its number."""
    table = load_edition().tables[fact.table]
    keys = codes(table.codes) if table.codes else ()
    if fact.row < len(keys):
        return said(Shown(keys[fact.row], codelist=table.codes or ""), language)
    return load_language(language).text("command.row_number", number=fact.row + 1)


def _shown(fact: Any, language: str) -> str:
    datapoint = load_edition().datapoints[fact.name]
    kind = "boolean" if isinstance(fact.value, bool) else datapoint.kind
    return said(Shown(fact.value, kind, datapoint.codelist or ""), language)
