"""Conversion factors: every unit of ours is what pint's own registry says it is."""

from __future__ import annotations

import json

import pint
import pytest

from vsme_xl import units
from vsme_xl.edition import data_folder, read_rows
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


def test_the_kept_factors_are_what_pint_works_out_today() -> None:
    kept = json.loads(data_folder().joinpath(units.KEPT).read_text(encoding="utf-8"))
    today = units.worked_out()
    assert kept["made_from"] == today["made_from"]
    for table in ("units", "factor_units"):
        assert list(kept[table]) == list(today[table])
        for code, (dimension, factor) in today[table].items():
            assert kept[table][code] == [dimension, pytest.approx(factor, rel=1e-12)], code


def test_factors_that_do_not_fit_the_unit_data_are_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "_fingerprint", lambda: "other data")
    units._factors.cache_clear()
    try:
        assert units._factors()["made_from"] == "other data"
    finally:
        units._factors.cache_clear()
