"""What must hold of the rules for every company: units, order and splitting do not matter, doubling doubles."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_companies import company

import vsme_xl
from vsme_xl.edition import load_edition

SEEDS = st.integers(0, 10**9)
EDITION = load_edition()
TOTALS = {"money", "energy", "emissions", "mass", "volume", "area"}
RATIOS = {"share", "intensity"}
# Numbers of people, hours and accidents: these double. What is per person, per hour or a ratio does not.
COUNTS = {
    "NumberOfEmployees",
    "NumberOfEmployeesByContract",
    "NumberOfEmployeesByGender",
    "NumberOfEmployeesByCountry",
    "NumberOfFullTimeEquivalents",
}
# Asked of companies with more than so many employees or so much turnover: these may begin to apply.
ASKED_FROM_A_SIZE_ON = {"PercentageGapInPayBetweenFemaleAndMaleEmployees", "EmployeeTurnoverRate"}
# Inputs that are amounts by kind but belong to one unit of something: they stay when the company doubles.
PER_UNIT = {
    "AverageGrossHourlyPayOfMaleEmployees",
    "AverageGrossHourlyPayOfFemaleEmployees",
    "Ledger_EmissionFactorLocation",
    "Ledger_EmissionFactorMarket",
    "HoursPerFullTimeEmployee",
    "WeeklyHoursOfFullTimePosition",
}


def results(answers: dict[str, Any]) -> dict[tuple[object, ...], object]:
    """Return every computed value that stands for the whole company or for a key, not for a row as such."""
    facts = vsme_xl.compute(vsme_xl.facts_of(answers)).facts
    computed = facts[(facts["basis"] == "computed") & ((facts["table"] == "") | (facts["dimensions"].map(len) > 0))]
    return dict(zip(zip(computed["name"], computed["dimensions"], strict=True), computed["value"], strict=True))


def same(found: dict[tuple[object, ...], object], expected: dict[tuple[object, ...], object]) -> None:
    """Check that two sets of results are equal, numbers to twelve digits."""
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == (pytest.approx(value, rel=1e-11, abs=1e-12) if isinstance(value, float) else value), key


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_unit_an_amount_is_given_in_does_not_change_a_result(seed: int) -> None:
    answers = company(seed)
    other = copy.deepcopy(answers)
    factors = {
        "MWh": ("kWh", 1000),
        "kWh": ("GJ", 0.0036),
        "GJ": ("MWh", 1 / 3.6),
        "l": ("m3", 0.001),
        "m3": ("l", 1000),
        "t": ("kg", 1000),
        "kg": ("t", 0.001),
        "ha": ("sqm", 10_000),
        "sqm": ("ha", 1e-4),
    }

    def convert(row: dict[str, Any], unit: str, amounts: tuple[str, ...]) -> None:
        name, factor = factors[row[unit]]
        row[unit] = name
        for amount in amounts:
            if amount in row:
                row[amount] *= factor

    for row in other.get("ledger", []):
        convert(row, "Ledger_Unit", ("Ledger_Amount", "Ledger_OpeningStock", "Ledger_ClosingStock", "Ledger_Sold"))
    for row in other.get("fugitive", []):
        convert(row, "Fugitive_Unit", ("Fugitive_Amount",))
    for row in other.get("waste", []):
        convert(row, "WasteUnit", ("WasteDivertedToRecycleOrReuseMass", "WasteDirectedToDisposalMass"))
    for row in other.get("materials", []):
        convert(row, "MaterialUnit", ("WeightOfMaterialUsed",))
    for name in ("TotalUseOfLand", "TotalSealedArea"):
        if name in other:
            convert(other[name], "unit", ("value",))
    same(results(other), results(answers))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    answers = company(seed)
    other = copy.deepcopy(answers)
    for value in other.values():
        if isinstance(value, list):
            random.Random(seed).shuffle(value)
    same(results(other), results(answers))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS, st.floats(0.01, 0.99))
def test_splitting_a_ledger_row_in_two_does_not_matter(seed: int, part: float) -> None:
    answers = company(seed)
    other = copy.deepcopy(answers)
    rows = []
    for row in other.get("ledger", []):
        for share in (part, 1 - part):
            amounts = ("Ledger_Amount", "Ledger_OpeningStock", "Ledger_ClosingStock", "Ledger_Sold")
            rows.append({name: value * share if name in amounts else value for name, value in row.items()})
    if rows:
        other["ledger"] = rows
    same(results(other), results(answers))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_doubling_all_amounts_doubles_all_totals_and_leaves_all_ratios(seed: int) -> None:
    answers = company(seed)
    one, two = results(answers), results(doubled(answers))
    assert {str(name) for name, _ in one.keys() ^ two.keys()} <= ASKED_FROM_A_SIZE_ON
    for key in one.keys() & two.keys():
        value = one[key]
        datapoint = EDITION.datapoints[str(key[0])]
        if not isinstance(value, float):
            assert two[key] == value, key
        elif datapoint.kind in TOTALS or datapoint.name in COUNTS:
            assert two[key] == pytest.approx(2 * value, rel=1e-11), key
        elif datapoint.kind in RATIOS or datapoint.role == "metric":
            assert two[key] == pytest.approx(value, rel=1e-11), key


def doubled(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of a company that has, buys, emits and employs twice as much."""

    def of(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {**value, "value": of(name, value["value"])}
        known = EDITION.datapoints[name]
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return 2 * value if numeric and known.kind in TOTALS | {"number"} and name not in PER_UNIT else value

    found: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, list):
            found[name] = [{column: of(column, cell) for column, cell in row.items()} for row in value]
        else:
            found[name] = of(name, value)
    return found
