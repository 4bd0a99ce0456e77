"""Conversion factors of the edition's unit codes, worked out by pint once per unit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from vsme_xl.edition import data_folder, read_rows

if TYPE_CHECKING:
    from pint import UnitRegistry

BASE_UNIT = {
    "energy": "megawatt_hour", "mass": "metric_ton", "volume": "meter ** 3", "area": "hectare",
    "distance": "kilometer", "energy_per_mass": "megawatt_hour / metric_ton",
    "energy_per_volume": "megawatt_hour / meter ** 3",
}  # fmt: skip
BASE_CODE = {"energy": "MWh", "mass": "t", "volume": "m3", "area": "ha"}


@cache
def _registry() -> UnitRegistry[float]:
    from pint import UnitRegistry

    return UnitRegistry(data_folder().joinpath("units.txt").read_text(encoding="utf-8").splitlines())


@cache
def factors() -> Mapping[str, tuple[str, float]]:
    """Return for each unit code its dimension and what one unit is in that dimension's base unit."""
    registry = _registry()
    return {
        row["code"]: (
            row["dimension"],
            float(registry.Quantity(1.0, row["pint_unit"]).to(BASE_UNIT[row["dimension"]]).magnitude),
        )
        for row in read_rows("units.csv")
    }


@cache
def factor_units() -> Mapping[str, tuple[str, float]]:
    """Return for each emission factor unit the dimension of its activity and kg of pollutant per base unit of it."""
    registry = _registry()
    return {
        row["code"]: (
            row["dimension"],
            float(registry.Quantity(1.0, row["pint_unit"]).to(row["base_unit"]).magnitude),
        )
        for row in read_rows("factor_units.csv")
    }


def to_base(code: str, dimension: str) -> float | None:
    """Return the factor from a unit to its base unit, or None where the unit measures something else."""
    found = factors().get(code)
    return found[1] if found and found[0] == dimension else None
