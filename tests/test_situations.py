"""Checks every metric against situations worked out by hand from the requirement text (tests/situations/*.yaml)."""

from __future__ import annotations

import pandas as pd
import pint
import pytest
from situation_reader import Situation, agrees, expectations, facts_from, outcome, situations

from vsme_xl.computing import compute
from vsme_xl.edition import load_edition

CASES = situations("*.yaml")


@pytest.mark.parametrize("situation", CASES, ids=lambda s: f"{s.file}: {s.name}")
def test_what_is_computed_in_a_situation_is_what_the_standard_says(situation: Situation) -> None:
    assert situation.expect, "a situation without expectations proves nothing"
    for name, expected, found in expectations(situation, outcome("*.yaml")):
        assert agrees(expected, found, situation.tolerance), f"{name}: {found}, not {expected}. {situation.why}"


def test_every_situation_has_a_name_of_its_own_and_a_paragraph() -> None:
    assert len({s.name for s in CASES}) == len(CASES)
    assert all(s.paragraph and s.name.endswith(".") for s in CASES)


def test_a_situation_computed_alone_gives_what_it_gives_among_all_others() -> None:
    for situation in CASES[::4]:
        alone = compute(facts_from(situation.given, situation.name))
        together = outcome("*.yaml").computed.facts
        mine, theirs = by_place(alone.facts), by_place(together[together["workbook"] == situation.name])
        assert mine.keys() == theirs.keys(), situation.name
        for place, value in mine.items():
            assert value == theirs[place] or value == pytest.approx(theirs[place], rel=1e-12), place


def by_place(facts: pd.DataFrame) -> dict[object, object]:
    """Return the values of facts by their place; rows of a table made from others have no place of their own."""
    derived = {t.name for t in load_edition().tables.values() if t.rows == "derived"}
    row = facts["row"].where(~facts["table"].isin(derived), 0)
    return facts.assign(row=row).set_index(["name", "dimensions", "row", "period", "basis"])["value"].to_dict()


def test_every_metric_and_result_of_the_standard_is_expected_somewhere() -> None:
    expected = {name for s in CASES for name in s.expect}
    computed = {d.name for d in load_edition().datapoints.values() if d.role in ("metric", "result")}
    assert sorted(computed - expected) == []


ENERGY = {
    "Wh": "watt_hour", "kWh": "kilowatt_hour", "MWh": "megawatt_hour", "GWh": "gigawatt_hour", "kJ": "kilojoule",
    "MJ": "megajoule", "GJ": "gigajoule", "TJ": "terajoule", "kcal": "kilocalorie", "BTU": "british_thermal_unit",
    "therm": "therm",
}  # fmt: skip
MASS = {"g": "gram", "kg": "kilogram", "t": "metric_ton", "short_ton": "short_ton", "lb": "pound"}
VOLUME = {"l": "liter", "m3": "meter ** 3", "US_gal": "gallon", "UK_gal": "imperial_gallon", "bbl": "oil_bbl"}


@pytest.mark.parametrize("unit", [*ENERGY, *MASS, *VOLUME])
def test_a_ledger_row_gives_the_same_energy_whatever_unit_it_is_stated_in(unit: str) -> None:
    registry = pint.UnitRegistry()
    diesel = {"TJ per Gg": 43.0, "kg per l": 0.84}
    if unit in ENERGY:
        expected = registry.Quantity(1000.0, ENERGY[unit]).to("megawatt_hour").magnitude
    else:
        amount = registry.Quantity(1000.0, (MASS | VOLUME)[unit])
        mass = amount if unit in MASS else amount * registry.Quantity(diesel["kg per l"], "kilogram / liter")
        energy = mass * registry.Quantity(diesel["TJ per Gg"], "terajoule / gigagram")
        expected = energy.to("megawatt_hour").magnitude
    row = {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Gas/Diesel oil", "Ledger_Amount": 1000, "Ledger_Unit": unit}
    found = compute(facts_from({"ledger": [row]}, unit)).computed["TotalEnergyConsumption"][0]
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "megawatt_hours"),
    [("kcal", 1.1622e-6), ("BTU", 2.93071e-7), ("therm", 0.0293071), ("US_gal", 0.0037854), ("bbl", 0.1589873)],
)
def test_uncommon_units_are_worth_what_tables_of_units_print(unit: str, megawatt_hours: float) -> None:
    row = {"Ledger_Carrier": "fuel", "Ledger_Fuel": "test", "Ledger_Amount": 1, "Ledger_Unit": unit}
    own = {"Fuel_Name": "test", "Fuel_NCV": 3.6, "Fuel_NCVUnit": "GJ/m3"}
    found = compute(facts_from({"ledger": [row], "fuels": [own]}, unit)).computed["TotalEnergyConsumption"][0]
    assert found == pytest.approx(megawatt_hours, rel=2e-5)
