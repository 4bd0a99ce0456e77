"""Each consistency and plausibility check finds what it is for, and says nothing of sound figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from vsme_xl import compute, facts_of
from vsme_xl.checks import load_checks
from vsme_xl.plausibility import load_bands

OFFICE: dict[str, Any] = {
    "Currency": "EUR", "Turnover": 4_000_000, "TypeOfNumberOfEmployees": "HeadcountMember", "NumberOfEmployees": 40,
    "nace": [{"NaceSectorClassificationCodes": "NACE_K6210"}],
}  # fmt: skip
INCIDENT = "UndertakingHasConfirmedHumanRightsIncidentsInItsOwnWorkforce"
ACTIONS = "DescriptionOfActionsTakeToAddressTheConfirmedIncidents"
SCOPE_3 = "GrossScope3GreenhouseGasEmissions"
SAME = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"
PAY_GAP = "PercentageGapInPayBetweenFemaleAndMaleEmployees"
SCOPE_2 = "GrossLocationBasedScope2GreenhouseGasEmissions"
WATER = "TotalAmountOfWaterWithdrawnFromAllSites"
FUELS = "EnergyConsumptionFromFuels_NonRenewableEnergyMember"
POWER = {"Ledger_Carrier": "electricity", "Ledger_Amount": 100, "Ledger_Unit": "MWh"}
PAPER = {"TypeOfWasteAxis": "W-200101-Non-Hazardous-PaperAndCardboardMember", "WasteUnit": "t"}
GAS = {"Fugitive_Gas": "R-404A", "Fugitive_Unit": "t"}
TOTAL = "TotalGrossLocationBasedScope1AndScope2GHGEmissions"
WHOLE = "TotalGrossMarketBasedGHGEmissions"
SCOPE_1 = "GrossScope1GreenhouseGasEmissions"
# The code, answers that call for it, and answers that are sound.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("fte_above_headcount", {"NumberOfFullTimeEquivalents": 41}, {"NumberOfFullTimeEquivalents": 38.5}),
    (
        "fte_above_headcount",
        {"TypeOfNumberOfEmployees": "Full-TimeEquivalentFTEMember", "NumberOfEmployeesHeadcount": 39},
        {"TypeOfNumberOfEmployees": "Full-TimeEquivalentFTEMember", "NumberOfEmployeesHeadcount": 41},
    ),
    (
        "subsidiaries_although_individual",
        {"BasisForReporting": "IndividualMember", "subsidiaries": [{"NameOfTheSubsidiary": "Daughter Ltd"}]},
        {"BasisForReporting": "ConsolidatedMember", "subsidiaries": [{"NameOfTheSubsidiary": "Daughter Ltd"}]},
    ),
    ("incident_details_without_incident", {INCIDENT: False, ACTIONS: "Talks"}, {INCIDENT: True, ACTIONS: "Talks"}),
    ("incident_details_without_incident", {ACTIONS: "Talks"}, {INCIDENT: True}),
    ("part_above_whole", {"RevenueDerivedFromCoal": 5_000_000}, {"RevenueDerivedFromCoal": 4_000_000}),
    ("part_above_whole", {"RevenueDerivedFromChemicalProduction": 4_000_001}, {"RevenueDerivedFromGas": 1}),
    (
        "period_end_before_start",
        {"ReportingPeriodStart": "2025-12-31", "ReportingPeriodEnd": "2025-12-31"},
        {"ReportingPeriodStart": "2025-01-01", "ReportingPeriodEnd": "2025-12-31"},
    ),
    (
        "target_not_below_base",
        {f"{SCOPE_3}_BaselineYearMember": 10, f"{SCOPE_3}_TargetYearMember": 10},
        {f"{SCOPE_3}_BaselineYearMember": 10, f"{SCOPE_3}_TargetYearMember": 9},
    ),
    (
        "target_not_below_base",
        {f"{TOTAL}_BaselineYearMember": 10, f"{TOTAL}_TargetYearMember": 10},
        {f"{TOTAL}_BaselineYearMember": 10, f"{TOTAL}_TargetYearMember": 9},
    ),
    (
        "target_not_below_base",
        {f"{WHOLE}_BaselineYearMember": 10, f"{WHOLE}_SecondTargetYear": 11},
        {f"{WHOLE}_BaselineYearMember": 10, f"{WHOLE}_SecondTargetYear": 5},
    ),
    ("check_not_made", {f"{TOTAL}_TargetYearMember": 10}, {f"{TOTAL}_BaselineYearMember": 10}),
    ("check_not_made", {f"{SCOPE_1}_TargetYearMember": 10}, {f"{SCOPE_1}_BaselineYearMember": 10}),
    ("part_above_whole", {"RevenueInBenchmarkScopeOil": 5, "RevenueDerivedFromOil": 4},
     {"RevenueInBenchmarkScopeOil": 3, "RevenueDerivedFromOil": 4}),
    ("part_above_whole", {"TotalHazardousWasteGeneratedVolume": 5, "TotalWasteGeneratedVolume": 4},
     {"TotalHazardousWasteGeneratedVolume": 4, "TotalWasteGeneratedVolume": 4}),
    ("part_above_whole", {"NumberOfFemaleEmployees": 12, "NumberOfFemaleEmployeesAtManagementLevel": 13},
     {"NumberOfFemaleEmployees": 12, "NumberOfFemaleEmployeesAtManagementLevel": 3}),
    ("part_above_whole", {"water": [{"Water_Withdrawal": 5, "Water_Discharge": 6}, {"Water_Withdrawal": 50}]},
     {"water": [{"Water_Withdrawal": 5, "Water_Discharge": 5}]}),
    (
        "target_before_base_year",
        {"GreenhouseGasEmissionReductionTargetBaseYear": 2025, "GreenhouseGasEmissionReductionSecondTargetYear": 2020},
        {"GreenhouseGasEmissionReductionTargetBaseYear": 2020, "GreenhouseGasEmissionReductionSecondTargetYear": 2040},
    ),
    ("check_not_made", {"NumberOfFemaleEmployees": 12}, {"NumberOfFemaleEmployees": 12, "NumberOfMaleEmployees": 28}),
    ("check_not_made", {"ReportingPeriodEnd": "2025-12-31"}, {}),
    ("energy_per_employee_unlikely", {"TotalEnergyConsumption": 120_000}, {"TotalEnergyConsumption": 120}),
    ("energy_per_employee_unlikely", {"TotalEnergyConsumption": 0.12}, {"TotalEnergyConsumption": 5_000}),
    ("energy_per_turnover_unlikely", {"TotalEnergyConsumption": 120_000}, {"TotalEnergyConsumption": 120}),
    ("waste_per_employee_unlikely", {"TotalWasteGeneratedMass": 18_000}, {"TotalWasteGeneratedMass": 18}),
    ("materials_per_employee_unlikely", {"TotalMassOfMaterialUsed": 900_000}, {"TotalMassOfMaterialUsed": 900}),
    (
        "pollutant_per_employee_unlikely",
        {"pollutants": [{"TypeOfPollutantAxis": "ParticulateMatterPMMember", "AmountOfEmissionToAir": 5_000_000}]},
        {"pollutants": [{"TypeOfPollutantAxis": "CarbonDioxideCO2Member", "AmountOfEmissionToAir": 5_000_000}]},
    ),
    ("water_per_employee_unlikely", {WATER: 400_000}, {WATER: 400}),
    (
        "emission_factor_scope1_unlikely",
        {FUELS: 100, "GrossScope1GreenhouseGasEmissions": 20_000},
        {FUELS: 100, "GrossScope1GreenhouseGasEmissions": 20},
    ),
    (
        "emission_factor_scope2_unlikely",
        {"EnergyConsumptionFromElectricity": 100, SCOPE_2: 40_000},
        {"EnergyConsumptionFromElectricity": 100, SCOPE_2: 40},
    ),
    ("hours_per_employee_unlikely", {"TotalHoursWorkedByEmployees": 130_000}, {"TotalHoursWorkedByEmployees": 66_000}),
    ("pay_gap_unlikely", {PAY_GAP: 0.61}, {PAY_GAP: -0.1}),
    (
        "period_length_unlikely",
        {"ReportingPeriodStart": "2024-01-01", "ReportingPeriodEnd": "2025-12-31"},
        {"ReportingPeriodStart": "2024-07-01", "ReportingPeriodEnd": "2025-12-31"},
    ),
    (
        "period_not_a_year",
        {"ReportingPeriodStart": "2025-07-01", "ReportingPeriodEnd": "2025-12-31"},
        {"ReportingPeriodStart": "2024-12-30", "ReportingPeriodEnd": "2026-01-03"},
    ),
    (
        "period_year_unlikely",
        {"ReportingPeriodStart": "1925-01-01", "ReportingPeriodEnd": "1925-12-31"},
        {"ReportingPeriodStart": "2025-01-01", "ReportingPeriodEnd": "2025-12-31"},
    ),
    (
        "row_unlikely",
        {"ledger": [POWER | {"Ledger_Amount": 40 * 150}, POWER | {"Ledger_Amount": 40 * 250}]},
        {"ledger": [POWER | {"Ledger_Amount": 40 * 150}, POWER | {"Ledger_Amount": 40 * 150}]},
    ),
    ("row_unlikely", {"waste": [PAPER | {"WasteDirectedToDisposalMass": 4500}]},
     {"waste": [PAPER | {"WasteDirectedToDisposalMass": 4.5}]}),
    ("row_unlikely", {"materials": [{"WeightOfMaterialUsed": 5e5}]}, {"materials": [{"WeightOfMaterialUsed": 500}]}),
    ("row_unlikely", {"water": [{"Water_Withdrawal": 400_000}]}, {"water": [{"Water_Withdrawal": 400}]}),
    ("row_unlikely", {"fugitive": [GAS | {"Fugitive_Amount": 12}]}, {"fugitive": [GAS | {"Fugitive_Amount": 0.012}]}),
    (
        "pollutant_per_employee_unlikely",
        {"estimates": [{"Pollutant_Name": "SulphurOxidesSOxSO2Member", "Pollutant_Medium": "air", "Pollutant_Factor": 9,
                        "Pollutant_Activity": 900_000, "Pollutant_ActivityUnit": "t", "Pollutant_FactorUnit": "kg/t"}]},
        {"estimates": [{"Pollutant_Name": "SulphurOxidesSOxSO2Member", "Pollutant_Medium": "air", "Pollutant_Factor": 9,
                        "Pollutant_Activity": 900, "Pollutant_ActivityUnit": "t", "Pollutant_FactorUnit": "kg/t"}]},
    ),
    ("factor_unlikely", {"ledger": [POWER | {"Ledger_EmissionFactorLocation": 0.38}]},
     {"ledger": [POWER | {"Ledger_EmissionFactorLocation": 380}]}),
    ("factor_unlikely", {"ledger": [POWER | {"Ledger_EmissionFactorMarket": 45_000}]},
     {"ledger": [POWER | {"Ledger_EmissionFactorMarket": 0}]}),
    ("factor_unlikely", {"fuels": [{"Fuel_Name": "Natural gas", "Fuel_CO2": 56.1}]},
     {"fuels": [{"Fuel_Name": "Natural gas", "Fuel_CO2": 56_100}]}),
    ("change_unlikely", {WATER: {"value": 400, "previous": 39}}, {WATER: {"value": 400, "previous": 41}}),
    (
        "unchanged_but_different",
        {WATER: {"value": 400, "previous": 390}, "unchanged": [{SAME: "B6-WaterMember"}]},
        {WATER: {"value": 400, "previous": 399}, "unchanged": [{SAME: "B6-WaterMember"}]},
    ),
]  # fmt: skip


def codes(answers: dict[str, Any]) -> set[str]:
    return set(compute(facts_of(OFFICE | answers)).findings["code"])


@pytest.mark.parametrize(("code", "wrong", "sound"), CASES)
def test_a_check_finds_what_it_is_for_and_is_silent_on_sound_figures(
    code: str, wrong: dict[str, Any], sound: dict[str, Any]
) -> None:
    assert code in codes(wrong)
    assert code not in codes(sound)


def test_every_band_has_a_case_of_its_own_and_a_reason() -> None:
    assert {band.code for band in load_bands()} <= {code for code, _, _ in CASES}
    assert all(len(band.why) > 30 for band in load_bands())


def test_a_sector_has_a_band_of_its_own_and_several_the_widest() -> None:
    energy = {"TotalEnergyConsumption": 40 * 4000}
    steel = {"nace": [{"NaceSectorClassificationCodes": "NACE_C2410"}]}
    both = {"nace": [{"NaceSectorClassificationCodes": code} for code in ("NACE_K6210", "NACE_C2410")]}
    assert "energy_per_employee_unlikely" in codes(energy)
    assert "energy_per_employee_unlikely" not in codes(energy | steel)
    assert "energy_per_employee_unlikely" not in codes(energy | both)


def test_the_row_that_throws_out_a_total_is_named_and_the_total_is_not_said_again() -> None:
    rows = [POWER | {"Ledger_Amount": 20}, POWER | {"Ledger_Amount": 184_000}]
    found = compute(facts_of(OFFICE | {"ledger": rows})).findings
    assert [c for c in found["code"] if c.endswith("unlikely")] == ["row_unlikely"]


def test_totals_of_a_target_are_not_said_again_where_their_scopes_are_there() -> None:
    scope_2 = "GrossLocationBasedScope2GreenhouseGasEmissions"
    base = {f"{SCOPE_1}_BaselineYearMember": 10, f"{scope_2}_BaselineYearMember": 10}
    target = {f"{SCOPE_1}_TargetYearMember": 30, f"{scope_2}_TargetYearMember": 5}
    found = compute(facts_of(OFFICE | base | target)).findings
    assert list(found.loc[found["code"] == "target_not_below_base", "name"]) == [f"{SCOPE_1}_TargetYearMember"]


def test_a_period_is_held_against_a_day_only_where_one_is_given() -> None:
    facts = facts_of(OFFICE | {"ReportingPeriodStart": "2025-01-01", "ReportingPeriodEnd": "2025-12-31"})
    days = (None, dt.date(2025, 12, 30), dt.date(2025, 12, 31))
    found = [set(compute(facts, today=day).findings["code"]) for day in days]
    assert ["period_in_future" in each for each in found] == [False, True, False]


def test_an_almost_empty_workbook_is_not_flooded_with_checks_that_cannot_be_made() -> None:
    found = compute(facts_of({"EntityName": "Example", "NumberOfEmployees": 40})).findings["code"]
    assert "check_not_made" not in set(found)


def test_what_a_check_needs_are_datapoints() -> None:
    assert sum(bool(item.needs) for item in load_checks()) > 20
