"""Every word of the list of checks: one answer of a clean workbook is broken, and just the fitting findings appear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from breaking import Cells, Found, broken, cell_of, found_in

from vsme_xl import read
from vsme_xl.codelists import codelist

BASE = Path(__file__).parent.parent / "sample_inputs" / "manufacturer.xlsx"
HAZARDOUS, STRESS = "TotalHazardousWasteGeneratedMass", "AmountOfWaterWithdrawnAtSitesLocatedInAreasOfHighWaterStress"
SCOPE_1 = "GrossScope1GreenhouseGasEmissions"
SCOPE_2 = "GrossLocationBasedScope2GreenhouseGasEmissions"
MARKET = "GrossMarketBasedScope2GreenhouseGasEmissions"
MARKET_TOTAL = "TotalGrossMarketBasedScope1AndScope2GHGEmissions_TargetYearMember"
OMITTED = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"
SAME = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"
INCIDENT = "UndertakingHasConfirmedHumanRightsIncidentsInItsOwnWorkforce"
ACTIONS = "DescriptionOfActionsTakeToAddressTheConfirmedIncidents"
RIGHTS = "TypeOfHumanRightRelatedToTheConfirmedIncident"
ACCIDENTS = "NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod"
DEATHS = "NumberOfFatalitiesAsAResultOfWorkRelatedInjuriesAndWorkRelatedIllHealth"
WATER = "TotalAmountOfWaterWithdrawnFromAllSites"
URL = "URLOrLinkToThePubliclyAvailableDisclosure"
PAY_GAP = "PercentageGapInPayBetweenFemaleAndMaleEmployees"
TOTAL_12 = "TotalGrossLocationBasedScope1AndScope2GHGEmissions"
WASTE_ROW = "TotalWasteRecycledReusedAndDirectedToDisposalMass"
KEY, GPS, YEAR = "IdentifierOfSiteTypedAxis", "GPSLocationOfSite", "GreenhouseGasEmissionReductionTargetYear"
FEMALE, NACE = "NumberOfFemaleEmployees", "NaceSectorClassificationCodes"
COUNTRY = "NumberOfEmployeesForCountryOfEmploymentContract"
MATERIALS, RADIOACTIVE = "TotalMassOfMaterialUsed", "RadioactiveWasteMass"
PARTS, OTHER, WHOLE = "parts_differ_from_total", "reported_differs_from_computed", "part_above_whole"
FEMALE_MANAGERS = "NumberOfFemaleEmployeesAtManagementLevel"


def label(name: str, code: str) -> str:
    """Return the English label of a code."""
    return codelist(name).labels[code]


# What is broken: the cells, and the findings as "severity code Datapoint" or "… Datapoint @ Cell's datapoint[row]".
CASES: Mapping[str, tuple[Cells, list[str]]] = {
    "parts by gender": ({FEMALE: 60}, [f"warning {PARTS} NumberOfEmployeesByGender @ {FEMALE}"]),
    "parts by contract": (
        {"NumberOfTemporaryContractEmployees": 16},
        [f"warning {PARTS} NumberOfEmployeesByContract @ NumberOfPermanentContractEmployees"],
    ),
    "parts by country": ({f"{COUNTRY}[0]": 113}, [f"warning {PARTS} NumberOfEmployeesByCountry @ {COUNTRY}[0]"]),
    "total energy": ({"TotalEnergyConsumption": 9000}, [f"warning {OTHER} TotalEnergyConsumption"]),
    "energy of one kind": (
        {"EnergyConsumptionFromElectricity": 8000}, [f"warning {OTHER} EnergyConsumptionFromElectricity"],
    ),
    "total waste": ({"TotalWasteGeneratedMass": 2100}, [f"warning {OTHER} TotalWasteGeneratedMass"]),
    "waste of a row": ({f"{WASTE_ROW}[0]": 1500}, [f"warning {OTHER} {WASTE_ROW}[0]"]),
    "materials": (
        {MATERIALS: 9000},
        [f"warning {OTHER} {MATERIALS}", f"warning unit_missing {MATERIALS} @ {MATERIALS}:unit"],
    ),
    "emissions": ({TOTAL_12: 7700}, [f"warning {OTHER} {TOTAL_12}"]),
    "emissions of Scope 3": (
        {"GrossScope3GreenhouseGasEmissions": 40_000}, [f"warning {OTHER} GrossScope3GreenhouseGasEmissions"],
    ),
    "reported against computed": ({PAY_GAP: -0.02}, [f"warning {OTHER} {PAY_GAP}"]),
    "high-stress water": ({STRESS: 30_000}, [f"error {WHOLE} {STRESS}", f"warning {OTHER} {STRESS}"]),
    "hazardous waste": (
        {HAZARDOUS: 2500},
        [f"error {WHOLE} {HAZARDOUS}", f"warning {OTHER} {HAZARDOUS}", f"warning change_unlikely {HAZARDOUS}"],
    ),
    "radioactive waste": (
        {RADIOACTIVE: 100},
        [f"error {WHOLE} {RADIOACTIVE}", f"warning unit_missing {RADIOACTIVE} @ {RADIOACTIVE}:unit"],
    ),
    "revenues of C8": (
        {"HasRevenueFromCertainActivities": "Yes", "RevenueDerivedFromChemicalProduction": 43_000_000},
        [f"error {WHOLE} RevenueDerivedFromChemicalProduction"],
    ),
    "period": ({"ReportingPeriodEnd": 45_600}, ["error period_end_before_start ReportingPeriodEnd"]),
    "base year": ({YEAR: 2019}, [f"error target_before_base_year {YEAR}"]),
    "target": ({f"{SCOPE_1}_TargetYearMember": 3420}, [f"warning target_not_below_base {SCOPE_1}_TargetYearMember"]),
    "a share above 100 %": ({"TargetCoverageScope3": "120 %"}, ["error share_out_of_range TargetCoverageScope3"]),
    "a share below zero": ({"Ledger_RenewableShare[0]": -0.1}, ["error share_out_of_range Ledger_RenewableShare[0]"]),
    "a turnover rate above 100 %": ({"NumberOfEmployeesWhoLeft": 190}, []),
    "a negative pay gap": ({"AverageGrossHourlyPayOfFemaleEmployees": 28}, []),
    "a negative amount": ({"Assets": -5}, ["error negative_amount Assets"]),
    "a negative amount in a row": (
        {"Fugitive_Amount[0]": -12.5}, ["error negative_amount Fugitive_Amount[0]"],
    ),
    "a row twice": (
        {"Fugitive_Gas[1]": "R-410A", "Fugitive_Amount[1]": 12.5, "Fugitive_Use[1]": "Office and server room cooling"},
        ["warning duplicate_row Fugitive_Gas[1]"],
    ),
    "an id twice": ({f"{KEY}[1]": "offenburg"}, [f"warning duplicate_key {KEY}[1]"]),
    "subsidiaries of a single company": (
        {"BasisForReporting": label("basis_for_reporting", "IndividualMember")},
        [f"warning subsidiaries_although_individual NameOfTheSubsidiary[{n}]" for n in (0, 1)],
    ),
    "details without an incident": (
        {INCIDENT: "No"},
        [f"warning incident_details_without_incident {name}" for name in (ACTIONS, f"{RIGHTS}[0]")],
    ),
    "omitted yet filled in": (
        {f"{OMITTED}[0]": label("disclosure", "B9-WorkforceHealthAndSafetyMember")},
        [f"warning omitted_but_filled {name}" for name in (ACCIDENTS, "TotalHoursWorkedByEmployees", DEATHS)],
    ),
    "unchanged yet different": (
        {f"{SAME}[1]": label("disclosure", "B9-WorkforceHealthAndSafetyMember")},
        [f"warning unchanged_but_different {ACCIDENTS}"],
    ),
    "headcount against FTE": (
        {"NumberOfFullTimeEquivalents": 181},
        ["warning fte_above_headcount NumberOfFullTimeEquivalents", f"warning {OTHER} NumberOfFullTimeEquivalents"],
    ),
    "a NACE division": ({f"{NACE}[0]": "C25"}, [f"warning coarse_code {NACE}[0]"]),
    "a NACE group": ({f"{NACE}[0]": "25.9"}, [f"warning coarse_code {NACE}[0]"]),
    "a NACE code of none": ({f"{NACE}[0]": "C 99.99"}, [f"error unknown_code {NACE}[0]"]),
    "a waste code of four digits": ({"TypeOfWasteAxis[0]": "12 01"}, ["error waste_code_coarse TypeOfWasteAxis[0]"]),
    "a waste code of none": ({"TypeOfWasteAxis[0]": "99 99 99"}, ["error unknown_code TypeOfWasteAxis[0]"]),
    "an LEI": ({"EntityIdentifier": "00EX00RHEINTALMETA22"}, ["warning identifier_invalid EntityIdentifier"]),
    "a VAT number": (
        {"EntityIdentifierScheme": "", "EntityIdentifier": "DE136695977"},
        ["warning identifier_invalid EntityIdentifier"],
    ),
    "a DUNS number": (
        {"EntityIdentifierScheme": label("identifier_scheme", "DUNS"), "EntityIdentifier": "12345"},
        ["warning identifier_invalid EntityIdentifier"],
    ),
    "an EUID": (
        {"EntityIdentifierScheme": label("identifier_scheme", "EUID"), "EntityIdentifier": "HRB 1"},
        ["warning identifier_invalid EntityIdentifier"],
    ),
    "a link": ({URL: "our web site"}, [f"warning url_invalid {URL}"]),
    "coordinates that are none": ({f"{GPS}[0]": "Offenburg"}, [f"warning coordinates_unreadable {GPS}[0]"]),
    "coordinates with few decimals": ({f"{GPS}[0]": "48.4, 7.9"}, [f"info coordinates_coarse {GPS}[0]"]),
    "coordinates beyond the poles": (
        {f"{GPS}[0]": "148.45932, 207.93477"}, [f"error coordinates_out_of_range {GPS}[0]"],
    ),
    "coordinates exchanged": ({f"{GPS}[0]": "7.93477, 48.45932"}, [f"warning coordinates_swapped {GPS}[0]"]),
    "coordinates of another country": (
        {f"{GPS}[0]": "40.41678, -3.70379"}, [f"warning coordinates_outside_country {GPS}[0]"],
    ),
    "coordinates in degrees": ({f"{GPS}[0]": "48°27'33.6\"N, 7°56'5.2\"E"}, []),
    "several coordinates": ({f"{GPS}[0]": "48.45932, 7.93477; 48.46000, 7.93500"}, []),
    "a date": (
        {"ReportingPeriodStart": "31.13.2025"},
        ["error not_a_date ReportingPeriodStart", "info check_unreadable ReportingPeriodEnd"],
    ),
    "a currency of none": (
        {"Currency": "Taler"}, ["error unknown_code Currency", "info check_unreadable TotalEnergyConsumption"],
    ),
    "another currency": ({"Turnover": "42600000 USD"}, ["error currency_differs Turnover"]),
    "the workbook's currency": ({"Turnover": "42600000 €"}, []),
    "a currency beside no money": (
        {"WaterDischargeFromUndertakingProductionProcesses": "24080 EUR"},
        ["error currency_for_amount WaterDischargeFromUndertakingProductionProcesses"],
    ),
    "a unit of another dimension": (
        {"Ledger_Unit[0]": label("unit", "t")}, ["error ledger_row_without_energy Ledger_Amount[0]"],
    ),
    "a unit of another dimension in a table": (
        {"WasteUnit[0]": label("unit", "MWh")},
        ["error unit_unknown WasteDivertedToRecycleOrReuseMass[0] @ WasteUnit[0]",
         "info check_unreadable TotalWasteGeneratedMass"],
    ),
    "a kind of waste twice": (
        {"TypeOfWasteAxis[1]": "12 01 01"}, ["warning duplicate_key TypeOfWasteAxis[1]"],
    ),
    "kWh typed as MWh": (
        {"Ledger_Unit[0]": label("unit", "MWh")},
        ["warning row_unlikely Ledger_Amount[0]", "warning change_unlikely TotalEnergyConsumption @ previous",
         f"warning change_unlikely {SCOPE_2} @ previous", f"warning change_unlikely {MARKET} @ previous"],
    ),
    "kilograms typed as tonnes": (
        {"WasteDirectedToDisposalMass[7]": 64_000},
        [f"warning row_unlikely {WASTE_ROW}[7] @ WasteDirectedToDisposalMass[7]",
         "warning change_unlikely TotalWasteGeneratedMass @ previous"],
    ),
    "the emission factor of a row": (
        {"Ledger_EmissionFactorLocation[6]": 0.265}, ["warning factor_unlikely Ledger_EmissionFactorLocation[6]"],
    ),
    "the emission factor of all": (
        {SCOPE_1: 290_000},
        [f"warning emission_factor_scope1_unlikely {SCOPE_1}", f"warning {OTHER} {SCOPE_1}",
         f"warning change_unlikely {SCOPE_1}"],
    ),
    "hours": (
        {"TotalHoursWorkedByEmployees": 600_000}, ["warning hours_per_employee_unlikely TotalHoursWorkedByEmployees"],
    ),
    "a pay gap": ({"AverageGrossHourlyPayOfFemaleEmployees": 8}, [f"warning pay_gap_unlikely {PAY_GAP}"]),
    "water": (
        {"Water_Withdrawal[0]": 36_800_000},
        ["warning row_unlikely Water_Withdrawal[0]", f"warning change_unlikely {WATER} @ previous"],
    ),
    "ten times last year": ({ACCIDENTS: 90}, [f"warning change_unlikely {ACCIDENTS}"]),
    "an unreadable part": (
        {FEMALE: "about 60"},
        [f"error number_with_text {FEMALE}", f"info check_unreadable NumberOfEmployeesByGender @ {FEMALE}",
         f"info check_unreadable {FEMALE_MANAGERS}"],
    ),
    "a blank part": (
        {FEMALE: ""},
        [f"info check_not_made NumberOfEmployeesByGender @ {FEMALE}", f"info check_not_made {FEMALE_MANAGERS}"],
    ),
    "a reported total over an unreadable row": (
        {"Ledger_Amount[1]": "ca. 2300", "TotalEnergyConsumption": 20_000},
        ["error number_with_text Ledger_Amount[1]", "info check_unreadable TotalEnergyConsumption"],
    ),
    "a reported total without a part": (
        {MARKET_TOTAL: 3000, f"{MARKET}_TargetYearMember": ""}, [f"info check_not_made {MARKET_TOTAL}"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Found]]:
    """Return the findings of the workbook as it is (``), and of each copy with one thing broken."""
    where = tmp_path_factory.mktemp("broken")
    cases = {key: broken(BASE, where / f"{n}.xlsx", cells) for n, (key, (cells, _)) in enumerate(CASES.items())}
    return found_in({"": read(BASE)} | cases)


@pytest.mark.parametrize("key", CASES)
def test_what_is_broken_and_nothing_else_is_found_in_its_cell(key: str, found: Mapping[str, list[Found]]) -> None:
    known = set(found[""])
    new = sorted(f for f in found[key] if f not in known)
    assert new == sorted(expected(text) for text in CASES[key][1])


def expected(text: str) -> Found:
    """Return severity, code, datapoint and cell of a finding in words."""
    severity, code, name, *where = text.replace(" @ ", " ").split()
    at = where[0] if where else name
    plain = name.partition("[")[0]
    if at == "previous":
        sheet, cell = cell_of(plain)
        return severity, code, plain, f"{sheet}!H{cell.lstrip('E')}"
    return severity, code, plain, "!".join(cell_of(at))


def test_the_clean_workbook_has_no_errors(found: Mapping[str, list[Found]]) -> None:
    assert {(severity, code) for severity, code, _, _ in found[""]} == {
        ("warning", "ledger_renewable_assumed"), ("info", "ledger_grid_year_differs"),
    }  # fmt: skip
