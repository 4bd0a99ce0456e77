"""Conversion factors: every unit of ours is what pint's own registry says it is."""

from __future__ import annotations

import pint
import pytest

from vsme_xl.edition import read_rows
from vsme_xl.units import BASE_UNIT, factor_units, factors, to_base


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry[float]:
    return pint.UnitRegistry()


def test_every_unit_equals_the_unit_of_pints_own_registry(registry: pint.UnitRegistry[float]) -> None:
    for row in read_rows("units.csv"):
        expected = registry.Quantity(1.0, row["pint_unit"]).to(BASE_UNIT[row["dimension"]]).magnitude
        assert factors()[row["code"]] == (row["dimension"], pytest.approx(expected, rel=1e-12)), row["code"]


def test_every_emission_factor_unit_equals_pints_own(registry: pint.UnitRegistry[float]) -> None:
    for row in read_rows("factor_units.csv"):
        expected = registry.Quantity(1.0, row["pint_unit"]).to(row["base_unit"]).magnitude
        assert factor_units()[row["code"]] == (row["dimension"], pytest.approx(expected, rel=1e-12)), row["code"]


@pytest.mark.parametrize(
    ("code", "dimension", "factor"),
    [("kWh", "energy", 0.001), ("TJ", "energy", 277.7777777777778), ("bbl", "volume", 0.158987294928),
     ("short_ton", "mass", 0.90718474), ("sqm", "area", 0.0001), ("l", "mass", None), ("nonsense", "mass", None)],
)  # fmt: skip
def test_a_unit_converts_only_within_its_dimension(code: str, dimension: str, factor: float | None) -> None:
    found = to_base(code, dimension)
    assert found is None if factor is None else found == pytest.approx(factor, rel=1e-12)
