"""Each consistency and plausibility check finds what it is for, and says nothing of sound figures."""

from __future__ import annotations

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
# The code, answers that call for it, and answers that are sound.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("fte_above_headcount", {"NumberOfFullTimeEquivalents": 41}, {"NumberOfFullTimeEquivalents": 38.5}),
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


def test_an_almost_empty_workbook_is_not_flooded_with_checks_that_cannot_be_made() -> None:
    found = compute(facts_of({"EntityName": "Example", "NumberOfEmployees": 40})).findings["code"]
    assert "check_not_made" not in set(found)


def test_what_a_check_needs_are_datapoints() -> None:
    assert sum(bool(item.needs) for item in load_checks()) > 20
