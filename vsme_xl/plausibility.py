"""Find what is unlikely: values far outside the wide bands of `plausibility.yaml`, and changes beyond ten times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from vsme_xl.checking import Checked, not_checked, places_of
from vsme_xl.display import Shown
from vsme_xl.edition import Datapoint, EditionError, data_folder, load_edition, read_yaml
from vsme_xl.findings import Finding
from vsme_xl.frames import rows_of
from vsme_xl.rules.evaluate import Array, Values, evaluate, given
from vsme_xl.rules.parse import Node, RuleError, check, parse
from vsme_xl.store import in_base_units

FIELDS = frozenset({"code", "name", "value", "unit", "bands", "why", "table", "needs", "explains"})
TIMES = 10.0
ACTIVITY = re.compile(r"[A-V](\d\d)?")
CHANGING = frozenset({"number", "money", "energy", "emissions", "mass", "volume", "area"})


@dataclass(frozen=True)
class Band:
    """One plausibility check: the value that is looked at, and where it usually lies, by NACE section or division.

    `needs` are datapoints without which `name` cannot be checked. A band over rows `explains` the findings of those
    bands over the whole that it stands for, where a row lies outside it.
    """

    code: str
    name: str
    value: Node
    unit: str
    bands: Mapping[str, tuple[float, float]]
    why: str
    table: str | None = None
    needs: tuple[str, ...] = ()
    explains: frozenset[str] = frozenset()
    text: str = ""


@cache
def load_bands(edition: str = "vsme-2025") -> tuple[Band, ...]:
    """Return the edition's plausibility bands; raise EditionError where one is no rule or no band."""
    standard = load_edition(edition)
    found = []
    for data in read_yaml(data_folder(edition) / "plausibility.yaml"):
        place = f"plausibility.yaml: {data.get('code')}"
        if unknown := set(data) - FIELDS:
            raise EditionError(f"{place}: unknown field {', '.join(sorted(unknown))}")
        bands = {section: (float(low), float(high)) for section, (low, high) in data["bands"].items()}
        wrong = [s for s, (low, high) in bands.items() if low >= high or (s != "default" and not ACTIVITY.fullmatch(s))]
        if wrong or "default" not in bands or not data["why"] or data["name"] not in standard.datapoints:
            raise EditionError(f"{place}: a band, its reasoning or its datapoint is wrong {wrong}")
        try:
            value = parse(data["value"])
            if check(value, standard.symbols, data.get("table")) != "number":
                raise RuleError("the value is no number")
        except RuleError as error:
            raise EditionError(f"{place}: {error}") from None
        needs, explains = tuple(data.get("needs", ())), frozenset(data.get("explains", ()))
        if unknown := {n for n in needs if n not in standard.datapoints}:
            raise EditionError(f"{place}: needs unknown {', '.join(sorted(unknown))}")
        table = data.get("table")
        told = (data["why"], table, needs, explains, data["value"])
        found.append(Band(data["code"], data["name"], value, data["unit"], bands, *told))
    codes = {band.code for band in found}
    if wrong := [band.code for band in found if not band.explains <= codes]:
        raise EditionError(f"plausibility.yaml: {', '.join(wrong)} explains what there is not")
    return tuple(found)


def unlikely(checked: Checked) -> Iterator[Finding]:
    """Yield a finding for every value outside its band, in all workbooks at once.

    Where a row lies outside, the totals that it explains are not said again.
    """
    explained: set[tuple[str, str]] = set()
    bands = load_bands(checked.edition.name)
    for band in sorted(bands, key=lambda b: not b.explains):
        for finding in _outside(band, checked):
            explained |= {(finding.workbook, code) for code in band.explains}
            if (finding.workbook, finding.code) not in explained or band.explains:
                yield finding
        yield from _without(band, checked)


