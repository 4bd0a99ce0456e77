"""Turn answers written by hand (datapoints and table rows) into facts, for samples, tests and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.store import FACT_COLUMNS


def facts_of(answers: Mapping[str, Any], workbook: str = "answers") -> pd.DataFrame:
    """Return the facts (columns FACT_COLUMNS) of `answers`.

    A key is a datapoint's name (its value a number, text, bool or ISO date, or `{value:, unit:, previous:}`), or a
    table's name (its value a list of rows, each a mapping of column names; rows of fixed tables name their key).
    Codes are members or codes of the edition's lists. Raises KeyError for names the edition does not have.
    """
    edition = load_edition()
    rows = []
    for name, value in answers.items():
        if name in edition.tables:
            rows += list(_table_facts(name, value, workbook, edition, answers))
        else:
            datapoint = edition.datapoints[name]
            unit = answers.get("Currency" if datapoint.unit == "currency" else datapoint.unit_cell)
            rows += list(_scalar_facts(datapoint, value, workbook, str(unit or datapoint.unit).replace("currency", "")))
    return pd.DataFrame(rows, columns=list(FACT_COLUMNS)).astype({"value": object, "row": int})


def _scalar_facts(datapoint: Datapoint, given: Any, workbook: str, default: str) -> Iterator[tuple[object, ...]]:
    fields = given if isinstance(given, Mapping) else {"value": given}
    unit = str(fields.get("unit") or default)
    for key, period in (("value", "current"), ("previous", "previous")):
        if fields.get(key) is not None:
            yield _fact(datapoint, fields[key], workbook, unit, period, -1, datapoint.dimensions)


def _table_facts(
    table: str, given: list[Mapping[str, Any]], workbook: str, edition: Edition, answers: Mapping[str, Any]
) -> Iterator[tuple[object, ...]]:
    from vsme_xl.codelists import codes as list_codes

    spec = edition.tables[table]
    codes = list_codes(spec.codes) if spec.codes else ()
    own = len(codes)
    for number, fields in enumerate(given):
        row = number
        if codes:
            key = str(fields[spec.key])
            if key in codes:
                row = codes.index(key)
            else:
                row, own = own, own + 1
        dimensions: tuple[tuple[str, str], ...] = ()
        if spec.axis and fields.get(spec.axis) is not None:
            axis = spec.axis.replace("SitesInBiodiversitySensitiveAreas", "Site")
            dimensions = ((axis, str(fields[spec.axis])),)
        for name, value in fields.items():
            datapoint = edition.datapoints[name]
            if datapoint.table != table:
                raise KeyError(f"{name} is no column of {table}")
            if value is None or (name == spec.key and row < len(codes)):
                continue
            unit = str(fields.get(datapoint.unit_cell) or answers.get(datapoint.unit_cell) or datapoint.unit)
            yield _fact(datapoint, value, workbook, unit, "current", row, dimensions)


def _fact(
    datapoint: Datapoint,
    value: object,
    workbook: str,
    unit: str,
    period: str,
    row: int,
    dimensions: tuple[tuple[str, str], ...],
) -> tuple[object, ...]:
    shown = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if datapoint.symbol_kind == "text" or datapoint.kind == "date":
        shown = str(value)
    return (
        workbook, datapoint.name, datapoint.concept, dimensions, datapoint.table or "", row, datapoint.kind, shown,
        unit, period, "reported", "", "", "",
    )  # fmt: skip
