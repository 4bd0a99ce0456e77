"""Checks the invented companies: their workbooks rebuild, read back as written, and give figures worked out by hand."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from sample_builder import builder

from vsme_xl.answers import facts_of
from vsme_xl.computing import Computed, compute
from vsme_xl.reading.read_workbook import read

SAMPLES = Path(__file__).parent.parent / "sample_inputs"
COMPLETE = ("consultancy", "manufacturer", "cooperative")
TRANSLATED = ("consultancy.sv", "planungsbuero.de", "emballage.da")
OPEN = ("missing", "incomplete", "inconsistent", "unreadable")
RAW = ("value", "unit", "kind", "concept")


@cache
def answered(name: str) -> pd.DataFrame:
    """Return the facts of a company as its readable file states them."""
    return facts_of(builder().company(name)["answers"], name)


@cache
def computed(name: str) -> Computed:
    """Return what is computed of a company's answers."""
    return compute(answered(name))


def figure(name: str, datapoint: str) -> float:
    """Return the effective value of one datapoint of a company in its base unit."""
    return float(computed(name).values.array(datapoint)[0])  # noqa: PD011


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build all samples anew and return their folder."""
    folder = tmp_path_factory.mktemp("samples")
    builder().build(folder)
    return folder


@pytest.mark.parametrize("name", [*COMPLETE, "mistakes", *TRANSLATED])
def test_a_sample_workbook_is_what_its_company_file_builds_today(name: str, rebuilt: Path) -> None:
    with zipfile.ZipFile(rebuilt / f"{name}.xlsx") as new, zipfile.ZipFile(SAMPLES / f"{name}.xlsx") as old:
        assert sorted(new.namelist()) == sorted(old.namelist())
        different = [part for part in new.namelist() if new.read(part) != old.read(part)]
    assert different == [], "run python sample_inputs/build.py"


@pytest.mark.parametrize("name", COMPLETE)
def test_every_answer_of_a_company_comes_back_from_its_workbook(name: str) -> None:
    key = ["name", "dimensions", "table", "row", "period"]
    given = answered(name).set_index(key)
    found = read(SAMPLES / f"{name}.xlsx").facts.set_index(key)
    assert set(given.index) == set(found.index)
    for column in RAW:
        theirs = found[column].to_dict()
        wrong = {k: (v, theirs[k]) for k, v in given[column].to_dict().items() if not same(v, theirs[k])}
        assert wrong == {}, column


def same(expected: object, found: object) -> bool:
    """Return whether two values are equal, numbers within floating point."""
    if isinstance(expected, float) and isinstance(found, float):
        return expected == pytest.approx(found, rel=1e-12)
    return expected == found


@pytest.mark.parametrize("name", COMPLETE)
def test_a_workbook_and_its_company_file_give_the_same_figures(name: str) -> None:
    key = ["name", "dimensions", "row", "period"]
    theirs = compute(read(SAMPLES / f"{name}.xlsx").facts).facts.set_index([*key, "basis"])["value"].to_dict()
    mine = computed(name).facts.set_index([*key, "basis"])["value"].to_dict()
    assert mine.keys() == theirs.keys()
    assert {k: (v, theirs[k]) for k, v in mine.items() if not same(v, theirs[k])} == {}


@pytest.mark.parametrize("name", COMPLETE)
def test_a_carefully_filled_workbook_has_no_errors(name: str) -> None:
    reading = read(SAMPLES / f"{name}.xlsx")
    found = pd.concat([reading.findings, compute(reading.facts).findings])
    assert found.loc[found["severity"] == "error", ["code", "cell"]].to_numpy().tolist() == []


@pytest.mark.parametrize("name", COMPLETE)
def test_the_statuses_of_a_carefully_filled_workbook_leave_nothing_open(name: str) -> None:
    """Cells that wait for an answer, on the sheets a person sees, agree with what the check of the file says."""
    book = openpyxl.load_workbook(SAMPLES / f"{name}.xlsx", data_only=True)
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    found = {(sheet.title, cell.coordinate) for sheet in seen for row in sheet for cell in row if cell.value in OPEN}
    status = computed(name).applicability["status"]
    assert not found
    assert not set(status) & {"missing", "incomplete"}


def test_the_parts_of_the_companies_add_up_to_their_wholes() -> None:
    for name in COMPLETE:
        for parts in ("NumberOfEmployeesByContract", "NumberOfEmployeesByGender"):
            assert figure(name, parts) == pytest.approx(figure(name, "NumberOfEmployees")), (name, parts)
    assert figure("manufacturer", "NumberOfEmployeesByCountry") == 180


MWH_PER_TJ = 1 / 0.0036
LITRES_OF_PETROL = 1180 * 0.74 / 1e6 * 44.3
CONSULTANCY = {
    "TotalEnergyConsumption": 11.4 + 18.6 + LITRES_OF_PETROL * MWH_PER_TJ,
    "EnergyConsumptionFromElectricity_RenewableEnergyMember": 11.4 + 18.6 * 0.82,
    "GrossScope1GreenhouseGasEmissions": LITRES_OF_PETROL * (69.3 + 3.8e-3 * 29.8 + 5.7e-3 * 273),
    "GrossLocationBasedScope2GreenhouseGasEmissions": (11.4 * 35.89 + 18.6 * 54) / 1000,
    "GrossMarketBasedScope2GreenhouseGasEmissions": 18.6 * 54 / 1000,
    "TotalAmountOfWaterWithdrawnFromAllSites": 1296 / (100 * 240) * 6 * 215,
    "AmountOfWaterWithdrawnAtSitesLocatedInAreasOfHighWaterStress": 0,
    "NumberOfEmployees": 6,
    "NumberOfFullTimeEquivalents": (4 * 40 + 30 + 25) / 40,
    "PercentageOfEmployeesCoveredByCollectiveBargainingAgreements": 5 / 6,
    "AverageNumberOfAnnualTrainingHoursPerFemaleEmployee": 18.5,
    "RateOfRecordableWorkRelatedAccidentsInTheReportingPeriod": 0,
    "AssetsInEUR": 5840000 * 0.0905,
}

GAS = 9640 * 0.9 + 212000 * 0.7 / 1e6 * 48 * MWH_PER_TJ
DIESEL_MOBILE, DIESEL_STATIONARY = 148 * 0.84 / 1000 * 43, 4.5 * 0.84 / 1000 * 43
PETROL, SOLVENT, WOOD, LPG = 21.5 * 0.74 / 1000 * 44.3, 61 * 27 / 1000, 38 * 15.6 / 1000, 9.6 * 47.3 / 1000
FUELS_TJ = DIESEL_MOBILE + DIESEL_STATIONARY + PETROL + SOLVENT + WOOD + LPG
SCOPE_1 = (
    GAS * 0.0036 * (56.1 + 1e-3 * 29.8 + 0.1e-3 * 273)
    + DIESEL_MOBILE * (74.1 + 3.9e-3 * 29.8 + 3.9e-3 * 273)
    + DIESEL_STATIONARY * (74.1 + 3e-3 * 29.8 + 0.6e-3 * 273)
    + PETROL * (69.3 + 3.8e-3 * 29.8 + 5.7e-3 * 273)
    + SOLVENT * (73 + 30e-3 * 29.8 + 4e-3 * 273)
    + WOOD * (300e-3 * 27.0 + 4e-3 * 273)
    + LPG * (63.1 + 62e-3 * 29.8 + 0.2e-3 * 273)
    + 12.5e-3 * (0.5 * 771 + 0.5 * 3740)
    + 4e-3 * 1530
    + 3
)
ELECTRICITY = 4850 + 2310 + 42 + 118.5 + 3900 / 3.6
LOCATION = (4850 * 342.06 + 2310 * 614.98 + 42 * 102.62 + 118.5 * 342.06 + 3900 / 3.6 * 265) / 1000
MARKET = (4850 * 180 + 2310 * 614.98 + 118.5 * 180 + 3900 / 3.6 * 265) / 1000
SCOPE_3 = 33900 + 1150 + 1320 + 2480 + 210 + 96 + 245 + 1870 + 640
HAZARDOUS = 31.5 + 2.9 + 6.4 + 12.6 + 4.1 + 5.2 + 1.75
RECYCLED = 1420 + 128 + 46.5 + 11.8 + 1.85 + 22 + 6.4 + 12.6
DISPOSED = 2.4 + 64 + 31.5 + 2.9 + 4.1 + 5.2 + 1.75
WATER = 18400 + 9300 + 1150 / (85 * 250) * 6 * 220 + (6 * 3 + 2 * 5) * 250 * 8 / 1000
MANUFACTURER = {
    "TotalEnergyConsumption": ELECTRICITY + 620 - 85 + GAS + FUELS_TJ * MWH_PER_TJ,
    "EnergyConsumptionFromSelfGeneratedElectricity": 535,
    "EnergyConsumptionFromFuels_RenewableEnergyMember": WOOD * MWH_PER_TJ,
    "GrossScope1GreenhouseGasEmissions": SCOPE_1,
    "BiogenicCO2Emissions": WOOD * 112,
    "OtherGasEmissions": 1.2e-3 * 1960,
    "GrossLocationBasedScope2GreenhouseGasEmissions": LOCATION,
    "GrossMarketBasedScope2GreenhouseGasEmissions": MARKET,
    "GrossScope3GreenhouseGasEmissions": SCOPE_3,
    "TotalGrossLocationBasedGHGEmissions": SCOPE_1 + LOCATION + SCOPE_3,
    "Scope1AndScope2IntensityPerMillionEURLocationBased": (SCOPE_1 + LOCATION) / 42.6,
    "ReductionScope1And2LocationBased": 1 - 4400 / 7900,
    "SBTiReferenceReduction": 0.42,
    "SecondSBTiReferenceReduction": 0.66,
    "TargetCoverageTotal": (SCOPE_1 + LOCATION + 0.67 * SCOPE_3) / (SCOPE_1 + LOCATION + SCOPE_3),
    "TotalAmountOfWaterWithdrawnFromAllSites": WATER,
    "TotalWaterConsumption": WATER - 15950 - 8100 - 17.9,
    "WaterConsumptionInHighStressAreas": 1200,
    "TotalHazardousWasteGeneratedMass": HAZARDOUS,
    "TotalWasteGeneratedMass": RECYCLED + DISPOSED,
    "TotalHazardousWasteGeneratedVolume": 18,
    "RecyclingRate": RECYCLED / (RECYCLED + DISPOSED),
    "TotalMassOfMaterialUsed": 9800 + 1150 + 310 + 24 + 420,
    "SealedAreaShare": 41 / 68,
    "EmployeeTurnoverRate": 19 / 177,
    "RateOfRecordableWorkRelatedAccidentsInTheReportingPeriod": 5 / 282400 * 200000,
    "PercentageGapInPayBetweenFemaleAndMaleEmployees": 2.5 / 27.4,
    "FemaleToMaleRatioAtManagementLevelForTheReportingPeriod": 4 / 11,
    "GenderDiversityRatioInGovernanceBody": 0.5,
}

DIESEL = 98.3 * 0.84 / 1000 * 43
BIODIESEL, STONES, BIOGAS, GAS_TJ = 8 * 0.85 / 1000 * 27, 420 * 17.2 / 1000, 1.116, 152 * 0.9 * 0.0036
COOPERATIVE = {
    "TotalEnergyConsumption": 1480 + 612 + 665 + (DIESEL + BIODIESEL + STONES + BIOGAS + GAS_TJ) * MWH_PER_TJ,
    "RenewableEnergyConsumption": 1480 * 0.35 + 665 + (BIODIESEL + STONES + BIOGAS) * MWH_PER_TJ,
    "BiogenicCO2Emissions": BIODIESEL * 70.8 + STONES * 100 + BIOGAS * 54.6,
    "GrossScope1GreenhouseGasEmissions": DIESEL * (74.1 + 3.9e-3 * 29.8 + 3.9e-3 * 273)
    + BIODIESEL * (3.9e-3 * 27.0 + 3.9e-3 * 273)
    + STONES * (30e-3 * 27.0 + 4e-3 * 273)
    + BIOGAS * (1e-3 * 27.0 + 0.1e-3 * 273)
    + GAS_TJ * (56.1 + 1e-3 * 29.8 + 0.1e-3 * 273)
    + 9e-3 * (0.243 * 771 + 0.247 * 3740 + 0.253 * 0.501 + 0.257 * 1530)
    + 0.8 * 27.0,
    "GrossLocationBasedScope2GreenhouseGasEmissions": 2092 * 146.15 / 1000,
    "GrossMarketBasedScope2GreenhouseGasEmissions": (1480 * 176 + 612 * 273) / 1000,
    "AreaOfSitesInOrNearBiodiversitySensitiveAreas": 250.9,
    "TotalAmountOfWaterWithdrawnFromAllSites": 312000 + 21500 + 48000 + 240 + 120,
    "AmountOfWaterWithdrawnAtSitesLocatedInAreasOfHighWaterStress": 312000 + 21500 + 48000 + 120,
    "WaterConsumptionInHighStressAreas": 312000 + 3600 + 48000,
    "TotalHazardousWasteGeneratedMass": 0.48 + 1.9 + 0.35 + 2.15,
    "RecyclingRate": (1240 + 2860 + 14.2 + 1.9 + 2.15) / (1275 + 2860 + 16.3 + 0.48 + 2.25 + 2.15),
    "NumberOfEmployees": 52.4,
    "EmployeeTurnoverRate": 6 / 52.4,
    "RateOfRecordableWorkRelatedAccidentsInTheReportingPeriod": 3 / (52.4 * 1780) * 200000,
    "AverageNumberOfAnnualTrainingHoursPerFemaleEmployee": 18,
    "RevenueShareOil": 0.0625,
    "UndertakingsAreExcludedFromAnyEuReferenceBenchmarksThatAreAlignedWithTheParisAgreement": 0,
}
HAND_CHECKED = {"consultancy": CONSULTANCY, "manufacturer": MANUFACTURER, "cooperative": COOPERATIVE}


@pytest.mark.parametrize(("name", "datapoint"), [(n, d) for n, figures in HAND_CHECKED.items() for d in figures])
def test_a_headline_figure_is_what_plain_arithmetic_gives(name: str, datapoint: str) -> None:
    assert figure(name, datapoint) == pytest.approx(HAND_CHECKED[name][datapoint], rel=1e-9)


def test_the_cooperative_sums_its_pollutants_per_medium() -> None:
    result = computed("cooperative").values  # noqa: PD011
    names = list(result.array("PollutantTotal_Name"))
    air, water = result.array("PollutantTotal_Air"), result.array("PollutantTotal_Water")
    assert air[names.index("ParticulateMatterPMMember")] == pytest.approx(62.32)
    assert air[names.index("SulphurOxidesSOxSO2Member")] == pytest.approx(79.464)
    assert air[names.index("NonMethaneVolatileOrganicCompoundsNMVOCMember")] == pytest.approx(1460)
    assert water[names.index("TotalNitrogenMember")] == pytest.approx(5200 + 268.5)


def test_the_workbook_of_mistakes_is_read_and_its_mistakes_are_named() -> None:
    reading = read(SAMPLES / "mistakes.xlsx")
    result = compute(reading.facts)
    unreadable = set(zip(reading.findings["code"], reading.findings["name"], strict=True))
    assert unreadable >= {
        ("number_with_text", "Turnover"),
        ("not_a_number", "NumberOfFemaleEmployees"),
        ("not_yes_or_no", "HasCertifications"),
        ("waste_code_coarse", "TypeOfWasteAxis"),
        ("unknown_code", "Ledger_Country"),
        ("unit_missing", "AmountOfEmissionToAir"),
        ("coarse_code", "NaceSectorClassificationCodes"),
        ("not_available", "NumberOfFatalitiesAsAResultOfWorkRelatedInjuriesAndWorkRelatedIllHealth"),
    }
    assert set(result.findings["code"]) >= {
        "period_end_before_start", "ledger_fuel_missing", "ledger_row_without_energy", "ledger_row_without_scope2",
        "ledger_market_factor_without_evidence", "ledger_negative_consumption", "pollutant_unit_mismatch",
        "target_before_base_year", "target_not_below_base", "parts_differ_from_total", "part_above_whole",
        "reported_differs_from_computed", "not_applicable_but_filled", "omitted_but_filled", "ratio_not_defined",
    }  # fmt: skip
    cells = set(reading.findings["cell"]) | set(result.findings["cell"])
    assert all("!" in cell for cell in cells if cell)


def test_numbers_that_clients_type_as_text_are_read_where_they_are_clear() -> None:
    facts = read(SAMPLES / "mistakes.xlsx").facts.set_index(["name", "row"])["value"]
    assert facts["Assets", -1] == 2450000
    assert facts["Ledger_Amount", 2] == 5000
    assert facts["Ledger_RenewableShare", 6] == 0.5
    assert facts["AverageGrossHourlyPayOfMaleEmployees", -1] == 21.4
    assert ("Turnover", -1) not in facts.index


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_answer_of_a_sample_in_another_language_comes_back_without_errors(name: str) -> None:
    reading = read(SAMPLES / f"{name}.xlsx")
    assert reading.workbook.language == name[-2:]
    found = pd.concat([reading.findings, compute(reading.facts).findings])
    assert set(found["code"]) <= {"ledger_grid_year_differs", "ledger_renewable_assumed"}
    key = ["name", "dimensions", "table", "row", "period"]
    given, theirs = answered(name).set_index(key)["value"].to_dict(), reading.facts.set_index(key)["value"].to_dict()
    assert given.keys() == theirs.keys()
    assert {k: (v, theirs[k]) for k, v in given.items() if not same(v, theirs[k])} == {}


def test_no_text_that_a_translation_replaces_is_unknown_to_its_model() -> None:
    """A text that its model no longer has would stand there in English."""
    for name in TRANSLATED:
        data = yaml.safe_load((SAMPLES / "translations" / f"{name}.yaml").read_text(encoding="utf-8"))
        model = str(builder().company(data["like"]))
        assert [text for text in data["texts"] if repr(str(text))[1:-1] not in model] == [], name


def test_a_computed_fact_of_a_row_without_a_readable_key_is_known_by_the_number_of_its_row() -> None:
    """The workbook of mistakes has an amount of waste whose type is on no list."""
    facts = compute(read(SAMPLES / "mistakes.xlsx").facts).facts
    mine = facts[facts["name"] == "TotalWasteRecycledReusedAndDirectedToDisposalMass"]
    assert (("TypeOfWasteAxis", "2"),) in set(mine["dimensions"])
    members = {member for dimensions in facts["dimensions"] for _, member in dimensions}
    assert members.isdisjoint({"None", "nan", ""})
