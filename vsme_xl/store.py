"""Turn facts into arrays of base units for the rules, with the edition's reference tables beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from vsme_xl import units
from vsme_xl.codelists import codelist, codes
from vsme_xl.edition import Datapoint, Edition, Table, read_rows
from vsme_xl.frames import rows_of
from vsme_xl.rules.evaluate import Array, Floats, Values

FACT_COLUMNS = (
    "workbook", "name", "concept", "dimensions", "table", "row", "kind", "value", "unit", "period", "basis", "source",
    "note", "found",
)  # fmt: skip
Fact = tuple[Any, ...]
UNIT_DIMENSION = {"mass": "mass", "volume": "volume", "area": "area", "energy": "energy"}


def facts_frame(facts: Sequence[Fact]) -> pd.DataFrame:
    """Return facts, each with what stands in FACT_COLUMNS, as a frame with these columns."""
    written = zip(*facts, strict=True) if facts else ((),) * len(FACT_COLUMNS)
    columns = dict(zip(FACT_COLUMNS, written, strict=True))
    kinds = {"row": np.int64, "value": object, "dimensions": object}
    return pd.DataFrame({name: _column(values, kinds.get(name)) for name, values in columns.items()})


def _column(values: Sequence[object], kind: type | None) -> Sequence[object] | pd.Series:
    """Return a column; pandas finds out which kind of text it is, all else is given as it is to be kept."""
    if kind is not object:
        return list(values) if kind is None else pd.Series(values, dtype=kind)
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return pd.Series(objects, dtype=object)


def values_of(
    facts: pd.DataFrame, workbooks: tuple[str, ...], edition: Edition, languages: Mapping[str, str] | None = None
) -> Values:
    """Return the reported values of the current period, in base units (MWh, t, m3, ha, tCO2e), as arrays."""
    spoken = [(languages or {}).get(workbook, "en") for workbook in workbooks]

    def label(workbook: int, list_name: str, code: str) -> str:
        return codelist(list_name, spoken[workbook]).labels.get(code, code)

    values = Values(len(workbooks), edition.symbols, {}, starts_with=starts_with, label=label)
    for name, parameter in edition.parameters.items():
        values.arrays[name] = np.full(len(workbooks), parameter.value)
    number = {workbook: i for i, workbook in enumerate(workbooks)}
    tables: dict[str, list[_Entry]] = {}
    for workbook, name, table, row, value, unit in _current(facts):
        if name not in edition.datapoints or workbook not in number:
            continue
        if table:
            tables.setdefault(table, []).append((number[workbook], row, name, value, unit))
        else:
            datapoint = edition.datapoints[name]
            values.array(name)[number[workbook]] = in_base_units(value, unit, datapoint)
    bare = _rows_of_the_year_before(facts, number)
    for spec in edition.tables.values():
        if spec.rows in ("open", "fixed"):
            _fill_table(values, edition, spec, tables.get(spec.name, []), bare.get(spec.name, set()))
    _add_reference_tables(values)
    _add_derived_tables(values, edition)
    return values


_Entry = tuple[int, int, str, object, str]


def _current(facts: pd.DataFrame) -> Iterator[tuple[str, str, str, int, object, str]]:
    wanted = ((facts["period"] == "current") & (facts["basis"] == "reported")).to_numpy()
    yield from rows_of(facts[wanted], "workbook", "name", "table", "row", "value", "unit")


def _rows_of_the_year_before(facts: pd.DataFrame, number: Mapping[str, int]) -> dict[str, set[tuple[int, int]]]:
    """Return by table the workbooks and rows that hold a figure of the year before: such a row is there, if blank."""
    before = ((facts["period"] == "previous") & (facts["table"] != "")).to_numpy()
    found: dict[str, set[tuple[int, int]]] = {}
    for place in np.flatnonzero(before):
        workbook, table, row = (facts[c].iloc[place] for c in ("workbook", "table", "row"))
        if workbook in number:
            found.setdefault(table, set()).add((number[workbook], int(row)))
    return found


def in_base_units(value: object, unit: str, datapoint: Datapoint) -> object:
    """Return a fact's value as the rules see it: base units, serials for dates, 0 and 1 for no and yes."""
    if datapoint.symbol_kind == "text":
        return None if value is None or value == "" else str(value)
    if value is None:
        return np.nan
    if isinstance(value, bool):
        return float(value)
    if datapoint.kind == "date":
        return float((dt.date.fromisoformat(str(value)) - dt.date(1899, 12, 30)).days)
    if not isinstance(value, int | float):
        return np.nan
    return float(value) * unit_factor(unit, datapoint)


