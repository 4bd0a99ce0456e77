"""Compute every metric of the standard from facts, for all workbooks of a frame at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from vsme_xl.applicability import applicability_of, applies
from vsme_xl.checking import Checked
from vsme_xl.checks import check_computed
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.finding_cells import Cells, Places
from vsme_xl.findings import FINDING_COLUMNS, findings_frame
from vsme_xl.rules.evaluate import Array, Values, evaluate, given
from vsme_xl.store import FACT_COLUMNS, values_of
from vsme_xl.unread import unread_of
from vsme_xl.validity import check_validity, wrong_units
from vsme_xl.withheld import masked, omitted_sections, split, withheld_findings


@dataclass(frozen=True)
class Computed:
    """What came of facts: the same facts and the computed ones, applicability, findings, and the values behind them.

    `values` holds the effective value of every datapoint (reported, else computed) in base units, `computed` what the
    rules alone give; both as arrays over `workbooks` or over the rows of a table. `omitted` gives for a workbook the
    sections that were withheld.
    """

    facts: pd.DataFrame
    applicability: pd.DataFrame
    findings: pd.DataFrame
    values: Values
    computed: Mapping[str, Array]
    workbooks: tuple[str, ...]
    applies: Mapping[str, Array]
    omitted: Mapping[str, frozenset[str]]


def compute(
    facts: pd.DataFrame,
    languages: Mapping[str, str] | None = None,
    edition: str = "vsme-2025",
    workbooks: tuple[str, ...] | None = None,
    findings: pd.DataFrame | None = None,
    withhold: bool = True,
    places: Places | None = None,
    today: dt.date | None = None,
) -> Computed:
    """Return the facts with what can be computed from them, the applicability of every datapoint, and findings.

    `facts` has the columns FACT_COLUMNS, one row per fact (see `vsme_xl.read`); `languages` gives the language of each
    workbook's texts, `workbooks` their order (that of the facts where it is not given). Computed facts carry basis
    "computed". A blank stays blank: nothing is taken for zero. `findings` of the reading go before those made here.
    With `withhold`, facts of disclosures listed as omitted, and what would be computed of them, are left out. What
    `vsme_xl.read_folder` notes in the `attrs` of its facts stands in for `languages` and `findings`. `places` gives by
    workbook the first cell of each datapoint (`Reading.places`), for findings about blanks; `today` is the day against
    which the reporting period is held (no such check where it is not given: nothing here looks at a clock).
    """
    standard = load_edition(edition)
    languages = languages or {name: about["language"] for name, about in facts.attrs.get("workbooks", {}).items()}
    if findings is None and facts.attrs.get("findings"):
        findings = pd.DataFrame(facts.attrs["findings"], columns=list(FINDING_COLUMNS), dtype=object)
    workbooks = workbooks or tuple(dict.fromkeys(facts["workbook"])) or ("",)
    omitted = omitted_sections(facts, standard) if withhold else {}
    every_fact = facts
    facts, withheld = split(facts, omitted, standard)
    values = values_of(facts, workbooks, standard, languages)
    computed = run_rules(values, standard, omitted, workbooks)
    whole = values if not len(withheld) else _whole(every_fact, workbooks, standard, languages)
    whether = applies(whole, standard)
    new = _computed_facts(values, computed, whether, workbooks, standard)
    every = pd.concat([facts, new], ignore_index=True) if len(new) else facts.copy()
    of = languages or {}
    units = list(wrong_units(facts, standard))
    cells, unread = Cells(facts, standard, places), unread_of(findings, units)
    checked = Checked(values, computed, whether, workbooks, standard, cells, unread, today)
    found = check_computed(facts, checked)
    found += [*check_validity(facts, standard), *units, *withheld_findings(withheld)]
    status = applicability_of(whole, whether, workbooks, standard, of, omitted)
    made = findings_frame(found, of)
    together = made if findings is None or not len(findings) else pd.concat([findings, made], ignore_index=True)
    return Computed(every, status, together, values, computed, workbooks, whether, omitted)


def _whole(
    facts: pd.DataFrame, workbooks: tuple[str, ...], edition: Edition, languages: Mapping[str, str] | None
) -> Values:
    """Return the values with what is omitted: what applies and what is complete hangs on all answers."""
    values = values_of(facts, workbooks, edition, languages)
    run_rules(values, edition, {}, workbooks)
    return values


def one_by_one(computed: Computed) -> dict[str, Computed]:
    """Return for each workbook the same with facts, applicability and findings of that workbook alone.

    The values stay those of all, at the same places.
    """
    frames = (computed.facts, computed.applicability, computed.findings)
    parts = zip(computed.workbooks, *(_parts(frame, computed.workbooks) for frame in frames), strict=True)
    return {name: replace(computed, facts=f, applicability=a, findings=g) for name, f, a, g in parts}


def _parts(frame: pd.DataFrame, workbooks: tuple[str, ...]) -> list[pd.DataFrame]:
    """Return the rows of each workbook, in their order."""
    number = {workbook: n for n, workbook in enumerate(workbooks)}
    of = np.array([number[w] for w in frame["workbook"].tolist()], dtype=np.int64)
    order = np.argsort(of, kind="stable")
    ordered, ends = frame.take(order), np.searchsorted(of[order], np.arange(len(workbooks) + 1))
    return [ordered.iloc[ends[n] : ends[n + 1]].reset_index(drop=True) for n in range(len(workbooks))]


def run_rules(
    values: Values, edition: Edition, omitted: Mapping[str, frozenset[str]], workbooks: tuple[str, ...]
) -> dict[str, Array]:
    """Evaluate every formula in order; `values` then holds reported values where given, else computed ones."""
    computed: dict[str, Array] = {}
    for name in edition.order:
        datapoint = edition.datapoints[name]
        assert datapoint.formula is not None
        result = masked(evaluate(datapoint.formula, values, datapoint.table), datapoint, values, omitted, workbooks)
        computed[name] = result
        if datapoint.role == "metric" and name in values.arrays:
            values.reported[name] = values.arrays[name]
            effective = values.arrays[name].copy()
            missing = ~given(effective)
            effective[missing] = result[missing]
            values.arrays[name] = effective
        else:
            values.arrays[name] = result.copy()
    return computed


def _computed_facts(
    values: Values,
    computed: Mapping[str, Array],
    whether: Mapping[str, Array],
    workbooks: tuple[str, ...],
    edition: Edition,
) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for name, result in computed.items():
        datapoint = edition.datapoints[name]
        if datapoint.role == "step" and datapoint.concept == datapoint.name:
            continue
        own = given(result) & (whether_rows(whether, datapoint, values) != 0)
        if name in values.reported:
            own &= ~given(values.reported[name])
        if datapoint.role == "step":
            own &= ~_reported_alone(datapoint, result, values, standard=edition)
        for place in np.flatnonzero(own):
            rows.append(_fact(datapoint, int(place), result[place], values, workbooks, edition))
    return pd.DataFrame(rows, columns=list(FACT_COLUMNS)).astype({"value": object, "row": int})


def whether_rows(whether: Mapping[str, Array], datapoint: Datapoint, values: Values) -> Array:
    """Return for each value of a datapoint whether it applies in its workbook: 1, 0, or blank where that is open."""
    array = whether[datapoint.name]
    return array if datapoint.table is None else array[values.groups[datapoint.table]]


def _reported_alone(datapoint: Datapoint, result: Array, values: Values, standard: Edition) -> Array:
    """Return where a total over rows is just the one amount that was reported, so that it says nothing new."""
    key = standard.tables[str(datapoint.table)].key
    source = standard.tables[str(standard.datapoints[datapoint.concept].table)].axis
    amounts: dict[tuple[int, object], list[float]] = {}
    rows = zip(
        values.groups[str(standard.datapoints[source].table)],
        values.array(source),
        values.array(datapoint.concept),
        strict=True,
    )
    for workbook, name, amount in rows:
        if not np.isnan(amount):
            amounts.setdefault((workbook, name), []).append(amount)
    own = zip(values.groups[str(datapoint.table)], values.array(key), result, strict=True)
    return np.array([amounts.get((w, k)) == [total] for w, k, total in own], dtype=bool)


def _fact(
    datapoint: Datapoint, place: int, value: object, values: Values, workbooks: tuple[str, ...], edition: Edition
) -> tuple[object, ...]:
    table = datapoint.table or ""
    workbook, row = (int(values.groups[table][place]), int(values.rows[table][place])) if table else (place, -1)
    dimensions = row_dimensions(datapoint, place, values, edition)
    return (
        workbooks[workbook], datapoint.name, datapoint.concept, dimensions, table, row, datapoint.kind,
        _plain(value, datapoint), _unit(datapoint, values, workbook), "current", "computed", "", "", "",
    )  # fmt: skip


def row_dimensions(datapoint: Datapoint, place: int, values: Values, edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return the dimensions of a fact: the member of a dimensioned cell, or the key of a table's row.

    A row without a key is known by its number, counted from one, as it is in reading.
    """
    if datapoint.table is None:
        return datapoint.dimensions
    table = edition.tables[datapoint.table]
    axis = table.axis or ("TypeOfPollutantAxis" if table.rows == "derived" else "")
    key = table.axis or table.key
    if not axis or not key:
        return ()
    name = values.array(key)[place]
    member = str(values.rows[datapoint.table][place] + 1) if name is None else str(name)
    return ((axis.replace("SitesInBiodiversitySensitiveAreas", "Site"), member),)


def _plain(value: object, datapoint: Datapoint) -> object:
    if datapoint.kind == "boolean":
        return bool(value == 1)
    return value if datapoint.symbol_kind == "text" else float(str(value))


def _unit(datapoint: Datapoint, values: Values, workbook: int) -> str:
    if datapoint.unit == "currency":
        currency = values.array("Currency")[workbook]
        return str(currency) if currency is not None else ""
    return datapoint.unit
