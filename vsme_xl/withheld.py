"""Withhold what a company lists as omitted (classified or sensitive, par. 19 and 24(b)): it goes into no output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from vsme_xl.edition import Datapoint, Edition
from vsme_xl.findings import Finding
from vsme_xl.rules.evaluate import Array, Values

OMITTED = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"


def omitted_sections(facts: pd.DataFrame, edition: Edition) -> Mapping[str, frozenset[str]]:
    """Return for each workbook the sections that it lists as omitted."""
    mine = facts[(facts["name"] == OMITTED) & (facts["period"] == "current")]
    listed: dict[str, set[str]] = {}
    for workbook, member in zip(mine["workbook"], mine["value"], strict=True):
        listed.setdefault(workbook, set()).add(str(member))
    return {
        workbook: frozenset(s.name for s in edition.sections.values() if members & set(s.omit))
        for workbook, members in listed.items()
    }


def split(
    facts: pd.DataFrame, omitted: Mapping[str, frozenset[str]], edition: Edition
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the facts to work with, and those that belong to omitted sections."""
    if not any(omitted.values()):
        return facts, facts.iloc[:0]
    points = edition.datapoints
    out = np.array(
        [
            name in points and points[name].section in omitted.get(workbook, ())
            for workbook, name in zip(facts["workbook"].tolist(), facts["name"].tolist(), strict=True)
        ],
        dtype=bool,
    )
    return facts[~out].reset_index(drop=True), facts[out]


def withheld_findings(withheld: pd.DataFrame) -> Iterator[Finding]:
    """Yield a finding for every datapoint that is filled in although its disclosure is omitted, with its first cell."""
    first = withheld[withheld["period"] == "current"].drop_duplicates(["workbook", "name"])
    for workbook, name, source in zip(first["workbook"], first["name"], first["source"], strict=True):
        yield Finding(workbook, "omitted_but_filled", name, source)


def masked(
    result: Array,
    datapoint: Datapoint,
    values: Values,
    omitted: Mapping[str, frozenset[str]],
    workbooks: tuple[str, ...],
) -> Array:
    """Return a computed result without its values for workbooks that omit the datapoint's section."""
    hit = np.array([datapoint.section in omitted.get(w, ()) for w in workbooks], dtype=bool)
    if not hit.any():
        return result
    rows = hit if datapoint.table is None else hit[values.groups[datapoint.table]]
    kept = result.copy()
    kept[rows] = None if datapoint.symbol_kind == "text" else np.nan
    return kept