def unit_factor(unit: str, datapoint: Datapoint) -> float:
    """Return the factor from a fact's unit to the datapoint's unit; NaN where the unit measures something else."""
    dimension = UNIT_DIMENSION.get(datapoint.kind)
    if not unit or dimension is None or unit == datapoint.unit:
        return 1.0
    own, found = units.to_base(datapoint.unit, dimension), units.to_base(unit, dimension)
    return np.nan if own is None or found is None else found / own


def _fill_table(
    values: Values, edition: Edition, table: Table, entries: list[_Entry], bare: set[tuple[int, int]]
) -> None:
    listed = _fixed_codes(table)
    places = {(workbook, row) for workbook, row, *_ in entries} | bare
    if listed:
        places |= {(workbook, row) for workbook in range(values.size) for row in range(len(listed))}
    ordered = sorted(places)
    values.groups[table.name] = np.array([w for w, _ in ordered], dtype=np.int64)
    values.rows[table.name] = np.array([r for _, r in ordered], dtype=np.int64)
    index = {place: i for i, place in enumerate(ordered)}
    if listed:
        key = values.array(table.key)
        for i, (_, row) in enumerate(ordered):
            key[i] = listed[row] if row < len(listed) else None
    for workbook, row, name, value, unit in entries:
        values.array(name)[index[workbook, row]] = in_base_units(value, unit, edition.datapoints[name])


@cache
def _fixed_codes(table: Table) -> tuple[str, ...]:
    return codes(table.codes) if table.codes else ()


@cache
def reference_columns() -> Mapping[str, Mapping[str, Array]]:
    """Return the edition's reference tables (units, grid, gases, factor units, fuel defaults) as columns."""
    return {
        "units": _units(),
        "grid": _grid(),
        "gases": _gases(),
        "factor_units": _factor_units(),
        "fuels": _fuels(),
    }


def _units() -> dict[str, Array]:
    factors = units.factors()
    columns: dict[str, Array] = {"Unit_Code": np.array(list(factors), dtype=object)}
    for dimension in dict.fromkeys(d for d, _ in factors.values()):
        name = "Unit_" + "".join(part.capitalize() for part in dimension.split("_"))
        columns[name] = np.array([f if d == dimension else np.nan for d, f in factors.values()])
    return columns


def _grid() -> dict[str, Array]:
    alpha2 = {row["alpha3"]: row["alpha2"] for row in read_rows("country_codes.csv")}
    rows = [(alpha2[r["country_alpha3"]], r) for r in read_rows("grid_intensity.csv") if r["country_alpha3"] in alpha2]
    return {
        "Grid_Country": np.array([code for code, _ in rows], dtype=object),
        "Grid_Intensity": np.array([float(r["g_co2e_per_kwh"]) for _, r in rows]),
        "Grid_Year": np.array([float(r["year"]) for _, r in rows]),
    }


def global_warming_potentials() -> dict[str, float]:
    """Return the 100-year warming potential (IPCC AR6) of each gas code, blends by the mass shares of their parts."""
    import globalwarmingpotentials

    ar6 = globalwarmingpotentials.data["AR6GWP100"]
    rows = read_rows("gases.csv")
    found = {r["code"]: float(r["gwp"] or ar6[r["ar6_key"]]) for r in rows if r["ar6_key"] != "blend"}
    for row in read_rows("blends.csv"):
        found[row["blend"]] = found.get(row["blend"], 0.0) + float(row["mass_share"]) * found[row["gas"]]
    return found


