"""Conversion factors of the edition's unit codes, worked out by pint and kept beside the codes they belong to.

`python -m vsme_xl.units` writes `unit_factors.json` anew; where the file does not fit the unit data, pint works the
factors out when they are needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsme_xl.edition import data_folder, read_rows

if TYPE_CHECKING:
    from pint import UnitRegistry

BASE_UNIT = {
    "energy": "megawatt_hour", "mass": "metric_ton", "volume": "meter ** 3", "area": "hectare",
    "distance": "kilometer", "energy_per_mass": "megawatt_hour / metric_ton",
    "energy_per_volume": "megawatt_hour / meter ** 3",
}  # fmt: skip
BASE_CODE = {"energy": "MWh", "mass": "t", "volume": "m3", "area": "ha"}
SOURCES = ("units.txt", "units.csv", "factor_units.csv")
KEPT = "unit_factors.json"


def _registry() -> UnitRegistry[float]:
    from pint import UnitRegistry

    return UnitRegistry(data_folder().joinpath("units.txt").read_text(encoding="utf-8").splitlines())


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update(data_folder().joinpath(name).read_text(encoding="utf-8").encode())
    return digest.hexdigest()


def worked_out() -> dict[str, Any]:
    """Return what pint makes of the unit data: for each code its dimension and factor, and what it was made from."""
    registry = _registry()

    def factor(unit: str, base: str) -> float:
        return float(registry.Quantity(1.0, unit).to(base).magnitude)

    units, factor_units = read_rows("units.csv"), read_rows("factor_units.csv")
    return {
        "made_from": _fingerprint(),
        "units": {r["code"]: [r["dimension"], factor(r["pint_unit"], BASE_UNIT[r["dimension"]])] for r in units},
        "factor_units": {
            r["code"]: [r["dimension"], factor(r["pint_unit"], r["base_unit"])] for r in factor_units
        },
    }


@cache
def _factors() -> dict[str, Any]:
    source = data_folder().joinpath(KEPT)
    if source.is_file():
        kept: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
        if kept.get("made_from") == _fingerprint():
            return kept
    return worked_out()


@cache
def factors() -> Mapping[str, tuple[str, float]]:
    """Return for each unit code its dimension and what one unit is in that dimension's base unit."""
    return {code: (dimension, factor) for code, (dimension, factor) in _factors()["units"].items()}


@cache
def factor_units() -> Mapping[str, tuple[str, float]]:
    """Return for each emission factor unit the dimension of its activity and kg of pollutant per base unit of it."""
    return {code: (dimension, factor) for code, (dimension, factor) in _factors()["factor_units"].items()}


def to_base(code: str, dimension: str) -> float | None:
    """Return the factor from a unit to its base unit, or None where the unit measures something else."""
    found = factors().get(code)
    return found[1] if found and found[0] == dimension else None


if __name__ == "__main__":
    Path(str(data_folder().joinpath(KEPT))).write_text(json.dumps(worked_out(), indent=1) + "\n", encoding="utf-8")
