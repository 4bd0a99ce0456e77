"""The checks on official templates: answers of a clean workbook are broken, and just the fitting findings appear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from breaking import Found, found_in
from efrag import FOLDER, needs_efrag
from filling import Value, filled

from vsme_xl import compute, read
from vsme_xl.disclosures import disclosures_of, gap_cells
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import open_workbook

pytestmark = needs_efrag
VERSIONS = ("1.2.0", "1.3.0")
SCOPE_1, SCOPE_2 = "GrossScope1GreenhouseGasEmissions", "GrossLocationBasedScope2GreenhouseGasEmissions"
BOTH = "TotalGrossLocationBasedScope1AndScope2GHGEmissions"
WATER = "TotalAmountOfWaterWithdrawnFromAllSites"
STRESS = "AmountOfWaterWithdrawnAtSitesLocatedInAreasOfHighWaterStress"
ACCIDENTS = "NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod"
ELECTRICITY, FUELS = "EnergyConsumptionFromElectricity", "EnergyConsumptionFromFuels"
HAZARDOUS, WASTE = "TotalHazardousWasteGeneratedMass", "TotalWasteGeneratedMass"
TONNES = "metric tonnes (t)"
INCIDENT = "UndertakingHasConfirmedHumanRightsIncidentsInItsOwnWorkforce"
ACTIONS = "DescriptionOfActionsTakeToAddressTheConfirmedIncidents"
BASE_YEAR, YEAR = "GreenhouseGasEmissionReductionTargetBaseYear", "GreenhouseGasEmissionReductionTargetYear"
PAY_GAP = "PercentageGapInPayBetweenFemaleAndMaleEmployees"
COVERED = "PercentageOfEmployeesCoveredByCollectiveBargainingAgreements"
URL = "URLOrLinkToThePubliclyAvailableDisclosure"
NACE, KEY, GPS = "NaceSectorClassificationCodes", "IdentifierOfSiteTypedAxis", "GPSLocationOfSite"
OMITTED = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"
SOME_UNCHANGED = "ReportContainsDisclosuresFromThePreviousReportingPeriodThatRemainUnchanged"
UNCHANGED = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"
CLEAN: dict[str, Value] = {
    "EntityName": "Muster GmbH", "EntityIdentifierScheme": "LEI", "EntityIdentifier": "00EX00RHEINTALMETA21",
    "ReportingPeriodStart": 45658, "ReportingPeriodEnd": 46022, "Currency": "EUR",
    "BasisForPreparation": "Option B (Basic Module and Comprehensive Module)",
    "BasisForReporting": "Sustainability report prepared on an individual basis",
    "UndertakingsLegalForm": "partnership",
    "Assets": 3e6, "Turnover": 4e6, "TypeOfNumberOfEmployees": "Headcount", "NumberOfEmployees": 40,
    "EmployeeCountingMethodology": "At the end of the reporting period",
    "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": "Germany", f"{NACE}[0]": "62.10",
    f"{KEY}[0]": "1", "AddressOfSite[0]": "Gasse 1", "CityOfSite[0]": "Offenburg", "CountryOfSite[0]": "Germany",
    f"{GPS}[0]": "48.45932, 7.93477", f"{KEY}[1]": "2", "AddressOfSite[1]": "Gasse 2", "CountryOfSite[1]": "Germany",
    f"{GPS}[1]": "48.57904, 7.81236",
    "TotalEnergyConsumption": 100, "CanBreakDownEnergy": "YES", f"{ELECTRICITY}_RenewableEnergyMember": 40,
    f"{ELECTRICITY}_NonRenewableEnergyMember": 40, ELECTRICITY: 80, f"{FUELS}_NonRenewableEnergyMember": 20, FUELS: 20,
    SCOPE_1: 4, SCOPE_2: 30, BOTH: 34, WATER: 300, STRESS: 0, "NumberOfPermanentContractEmployees": 36,
    "NumberOfTemporaryContractEmployees": 4, "NumberOfMaleEmployees": 22, "NumberOfFemaleEmployees": 18, ACCIDENTS: 1,
}  # fmt: skip
# What is broken together, and the findings as "severity code Datapoint" or "… Datapoint @ Cell's datapoint[row]".
CASES: Mapping[str, tuple[Mapping[str, Value], list[str]]] = {
    "totals and parts": (
        {
            "NumberOfFemaleEmployees": 17, "NumberOfTemporaryContractEmployees": 6, STRESS: 400, ELECTRICITY: 90,
            BOTH: 40, "HasRevenueFromCertainActivities": "YES", "RevenueDerivedFromCoal": 5e6,
        },
        [
            "warning parts_differ_from_total NumberOfEmployeesByGender @ NumberOfFemaleEmployees",
            "warning parts_differ_from_total NumberOfEmployeesByContract @ NumberOfPermanentContractEmployees",
            f"error part_above_whole {STRESS}", f"warning reported_differs_from_computed {ELECTRICITY}",
            "warning reported_differs_from_computed TotalEnergyConsumption",
            f"warning reported_differs_from_computed {BOTH}", "error part_above_whole RevenueDerivedFromCoal",
            "info benchmark_scope_assumed RevenueInBenchmarkScopeCoal @ RevenueDerivedFromCoal",
        ],
    ),
    "years and targets": (
        {
            "ReportingPeriodEnd": 45_600, "HasGHGReductionTargets": "YES", BASE_YEAR: 2030, YEAR: 2025,
            f"{BOTH}_BaselineYearMember": 50, f"{BOTH}_TargetYearMember": 60,
        },
        [
            "error period_end_before_start ReportingPeriodEnd", f"error target_before_base_year {YEAR}",
            f"warning target_not_below_base {BOTH}_TargetYearMember",
        ],
    ),
    "forms": (
        {
            f"{NACE}[0]": "J62", "EntityIdentifier": "00EX00RHEINTALMETA22", f"{GPS}[0]": "7.93477, 48.45932",
            f"{GPS}[1]": "40.41678, -3.70379", f"{KEY}[1]": "1", "Turnover": "4000000 USD", WATER: "300 EUR",
            "ReportsPollutantsByLawOrEMS": "YES", "PubliclyAvailableDisclosure": "YES", URL: "our web site",
        },
        [
            f"error unknown_code {NACE}[0]", "warning identifier_invalid EntityIdentifier",
            f"warning coordinates_swapped {GPS}[0]", f"warning coordinates_outside_country {GPS}[1]",
            f"warning duplicate_key {KEY}[1]", "error currency_differs Turnover", f"error currency_for_amount {WATER}",
            f"warning url_invalid {URL}",
        ],
    ),
    "waste": (
        {
            "TypeOfWasteAxis[0]": "13 02", "WasteDirectedToDisposalMass[0]": 3,
            "WasteDirectedToDisposalMass_unit[0]": TONNES, HAZARDOUS: 9, f"{HAZARDOUS}_unit": TONNES, WASTE: 8,
            f"{WASTE}_unit": TONNES,
        },
        [
            "error waste_code_coarse TypeOfWasteAxis[0]", f"error part_above_whole {HAZARDOUS}",
            f"info check_unreadable {HAZARDOUS}", f"warning reported_differs_from_computed {WASTE}",
        ],
    ),
    "ranges and what does not fit": (
        {
            "Assets": -3e6, COVERED: "130 %", INCIDENT: "NO", ACTIONS: "Talks", "NumberOfFemaleEmployees": "about 18",
            "NameOfTheSubsidiary[0]": "Muster Handel GmbH",
        },
        [
            "error negative_amount Assets", f"error share_out_of_range {COVERED}",
            f"warning incident_details_without_incident {ACTIONS}", "error number_with_text NumberOfFemaleEmployees",
            "info check_unreadable NumberOfEmployeesByGender @ NumberOfFemaleEmployees",
            "warning subsidiaries_although_individual NameOfTheSubsidiary[0]", f"info check_not_made {COVERED}",
        ],
    ),
    "likelihood": (
        {
            "TotalEnergyConsumption": 100_000, f"{ELECTRICITY}_RenewableEnergyMember": 40_000,
            f"{ELECTRICITY}_NonRenewableEnergyMember": 40_000, ELECTRICITY: 80_000, FUELS: 20_000,
            f"{FUELS}_NonRenewableEnergyMember": 20_000, WATER: 300_000, "NumberOfEmployees": 40,
        },
        [
            "warning energy_per_employee_unlikely TotalEnergyConsumption",
            "warning energy_per_turnover_unlikely TotalEnergyConsumption",
            f"warning emission_factor_scope1_unlikely {SCOPE_1}", f"warning emission_factor_scope2_unlikely {SCOPE_2}",
            f"warning water_per_employee_unlikely {WATER}",
        ],
    ),
    "a blank side": (
        {
            "NumberOfMaleEmployees": "", "NumberOfEmployees": "", f"{BOTH}_TargetYearMember": 3,
            "HasGHGReductionTargets": "YES",
        },
        [
            "info check_not_made NumberOfEmployeesByContract @ NumberOfPermanentContractEmployees",
            "info check_not_made NumberOfEmployeesByGender @ NumberOfFemaleEmployees",
            "info check_not_made TotalEnergyConsumption", f"info check_not_made {WATER}",
            f"info check_not_made {BOTH}_TargetYearMember",
        ],
    ),
}  # fmt: skip


class Template:
    """A blank official template: where its answers stand, and copies of it that are filled in."""

    def __init__(self, version: str, where: Path) -> None:
        self.path, self.where = FOLDER / f"VSME-Digital-Template-{version}.xlsx", where
        self.names, self.places = open_workbook(self.path).names, read(self.path).places

    def cell(self, name: str) -> tuple[str, str]:
        """Return sheet and address of an answer: `Name`, `Name[2]` (a row of a table), `Name_unit`."""
        plain, _, rest = name.partition("[")
        row = int(rest.rstrip("]") or 0)
        if plain not in self.places:
            area = self.names[plain]
            return area.sheet, cell_address(area.first_row + row, area.first_column)
        sheet, first = self.places[plain].rsplit("!", 1)
        match = re.fullmatch(r"([A-Z]+)(\d+)", first)
        assert match
        return sheet, f"{match[1]}{int(match[2]) + row}"

    def filled(self, key: str, answers: Mapping[str, Value]) -> Path:
        """Write a copy with answers."""
        cells: dict[str, dict[str, Value]] = {}
        for name, value in answers.items():
            sheet, at = self.cell(name)
            cells.setdefault(sheet, {})[at] = value
        return filled(self.path, self.where / f"{key}.xlsx", cells)

    def expected(self, text: str) -> Found:
        """Return severity, code, datapoint and cell of a finding in words."""
        severity, code, name, *at = text.replace(" @ ", " ").split()
        return severity, code, name.partition("[")[0], "!".join(self.cell(at[0] if at else name))


@pytest.fixture(scope="module", params=VERSIONS)
def checked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Template, Mapping[str, list[Found]]]:
    """Return a template and the findings of its clean copy (``) and of each broken one."""
    template = Template(request.param, tmp_path_factory.mktemp("official"))
    paths = {"": template.filled("clean", CLEAN)}
    paths |= {key: template.filled(key, {**CLEAN, **cells}) for key, (cells, _) in CASES.items()}
    return template, found_in({key: read(path) for key, path in paths.items()})


@pytest.mark.parametrize("key", CASES)
def test_what_is_broken_and_nothing_else_is_found_in_its_cell(
    key: str, checked: tuple[Template, Mapping[str, list[Found]]]
) -> None:
    template, found = checked
    known = set(found[""])
    assert sorted(f for f in found[key] if f not in known) == sorted(template.expected(text) for text in CASES[key][1])


def test_the_clean_template_has_neither_errors_nor_findings_without_a_cell(
    checked: tuple[Template, Mapping[str, list[Found]]],
) -> None:
    _, found = checked
    assert {code for _, code, _, _ in found[""]} == {"hours_assumed", "fte_assumed"}
    assert all(cell for findings in found.values() for *_, cell in findings)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_completeness_of_each_disclosure_is_said_of_official_templates(version: str, tmp_path: Path) -> None:
    template = Template(version, tmp_path)
    names = labels_of(version)
    answers: dict[str, Value] = {
        **CLEAN, f"{OMITTED}[0]": names["B9"], SOME_UNCHANGED: "YES", f"{UNCHANGED}[0]": names["C1"],
        "HasConvictionsOrFines": "NO", "NumberOfEmployees": "",
    }  # fmt: skip
    reading = read(template.filled("complete", answers))
    computed = compute(reading.facts, findings=reading.findings)
    found = {line.mark: line for line in disclosures_of(computed, reading.workbook.file, reading.places)}
    wanted = {"B1": "incomplete", "B9": "omitted", "C1": "unchanged", "B11": "not_applicable", "B5": "voluntary"}
    assert {mark: found[mark].status for mark in wanted} == wanted
    assert "NumberOfEmployees" in {name for name, _ in found["B1"].gaps}
    assert found["B11"].reasons
    cells = {cell for gap in found["B1"].gaps for cell in gap_cells(*gap, reading.places)}
    assert "!".join(template.cell("NumberOfEmployees")) in cells


def labels_of(version: str) -> Mapping[str, str]:
    """Return how a template's list of disclosures names B9 and C1, as a whole."""
    book = open_workbook(FOLDER / f"VSME-Digital-Template-{version}.xlsx")
    texts = [v for row in book.sheet("Enumeration Lists").rows for v in row if isinstance(v, str)]
    return {mark: next(t for t in texts if re.match(rf"(?:\[?\w* ?\]?)?{mark}\b", t)) for mark in ("B9", "C1")}
