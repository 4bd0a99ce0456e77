"""Tests of the results workbook: live formulas, names, hidden parts, texts of clients, charts, equal bytes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from formula_lint import lint
from recalculation import differences, formula_values

from vsme_xl.answers import facts_of
from vsme_xl.computing import compute
from vsme_xl.edition import load_edition
from vsme_xl.export import FLAT_COLUMNS, flat_rows
from vsme_xl.results.workbook import write_results
from vsme_xl.rules.parse import RuleError
from vsme_xl.rules.target import quoted
from vsme_xl.withheld import OMITTED

COMPANIES = Path(__file__).parent.parent / "sample_inputs" / "companies"
META = {"file": "input.xlsx", "sha256": "ab" * 32, "template": "vsme-xl", "template_version": "1"}
MODULE = "OptionBBasicModuleAndComprehensiveModuleMember"
WASTE_OIL = "W-130205-Hazardous-Mineral-BasedNon-ChlorinatedEngineGearAndLubricatingOilsMember"

ALMOST_EMPTY = {"EntityName": "Nothing yet", "Currency": "EUR"}
OFFICE: dict[str, Any] = {
    "EntityName": "Office",
    "ReportingPeriodStart": "2025-01-01",
    "ReportingPeriodEnd": "2025-12-31",
    "Currency": "SEK",
    "ExchangeRateToEUR": 0.0875,
    "BasisForPreparation": "OptionABasicModuleOnlyMember",
    "BasisForReporting": "IndividualMember",
    "Turnover": {"value": 9_100_000, "previous": 8_500_000},
    "TypeOfNumberOfEmployees": "Full-TimeEquivalentFTEMember",
    "WeeklyHoursOfFullTimePosition": 40,
    "fte": [{"FTE_NumberOfEmployees": 4, "FTE_WeeklyHours": 40}, {"FTE_NumberOfEmployees": 2, "FTE_WeeklyHours": 25}],
    "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": "SE",
    "GeneratesOnlyHouseholdWaste": True,
    "ReportsPollutantsByLawOrEMS": False,
    "HasWaterIntensiveProcesses": False,
    "HasConvictionsOrFines": False,
    "NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod": {"value": 1, "previous": 0},
    "ledger": [
        {"Ledger_Carrier": "electricity", "Ledger_Amount": 8200, "Ledger_Unit": "kWh"},
        {"Ledger_Carrier": "heat", "Ledger_Amount": 40, "Ledger_Unit": "GJ", "Ledger_EmissionFactorLocation": 60},
        {"Ledger_Carrier": "cooling", "Ledger_Amount": 3, "Ledger_Unit": "MWh"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Not in the list", "Ledger_Amount": 3, "Ledger_Unit": "t"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Gas/Diesel oil", "Ledger_Unit": "l"},
        {"Ledger_Amount": 7},
    ],
}
FACTORY: dict[str, Any] = {
    "EntityName": "Factory",
    "ReportingPeriodEnd": "2031-12-31",
    "Currency": "EUR",
    "BasisForPreparation": MODULE,
    "BasisForReporting": "ConsolidatedMember",
    "UndertakingsLegalForm": "CooperativeMember",
    "Turnover": {"value": 24e6, "previous": 0},
    "Assets": 11e6,
    "TypeOfNumberOfEmployees": "HeadcountMember",
    "NumberOfEmployeesHeadcount": 160,
    "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": "DE",
    "nace": [{"NaceSectorClassificationCodes": "NACE_C2511"}, {"NaceSectorClassificationCodes": "NACE_M6811"}],
    "CanBreakDownEnergy": True,
    "ResidualMixEmissionFactor": 500,
    "ledger": [
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Natural gas", "Ledger_Amount": 900_000, "Ledger_Unit": "kWh",
         "Ledger_HeatingValueBasis": "gross"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Heating oil *no 4?~", "Ledger_Amount": 100,
         "Ledger_OpeningStock": 2.5, "Ledger_ClosingStock": 1, "Ledger_Unit": "m3"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Wood/Wood waste", "Ledger_Amount": 40, "Ledger_Unit": "t",
         "Ledger_Use": "commercial"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "gas/diesel OIL", "Ledger_Amount": 5000, "Ledger_Unit": "UK_gal",
         "Ledger_Use": "mobile"},
        {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Lubricants", "Ledger_Amount": 2, "Ledger_Unit": "t",
         "Ledger_Use": "feedstock"},
        {"Ledger_Carrier": "self_generated_electricity", "Ledger_Amount": 120, "Ledger_Sold": 40, "Ledger_Unit": "MWh"},
        {"Ledger_Carrier": "self_generated_electricity", "Ledger_Fuel": "Natural gas", "Ledger_Amount": 50,
         "Ledger_Unit": "MWh"},
        {"Ledger_Carrier": "electricity", "Ledger_Amount": 282, "Ledger_Unit": "MWh", "Ledger_RenewableShare": 0.4,
         "Ledger_EmissionFactorMarket": 0, "Ledger_Evidence": "guarantee_of_origin"},
        {"Ledger_Carrier": "electricity", "Ledger_Country": "PL", "Ledger_Amount": 10, "Ledger_Unit": "MWh"},
        {"Ledger_Carrier": "steam", "Ledger_Amount": 10, "Ledger_Unit": "GJ", "Ledger_EmissionFactorLocation": 200},
    ],
    "fuels": [{"Fuel_Name": "Heating oil *no 4?~", "Fuel_NCV": 0.03921, "Fuel_NCVUnit": "TJ/m3", "Fuel_CO2": 75750,
               "Fuel_CH4": 3, "Fuel_N2O": 0.6},
              {"Fuel_Name": "Natural gas", "Fuel_Density": 0.8, "Fuel_BiogenicShare": 0.1}],
    "fugitive": [{"Fugitive_Gas": "R-410A", "Fugitive_Amount": 12.5, "Fugitive_Unit": "kg"},
                 {"Fugitive_Gas": "R-22", "Fugitive_Amount": 2, "Fugitive_Unit": "lb"}, {"Fugitive_Gas": "SF6"}],
    "waste": [{"TypeOfWasteAxis": WASTE_OIL, "WasteUnit": "kg", "WasteDivertedToRecycleOrReuseMass": 500},
              {"TypeOfWasteAxis": "W-150101-Non-Hazardous-PaperAndCardboardPackagingMember", "WasteUnit": "t",
               "WasteDivertedToRecycleOrReuseMass": 4.5, "WasteDirectedToDisposalMass": 0.5},
              {"TypeOfWasteAxis": "W-150102-Non-Hazardous-PlasticPackagingMember", "WasteUnit": "l",
               "WasteDirectedToDisposalVolume": 9000}],
    "GeneratesOnlyHouseholdWaste": False,
    "RadioactiveWasteMass": {"value": 20, "unit": "kg", "previous": 30},
    "TotalHazardousWasteGeneratedMass": {"value": 620, "unit": "kg", "previous": 0.7},
    "HasSignificantMaterialFlows": True,
    "materials": [{"IdentifierOfMaterialTypedAxis": "M1", "NameOfMaterialUsed": "Steel", "MaterialUnit": "kg",
                   "WeightOfMaterialUsed": 1500}],
    "TotalMassOfMaterialUsed": {"value": 1400, "unit": "kg"},
    "HasWaterIntensiveProcesses": True,
    "water": [{"Water_Site": "A", "Water_Withdrawal": 900, "Water_Discharge": 300, "Water_HighStress": True},
              {"Water_Site": "B", "Water_BuildingWithdrawal": 1296, "Water_BuildingEmployees": 100,
               "Water_BuildingWorkdays": 240, "Water_OwnEmployees": 25, "Water_OwnWorkdays": 220},
              {"Water_Site": "C"}],
    "fixtures": [{"Fixture_Name": "Taps", "Fixture_FlowPerUse": 6, "Fixture_UsesPerDay": 3, "Fixture_DaysPerYear": 220,
                  "Fixture_Occupancy": 12}],
    "ReportsPollutantsByLawOrEMS": True,
    "PollutantUnit": "t",
    "pollutants": [{"TypeOfPollutantAxis": "MethaneCH4Member", "AmountOfEmissionToAir": 0.25}],
    "estimates": [{"Pollutant_Name": "MethaneCH4Member", "Pollutant_Medium": "air", "Pollutant_Activity": 2800,
                   "Pollutant_ActivityUnit": "km", "Pollutant_Factor": 1.52, "Pollutant_FactorUnit": "g/km"},
                  {"Pollutant_Name": "MethaneCH4Member", "Pollutant_Medium": "water", "Pollutant_Activity": 5,
                   "Pollutant_ActivityUnit": "t", "Pollutant_Factor": 2, "Pollutant_FactorUnit": "g/km"}],
    "biodiversity": [{"IdentifierOfSitesInBiodiversitySensitiveAreasTypedAxis": "A",
                      "AreaOfSiteInBiodiversitySensitiveArea": 2, "SiteLocatedInABiodiversitySensitiveArea": True}],
    "TotalUseOfLand": {"value": 68_000, "unit": "sqm", "previous": 6.5},
    "TotalSealedArea": {"value": 2, "unit": "ha"},
    "countries": [{"CountryOfEmploymentContractAxis": "DE", "NumberOfEmployeesForCountryOfEmploymentContract": 150},
                  {"CountryOfEmploymentContractAxis": "PL", "NumberOfEmployeesForCountryOfEmploymentContract": 10}],
    "NumberOfMaleEmployees": 90, "NumberOfFemaleEmployees": 70, "NumberOfPermanentContractEmployees": 160,
    "NumberOfEmployeesWhoLeft": 12, "NumberOfEmployeesAtBeginningOfPeriod": 150, "NumberOfEmployeesAtEndOfPeriod": 160,
    "AverageGrossHourlyPayOfMaleEmployees": 30, "AverageGrossHourlyPayOfFemaleEmployees": 26,
    "NumberOfEmployeesCoveredByCollectiveBargainingAgreements": 32,
    "NumberOfFemaleEmployeesAtManagementLevel": 3, "NumberOfMaleEmployeesAtManagementLevel": 0,
    "DisclosesScope3": True,
    "scope3": [{"Scope3_Category": "1", "Scope3_Emissions": 500}, {"Scope3_Category": "6", "Scope3_Emissions": 20.5}],
    "HasGHGReductionTargets": True,
    "GreenhouseGasEmissionReductionTargetBaseYear": 2020, "GreenhouseGasEmissionReductionTargetYear": 2030,
    "GreenhouseGasEmissionReductionSecondTargetYear": 2045,
    "GrossScope1GreenhouseGasEmissions_BaselineYearMember": 900,
    "GrossLocationBasedScope2GreenhouseGasEmissions_BaselineYearMember": 300,
    "GrossScope1GreenhouseGasEmissions_TargetYearMember": 400,
    "GrossLocationBasedScope2GreenhouseGasEmissions_TargetYearMember": 200,
    "GrossScope1GreenhouseGasEmissions_SecondTargetYear": 90,
    "GrossLocationBasedScope2GreenhouseGasEmissions_SecondTargetYear": 10,
    "TargetCoverageScope1": 1, "TargetCoverageScope2": 0.5,
    "GrossScope1GreenhouseGasEmissions": {"value": 450, "previous": 500},
    "practices": [{"Practice_Issue": "ClimateChangeMember", "Practice_Exists": True, "Practice_Public": False,
                   "Practice_HasTarget": True, "Practice_Description": "=SUM(A1) is no formula\nsecond line",
                   "Practice_Target": "-40 %"},
                  {"Practice_Issue": "OwnWorkforceMember", "Practice_Exists": True, "Practice_Description": "Safety"}],
    "HasRevenueFromCertainActivities": True, "RevenueDerivedFromCoal": 240_000, "RevenueDerivedFromGas": 100,
    "RevenueFromElectricityAbove100gCO2ePerKWh": 12e6,
    "HasGovernanceBody": True, "NumberOfFemaleMembersOfGovernanceBody": 3, "NumberOfMaleMembersOfGovernanceBody": 3,
}  # fmt: skip
PAPER = "W-150101-Non-Hazardous-PaperAndCardboardPackagingMember"
HOSTILE = {
    "EntityName": "=HYPERLINK(\"http://example.com\",\"click\")",
    "Currency": "EUR",
    "DescriptionOfSustainabilityRelatedCertificationsOrLabels": "+1",
    "HasCertifications": True,
    "DisclosureOfAnyOtherGeneralAndOrEntitySpecificInformation": "@SUM(1;2) \x01 bell",
    "sites": [{"IdentifierOfSiteTypedAxis": "-2+3", "AddressOfSite": "https://example.com/a", "CityOfSite": "{=1}"}],
    "ledger": [{"Ledger_Carrier": "fuel", "Ledger_Fuel": "=1+1", "Ledger_Amount": 1, "Ledger_Unit": "t"}],
}


def sample(name: str) -> dict[str, Any]:
    answers: dict[str, Any] = yaml.safe_load((COMPANIES / f"{name}.yaml").read_text(encoding="utf-8"))["answers"]
    return answers


SETS = {
    "almost_empty": ALMOST_EMPTY, "office": OFFICE, "factory": FACTORY, "hostile": HOSTILE,
    **{path.stem: sample(path.stem) for path in sorted(COMPANIES.glob("*.yaml"))},
}  # fmt: skip


def written(name: str, folder: Path, structure: str = "esg") -> Path:
    path = folder / f"{name}-{structure}.xlsx"
    return write_results(compute(facts_of(SETS[name])), path, meta=META, structure=structure)


@pytest.mark.parametrize("name", SETS)
def test_libreoffice_recalculates_every_formula_to_the_value_stored_with_it(name: str, tmp_path: Path) -> None:
    path = written(name, tmp_path)
    stored = formula_values(path)
    assert len(stored) >= {"almost_empty": 5, "hostile": 20}.get(name, 100)
    assert differences(path, tmp_path) == []


def test_a_wrong_stored_value_is_found_by_the_recalculation(tmp_path: Path) -> None:
    path = written("office", tmp_path)
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as out:
        for part in source.namelist():
            data = source.read(part)
            if part.startswith("xl/worksheets/"):
                data = re.sub(rb"(<f>TurnoverInEUR</f><v>|<f>IF\(COUNT\([^<]*</f><v>)([\d.]+)", rb"\g<1>9\2", data)
            out.writestr(part, data)
    assert differences(broken, tmp_path) != []


@pytest.mark.parametrize("structure", ["dnk", "vsme"])
def test_other_structures_hold_the_same_facts_and_recalculate(structure: str, tmp_path: Path) -> None:
    path = written("factory", tmp_path, structure)
    assert differences(path, tmp_path) == []
    assert concepts(path, structure) == concepts(written("factory", tmp_path), "esg")


def concepts(path: Path, structure: str) -> list[str]:
    """Return what stands in the hidden first column of the topic sheets."""
    from vsme_xl.language import load_language

    topics = set(load_language("en").texts["results"]["topics"][structure].values())
    book = openpyxl.load_workbook(path)
    firsts = [row[0].value for s in book if s.title in topics for row in s.iter_rows(max_col=1)]
    return sorted(str(value) for value in firsts if value)


@pytest.mark.parametrize("name", SETS)
def test_every_formula_of_the_results_is_known_to_excel_2010(name: str, tmp_path: Path) -> None:
    assert lint(written(name, tmp_path)) == []


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written("factory", tmp_path).read_bytes()
    (tmp_path / "again").mkdir()
    assert written("factory", tmp_path / "again").read_bytes() == first


def test_one_of_many_workbooks_gets_the_same_bytes_as_alone(tmp_path: Path) -> None:
    facts = pd.concat([facts_of(SETS[name], name) for name in ("office", "factory", "almost_empty")], ignore_index=True)
    every = compute(facts)
    for name in ("office", "factory", "almost_empty"):
        alone = write_results(compute(facts_of(SETS[name], name)), tmp_path / "alone.xlsx", meta=META).read_bytes()
        among = write_results(every, tmp_path / "among.xlsx", workbook=name, meta=META).read_bytes()
        assert alone == among, name


def test_what_does_not_apply_is_hidden_and_listed_with_rule_and_answer(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written("office", tmp_path))
    sheet = book["Environment"]
    hidden = {sheet.cell(r, 1).value for r in range(1, sheet.max_row + 1) if sheet.row_dimensions[r].hidden}
    assert "TotalWasteGeneratedMass" in hidden
    assert "TotalEnergyConsumption" not in hidden
    listed = [[c.value for c in row] for row in book["Not applicable"].iter_rows(min_row=5)]
    waste = next(row for row in listed if row[2] == "Waste")
    assert waste[3] == "Not applicable"
    assert "Only household waste?" in str(waste[4])
    assert "Yes" in str(waste[5])


def test_a_topic_of_which_nothing_applies_is_a_hidden_sheet(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written("office", tmp_path, "vsme"))
    assert book["C3"].sheet_state == "hidden"
    assert book["B3"].sheet_state == "visible"


def test_texts_of_a_client_stay_texts(tmp_path: Path) -> None:
    path = written("hostile", tmp_path)
    book = openpyxl.load_workbook(path)
    texts = {c.value for s in book for row in s.iter_rows() for c in row if c.data_type == "s"}
    assert {HOSTILE["EntityName"], "+1", "@SUM(1;2)  bell", "-2+3", "https://example.com/a", "{=1}", "=1+1"} <= texts
    formulas = " ".join(str(c.value) for s in book for row in s.iter_rows() for c in row if c.data_type == "f")
    assert "example" not in formulas and "HYPERLINK" not in formulas
    with zipfile.ZipFile(path) as file:
        relations = "".join(file.read(n).decode() for n in file.namelist() if n.endswith(".rels"))
    assert 'TargetMode="External"' not in relations


def test_every_name_a_formula_uses_is_defined_and_leads_to_cells(tmp_path: Path) -> None:
    edition = load_edition()
    known = set(edition.datapoints) | set(edition.parameters)
    book = openpyxl.load_workbook(written("factory", tmp_path))
    names = set(book.defined_names)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    plain = re.sub(r'"[^"]*"|\'[^\']*\'![$A-Z0-9:]+', "", str(cell.value))
                    used = set(re.findall(r"[A-Za-z][A-Za-z0-9_]+(?![A-Za-z0-9_(])", plain)) & known
                    assert used <= names, f"{sheet.title}!{cell.coordinate}: {used - names}"
    for name in names & known:
        sheet_name, _, place = book.defined_names[name].attr_text.rpartition("!")
        assert sheet_name.strip("'") in book.sheetnames and place.startswith("$"), name


def test_a_reported_amount_in_another_unit_is_converted_by_a_formula(tmp_path: Path) -> None:
    path = written("factory", tmp_path)
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    sheet, _, place = book.defined_names["RadioactiveWasteMass"].attr_text.rpartition("!")
    cell = book[sheet.strip("'")][place.replace("$", "")]
    assert str(cell.value).startswith("=IF(AND(ISNUMBER('Environment'!")
    assert values[sheet.strip("'")][cell.coordinate].value == pytest.approx(0.02)


def test_previous_year_and_change_stand_beside_the_value(tmp_path: Path) -> None:
    facts = facts_of(SETS["factory"])
    facts.loc[(facts["name"] == "TotalUseOfLand") & (facts["period"] == "previous"), "unit"] = "ha"
    path = write_results(compute(facts), tmp_path / "previous.xlsx", meta=META)
    assert differences(path, tmp_path) == []
    values = openpyxl.load_workbook(path, data_only=True)["Environment"]
    rows = {str(r[1].value): [c.value for c in r] for r in values.iter_rows() if r[0].value}
    assert rows["Scope 1 emissions"][3:8] == [450, "tCO2e", 500, -50, -0.1]
    land = rows["Total land use"]
    assert land[3:6] == [68000, "m²", 65000]
    assert land[6:8] == [3000, pytest.approx(3000 / 65000)]


def test_a_rise_from_below_zero_is_a_rise(tmp_path: Path) -> None:
    water = {"value": 20, "previous": -10}
    facts = facts_of({"EntityName": "A", "HasWaterIntensiveProcesses": True, "TotalWaterConsumption": water})
    path = write_results(compute(facts), tmp_path / "rise.xlsx", meta=META)
    rows = openpyxl.load_workbook(path, data_only=True)["Environment"].iter_rows(values_only=True)
    assert [row[5:8] for row in rows if row[0] == "TotalWaterConsumption"] == [(-10, 30, 3)]


def test_the_change_of_a_share_is_in_percentage_points_in_each_language(tmp_path: Path) -> None:
    facts = facts_of({"EntityName": "A", "EmployeeTurnoverRate": {"value": 0.091, "previous": 0.098}})
    for language, points in (("en", "pp"), ("de", "PP"), ("da", "pp"), ("sv", "pe")):
        path = tmp_path / f"{language}.xlsx"
        write_results(compute(facts), path, meta=META, language=language)
        sheets = openpyxl.load_workbook(path, data_only=True).worksheets
        cells = [c for s in sheets for row in s.iter_rows() for c in row if f'" {points}"' in str(c.number_format)]
        assert [round(float(c.value), 9) for c in cells] == [-0.7, -0.7], language


def test_the_summary_prints_on_one_page_without_the_figures_behind_its_charts(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written("factory", tmp_path), data_only=True).worksheets[0]
    printed = int(str(sheet.print_area).rpartition("$")[2])
    behind = [cell.row for cell in sheet["B"] if str(cell.value).startswith("Figures of the chart")]
    kept = [cell.row for cell in sheet["B"] if cell.value is not None and cell.row < min(behind)]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)
    assert max(kept) <= printed
    assert printed < max(behind)


def test_the_data_sheet_is_a_table_of_every_fact(tmp_path: Path) -> None:
    computed = compute(facts_of(SETS["factory"]))
    path = write_results(computed, tmp_path / "data.xlsx", meta=META)
    sheet = openpyxl.load_workbook(path)["Data"]
    table = sheet.tables["Facts"]
    assert table.ref.startswith("B4:K")
    facts = computed.facts[computed.facts["period"] == "current"]
    assert int(table.ref.split("K")[1]) - 4 >= len(facts)
    assert sum(1 for row in sheet.iter_rows(min_row=5) if row[1].value == "Turnover") == 1
    # what a fact is broken down by stands there as it does in CSV, also in rows of tables without an axis
    rows = [dict(zip(FLAT_COLUMNS, row, strict=True)) for row in flat_rows(facts)]
    in_data = Counter((row[1].value, row[2].value or "") for row in sheet.iter_rows(min_row=5) if row[1].value)
    assert Counter((row["concept"], row["dimensions"]) for row in rows) - in_data == Counter()
    assert in_data["Ledger_Amount", "row=2"] == 1
    order = [str(row[1].value) for row in sheet.iter_rows(min_row=5)]
    assert order[0] == "EntityName" and order.index("Turnover") < order.index("GrossScope1GreenhouseGasEmissions")


def test_charts_stand_only_where_they_have_data(tmp_path: Path) -> None:
    def charts(path: Path) -> int:
        with zipfile.ZipFile(path) as file:
            return sum(n.startswith("xl/charts/chart") for n in file.namelist())

    assert charts(written("factory", tmp_path)) == 4
    assert charts(written("almost_empty", tmp_path)) == 0


def test_a_text_literal_too_long_for_a_formula_is_refused() -> None:
    with pytest.raises(RuleError):
        quoted("x" * 256)


def test_a_failed_write_leaves_no_file_behind(tmp_path: Path) -> None:
    computed = compute(facts_of(ALMOST_EMPTY))
    with pytest.raises(OSError, match="missing"):
        write_results(computed, tmp_path / "missing" / "results.xlsx", meta=META)
    with pytest.raises(KeyError):
        write_results(computed, tmp_path / "results.xlsx", meta=META, structure="unknown")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "members",
    [
        ["B3-EnergyAndGreenhouseGasEmissionsMember"],
        ["B3BreakdownOfEnergyConsumptionInMWhMember", "B7WasteGeneratedMember"],
        ["B6-WaterMember"],
    ],
)
def test_what_is_omitted_as_sensitive_stands_nowhere_in_the_results(members: list[str], tmp_path: Path) -> None:
    secret = 123_457.25
    answers = {
        "omitted": [{OMITTED: member} for member in members],
        "TotalEnergyConsumption": secret, "GrossScope1GreenhouseGasEmissions": secret,
        "EnergyConsumptionFromFuels": secret, "TotalWasteGeneratedMass": secret,
        "TotalAmountOfWaterWithdrawnFromAllSites": secret,
        "ledger": [{"Ledger_Carrier": "electricity", "Ledger_Amount": secret, "Ledger_Unit": "MWh"}],
        "waste": [{"TypeOfWasteAxis": PAPER, "WasteUnit": "t", "WasteDirectedToDisposalMass": secret}],
        "water": [{"Water_Site": "A", "Water_Withdrawal": secret}],
    }  # fmt: skip
    computed = compute(facts_of(answers))
    omitted = set(computed.omitted["answers"])
    for name in answers:
        edition = load_edition()
        section = edition.tables[name].section if name in edition.tables else edition.datapoints[name].section
        assert (section in omitted) == (name not in set(computed.facts["table"]) | set(computed.facts["name"])), name
    path = write_results(computed, tmp_path / "r.xlsx", meta={})
    assert differences(path, tmp_path) == []
    assert "omitted_but_filled" in set(computed.findings["code"])


def test_a_constant_that_no_rule_uses_stands_apart_on_the_method_sheet(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written("factory", tmp_path))["Method"]
    column = [str(cell.value) for cell in sheet["B"]]
    used = column.index("Constants of the standard that rules use")
    apart = column.index("Limits of the standard that answers follow; no formula uses them")
    pay_gap = column.index("Pay gap: asked from this many employees on")
    assert used < pay_gap < column.index("Net to gross ratio of solids") < apart
    assert sheet.cell(pay_gap + 1, 3).value == 150
    for label in ("Water: high stress above this ratio", "Time horizons: end of the medium term"):
        assert apart < column.index(label)
