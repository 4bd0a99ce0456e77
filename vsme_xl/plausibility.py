"""Find what is unlikely: values far outside the wide bands of `plausibility.yaml`, and changes beyond ten times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from vsme_xl.display import Shown
from vsme_xl.edition import Edition, EditionError, data_folder, load_edition, read_yaml
from vsme_xl.findings import Finding
from vsme_xl.rules.evaluate import Array, Values, evaluate
from vsme_xl.rules.parse import Node, RuleError, check, parse
from vsme_xl.store import in_base_units

FIELDS = frozenset({"code", "name", "value", "unit", "bands", "why", "table"})
TIMES = 10.0
CHANGING = frozenset({"number", "money", "energy", "emissions", "mass", "volume", "area"})
Cells = Callable[[str, str, int, str], str]


@dataclass(frozen=True)
class Band:
    """One plausibility check: the value that is looked at, and where it usually lies, by NACE section."""

    code: str
    name: str
    value: Node
    unit: str
    bands: Mapping[str, tuple[float, float]]
    why: str
    table: str | None = None


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
        wrong = [s for s, (low, high) in bands.items() if low >= high or (s != "default" and len(s) != 1)]
        if wrong or "default" not in bands or not data["why"] or data["name"] not in standard.datapoints:
            raise EditionError(f"{place}: a band, its reasoning or its datapoint is wrong {wrong}")
        try:
            value = parse(data["value"])
            if check(value, standard.symbols, data.get("table")) != "number":
                raise RuleError("the value is no number")
        except RuleError as error:
            raise EditionError(f"{place}: {error}") from None
        table = data.get("table")
        found.append(Band(data["code"], data["name"], value, data["unit"], bands, data["why"], table))
    return tuple(found)


def unlikely(values: Values, workbooks: tuple[str, ...], edition: Edition, cells: Cells) -> Iterator[Finding]:
    """Yield a finding for every value outside its band, in all workbooks at once."""
    for band in load_bands(edition.name):
        value = evaluate(band.value, values, band.table)
        low, high = (_bound(band, side, values) for side in (0, 1))
        if band.table is not None:
            low, high = low[values.groups[band.table]], high[values.groups[band.table]]
        with np.errstate(invalid="ignore"):
            hits = np.flatnonzero((value < low) | (value > high))
        for place in hits:
            workbook, row = int(place), -1
            if band.table is not None:
                workbook, row = int(values.groups[band.table][place]), int(values.rows[band.table][place])
            number = "year" if band.code == "period_year_unlikely" else "number"
            texts = {"value": value[place], "low": low[place], "high": high[place]}
            shown = {key: Shown(float(v), number, unit=band.unit) for key, v in texts.items()}
            cell = cells(workbooks[workbook], band.name, row, band.table or "")
            yield Finding(workbooks[workbook], band.code, band.name, cell, shown)


def _bound(band: Band, side: int, values: Values) -> Array:
    """Return the lower or upper bound of each workbook: the widest of the bands of its activities."""
    default = band.bands["default"][side]
    codes = values.array("NaceSectorClassificationCodes")
    letters = [str(code).removeprefix("NACE_")[:1] if code is not None else "" for code in codes]
    widest = min(b[0] for b in band.bands.values()) if side == 0 else max(b[1] for b in band.bands.values())
    found = np.full(values.size, np.nan)
    choose = np.fmin if side == 0 else np.fmax
    bounds = np.array([band.bands.get(letter, band.bands["default"])[side] if letter else np.nan for letter in letters])
    if len(bounds):
        choose.at(found, values.groups["nace"], bounds)
    return np.where(np.isnan(found), widest if len(band.bands) > 1 else default, found)


def changed(
    facts: pd.DataFrame, values: Values, workbooks: tuple[str, ...], edition: Edition, unchanged: Mapping[str, Array]
) -> Iterator[Finding]:
    """Yield a finding for figures ten times those of last year, or a tenth; and for any change of what is unchanged.

    `unchanged` gives for each section 1 in the workbooks that list it as unchanged since the previous report.
    """
    before = facts[(facts["period"] == "previous") & (facts["table"] == "")]
    number = {workbook: place for place, workbook in enumerate(workbooks)}
    sources = facts[(facts["period"] == "current") & (facts["table"] == "")]
    where = dict(zip(zip(sources["workbook"], sources["name"], strict=True), sources["source"], strict=True))
    columns = (before[c] for c in ("workbook", "name", "value", "unit", "source"))
    for workbook, name, value, unit, source in zip(*columns, strict=True):
        d = edition.datapoints.get(name)
        if d is None or d.kind not in CHANGING | {"share", "intensity"} or workbook not in number:
            continue
        last = in_base_units(value, unit, d)
        now = float(values.array(name)[number[workbook]])
        if not isinstance(last, float) or np.isnan(last) or np.isnan(now):
            continue
        plain = "" if d.unit == "currency" else d.unit
        texts = {"value": Shown(now, d.kind, unit=plain), "previous": Shown(last, d.kind, unit=plain)}
        cell = where.get((workbook, name)) or source
        if unchanged[d.section][number[workbook]] == 1 and abs(now - last) > 0.005 * max(abs(now), abs(last)):
            yield Finding(workbook, "unchanged_but_different", name, cell, texts)
        elif d.kind in CHANGING and now > 0 and last > 0 and not 1 / TIMES <= now / last <= TIMES:
            yield Finding(workbook, "change_unlikely", name, cell, texts)