def _outside(band: Band, checked: Checked) -> Iterator[Finding]:
    """Yield a finding for every value of a band that lies outside it."""
    values, workbooks = checked.answers, checked.workbooks
    value = evaluate(band.value, values, band.table)
    low, high = (_bound(band, side, values) for side in (0, 1))
    if band.table is not None:
        low, high = low[values.groups[band.table]], high[values.groups[band.table]]
    with np.errstate(invalid="ignore"):
        hits = ((value < low) & (low != 0)) | (value > high)  # below zero is a finding of its own
    for workbook, row, place in places_of(band.name, hits, values, checked.edition):
        if band.table is None and checked.unread_under((band.value,), workbook):
            continue
        number = "year" if band.code == "period_year_unlikely" else "number"
        texts = {"value": value[place], "low": low[place], "high": high[place]}
        shown = {key: Shown(float(v), number, unit=band.unit) for key, v in texts.items()}
        cell = checked.cells(workbooks[workbook], band.name, row, band.table or "")
        yield Finding(workbooks[workbook], band.code, band.name, cell, shown)


def _without(band: Band, checked: Checked) -> Iterator[Finding]:
    """Say of what is filled in that it cannot be held against its band, for an answer that is blank or unreadable."""
    if not band.needs:
        return
    values = checked.answers
    sides: Sequence[Array] = [given(values.array(name)) for name in band.needs]
    known = given(values.array(band.name)) & (checked.whether[band.name] != 0)
    for place in np.flatnonzero(known):
        if unread := checked.unread_under((band.value,), int(place)):
            yield not_checked(checked, int(place), band.name, unread)
        elif lacking := next((n for n, side in zip(band.needs, sides, strict=True) if not side[place]), ""):
            yield not_checked(checked, int(place), band.name, lacking=lacking)


def _bound(band: Band, side: int, values: Values) -> Array:
    """Return the lower or upper bound of each workbook: the widest of the bands of its activities."""
    default = band.bands["default"][side]
    codes = values.array("NaceSectorClassificationCodes")
    bounds = np.array([_band_of(band, str(code))[side] if code is not None else np.nan for code in codes])
    widest = min(b[0] for b in band.bands.values()) if side == 0 else max(b[1] for b in band.bands.values())
    found = np.full(values.size, np.nan)
    choose = np.fmin if side == 0 else np.fmax
    if len(bounds):
        choose.at(found, values.groups["nace"], bounds)
    return np.where(np.isnan(found), widest if len(band.bands) > 1 else default, found)


def _band_of(band: Band, code: str) -> tuple[float, float]:
    """Return the band of an activity: that of its division, else of its section, else of all."""
    activity = code.removeprefix("NACE_")
    return band.bands.get(activity[:3]) or band.bands.get(activity[:1]) or band.bands["default"]


def changed(facts: pd.DataFrame, checked: Checked, unchanged: Mapping[str, Array]) -> Iterator[Finding]:
    """Yield a finding for figures ten times those of last year, or a tenth; and for any change of what is unchanged.

    `unchanged` gives for each section 1 in the workbooks that list it as unchanged since the previous report.
    """
    values, edition = checked.answers, checked.edition
    before = facts[(facts["period"] == "previous") & (facts["table"] == "")]
    number = {workbook: place for place, workbook in enumerate(checked.workbooks)}
    for workbook, name, value, unit, source in rows_of(before, "workbook", "name", "value", "unit", "source"):
        d = edition.datapoints.get(name)
        if d is None or d.kind not in CHANGING | {"share", "intensity"} or workbook not in number:
            continue
        last = in_base_units(value, unit, d)
        now = float(values.array(name)[number[workbook]])
        if not isinstance(last, float) or np.isnan(last) or np.isnan(now):
            continue
        if _half_read(d, number[workbook], checked):
            continue
        plain = "" if d.unit == "currency" else d.unit
        texts = {"value": Shown(now, d.kind, unit=plain), "previous": Shown(last, d.kind, unit=plain)}
        cell = checked.cells.typed(workbook, name) or source
        if unchanged[d.section][number[workbook]] == 1 and abs(now - last) > 0.005 * max(abs(now), abs(last)):
            yield Finding(workbook, "unchanged_but_different", name, cell, texts)
        elif d.kind in CHANGING and now > 0 and last > 0 and not 1 / TIMES <= now / last <= TIMES:
            yield Finding(workbook, "change_unlikely", name, cell, texts)


def _half_read(datapoint: Datapoint, workbook: int, checked: Checked) -> bool:
    """Return whether a figure is computed from answers of which one could not be read."""
    reported = checked.answers.reported.get(datapoint.name)
    if datapoint.formula is None or (reported is not None and given(reported[workbook : workbook + 1])[0]):
        return False
    return checked.unread_under((datapoint.formula,), workbook) != ""