def _gases() -> dict[str, Array]:
    potentials = global_warming_potentials()
    rows = read_rows("gases.csv")
    kyoto = np.array([r["kyoto"] == "yes" for r in rows])
    gwp = np.array([potentials[r["code"]] for r in rows])
    return {
        "Gas_Code": np.array([r["code"] for r in rows], dtype=object),
        "Gas_KyotoGWP": np.where(kyoto, gwp, np.nan),
        "Gas_OtherGWP": np.where(kyoto, np.nan, gwp),
    }


def _factor_units() -> dict[str, Array]:
    found = units.factor_units()
    return {
        "FactorUnit_Code": np.array(list(found), dtype=object),
        "FactorUnit_Dimension": np.array([d for d, _ in found.values()], dtype=object),
        "FactorUnit_KgPerBase": np.array([f for _, f in found.values()]),
    }


def _fuels() -> dict[str, Array]:
    rows = read_rows("fuels.csv")

    def numbers(column: str) -> Floats:
        return np.array([float(r[column]) if r[column] else np.nan for r in rows])

    uses = {"Industry": "industry", "Commercial": "commercial", "Mobile": "mobile"}
    density = [r["density_kg_per_l"] or r["density_kg_per_m3"] for r in rows]
    columns: dict[str, Array] = {
        "Fuel_DefaultState": np.array([r["state"] for r in rows], dtype=object),
        "Fuel_DefaultNCV": numbers("ncv_tj_per_gg"),
        "Fuel_DefaultDensity": np.array([float(d) if d else np.nan for d in density]),
        "Fuel_DefaultCO2": numbers("co2_kg_per_tj"),
        "Fuel_DefaultBiogenicShare": np.array([float(r["biogenic"] == "yes") for r in rows]),
        "Fuel_DefaultRenewable": np.array([float(r["usually_renewable"] == "yes") for r in rows]),
    }
    for name, use in uses.items():
        columns[f"Fuel_DefaultCH4{name}"] = numbers(f"ch4_{use}_kg_per_tj")
        columns[f"Fuel_DefaultN2O{name}"] = numbers(f"n2o_{use}_kg_per_tj")
    return columns


def _add_reference_tables(values: Values) -> None:
    for table, columns in reference_columns().items():
        if table == "fuels":
            rows = values.rows["fuels"]
            listed = rows < len(columns["Fuel_DefaultState"])
            for name, column in columns.items():
                array = values.array(name)
                array[listed] = column[rows[listed]]
        else:
            length = len(next(iter(columns.values())))
            values.groups[table] = np.zeros(length, dtype=np.int64)
            values.rows[table] = np.arange(length)
            values.shared.add(table)
            values.arrays.update(columns)


def _add_derived_tables(values: Values, edition: Edition) -> None:
    """Give each derived table a row for every distinct key that its sources hold in a workbook."""
    for table in edition.tables.values():
        if table.rows != "derived":
            continue
        found: dict[tuple[int, object], None] = {}
        for source in table.distinct:
            of = edition.datapoints[source].table
            assert of is not None
            pairs = zip(values.groups[of], values.array(source), strict=True)
            found.update({(int(w), key): None for w, key in pairs if key is not None})
        pairs_sorted = sorted(found, key=lambda pair: pair[0])
        values.groups[table.name] = np.array([w for w, _ in pairs_sorted], dtype=np.int64)
        counts = np.bincount(values.groups[table.name], minlength=values.size)
        values.rows[table.name] = np.concatenate([np.arange(n) for n in counts]).astype(np.int64)
        values.arrays[table.key] = np.array([k for _, k in pairs_sorted] or [None], dtype=object)[: len(pairs_sorted)]


def starts_with(list_name: str, codes: Array, prefixes: tuple[str, ...]) -> Floats:
    """Return 1 where the label of a code begins with one of the prefixes, blank where there is no code."""
    labels = codelist(list_name).labels
    return np.array(
        [np.nan if c is None else float(labels.get(c, c).startswith(prefixes)) for c in codes], dtype=float
    )
