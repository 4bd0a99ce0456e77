"""Break one answer of a clean workbook after the other, and say what `vsme-xl check` then finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from answering import address
from filling import Value, filled

from vsme_xl import compute, read
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import INPUT, UNIT, placement
from vsme_xl.language import load_language
from vsme_xl.reading.read_workbook import Reading

Cells = Mapping[str, Value]
Found = tuple[str, str, str, str]


def cell_of(name: str) -> tuple[str, str]:
    """Return sheet and address of an answer in our English workbook: `Name`, `Name[2]` (a row), `Name:unit`."""
    place, language = placement(), load_language("en")
    plain, _, rest = name.partition("[")
    datapoint, _, unit = plain.partition(":")
    if rest:
        spot = place.tables[str(load_edition().datapoints[datapoint].table)]
        at = (spot.sheet, address(spot.first + int(rest.rstrip("]")), spot.columns[datapoint]))
    else:
        own = place.scalars[datapoint]
        at = (own.sheet, address(own.row, UNIT if unit else INPUT))
    return language.text(f"sheets.{at[0]}"), at[1]


def broken(base: Path, path: Path, cells: Cells) -> Reading:
    """Return what a copy of a workbook holds in which some answers are others."""
    by_sheet: dict[str, dict[str, Value]] = {}
    for name, value in cells.items():
        sheet, at = name.rsplit("!", 1) if "!" in name else cell_of(name)
        by_sheet.setdefault(sheet, {})[at] = value
    return read(filled(base, path, by_sheet))


def found_in(readings: Mapping[str, Reading]) -> dict[str, list[Found]]:
    """Return for each workbook its findings: severity, code, datapoint and cell."""
    facts = pd.concat([r.facts.assign(workbook=key) for key, r in readings.items()], ignore_index=True)
    findings = pd.concat([r.findings.assign(workbook=key) for key, r in readings.items()], ignore_index=True)
    places = {key: r.places for key, r in readings.items()}
    all_found = compute(facts, workbooks=tuple(readings), findings=findings, places=places).findings
    assert all_found["message"].str.len().gt(10).all() and all_found["fix"].str.len().gt(10).all()
    columns = (all_found[c] for c in ("workbook", "severity", "code", "name", "cell"))
    found: dict[str, list[Found]] = {key: [] for key in readings}
    for workbook, *rest in zip(*columns, strict=True):
        found[workbook].append(tuple(rest))
    return found
