"""What the official template asks beside its disclosures is read as helper inputs, which our rules work from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from efrag import FOLDER, needs_efrag
from filling import Cells, Value, filled
from rearranging import nameless, renamed, rewritten

from vsme_xl import compute, read
from vsme_xl.reading.mapping import MappingError, known_mappings, load_mapping
from vsme_xl.reading.mapping_file import WorkbookMapping

pytestmark = needs_efrag
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.3.0")
CONVERTER, PARAMETERS = "Fuel Converter", "Fuel Conversion Parameters"
SIDE_BY_SIDE = ("B", "L", "P", "T", "X", "AB", "AF", "AJ", "AN", "AR")
FUELS = [
    ("Gas/Diesel oil", "L - Liter", 1000.0, "Non-renewable"),
    ("Natural gas", "m³ - cubic meters", 2000.0, "Non-renewable"),
    ("Wood/Wood waste", "Kg - Kilogram", 3000.0, "Renewable"),
    ("Anthracite", "Gg - Gigagram", 0.001, "Non-renewable"),
    ("Landfill gas", "m³ - cubic meters", 500.0, "Renewable"),
    ("Charcoal dust", "t - tonne", 2.0, "Renewable"),
    ("Biodiesel", "L - Liter", 10.0, "Renewable"),
    ("Peat", "g - gram", 5000.0, "Non-renewable"),
    ("Lignite", "t - tonne", 1.0, "Non-renewable"),
    ("Vegetable oils", "L - Liter", 100.0, "Non-renewable"),
]
OWN_FUEL: dict[str, Value] = {"A54": "Charcoal dust", "B54": "Solid", "C54": 30.0, "F54": "Renewable", "C51": 16.0}
MWH = [
    1.0 * 0.84 * 43 / 3.6, 2.0 * 0.7 * 48 / 3.6, 3.0 * 16.0 / 3.6, 1.0 * 26.7 / 3.6, 0.5 * 0.9 * 50.4 / 3.6,
    2.0 * 30 / 3.6, 0.01 * 0.85 * 27 / 3.6, 0.005 * 9.76 / 3.6, 1.0 * 11.9 / 3.6, 0.1 * 0.9 * 37.8 / 3.6,
]  # fmt: skip


def _blank(version: str) -> Path:
    return FOLDER / f"VSME-Digital-Template-{version}.xlsx"


def _converter(version: str) -> Cells:
    """Return the cells of a converter filled to its last fuel, as each version lays it out."""
    cells: dict[str, Value] = {}
    for number, row in enumerate(FUELS):
        if version.startswith("1.0"):
            places = [f"{SIDE_BY_SIDE[number]}{line}" for line in (10, 16, 17, 12)]
        else:
            places = [f"{column}{10 + number}" for column in ("A", "B", "C", "E")]
        cells |= dict(zip(places, row, strict=True))
    return {CONVERTER: cells, PARAMETERS: OWN_FUEL}


def _table(facts: pd.DataFrame, table: str) -> dict[tuple[str, int], object]:
    mine = facts[facts["table"] == table]
    return dict(zip(zip(mine["name"], mine["row"], strict=True), mine["value"], strict=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_fuel_converter_becomes_rows_of_the_energy_ledger(version: str, tmp_path: Path) -> None:
    reading = read(filled(_blank(version), tmp_path / "fuels.xlsx", _converter(version)))
    ledger = _table(reading.facts, "ledger")
    units = ["l", "m3", "kg", "Gg", "m3", "t", "l", "g", "t", "l"]
    assert [ledger["Ledger_Fuel", n] for n in range(10)] == [fuel for fuel, *_ in FUELS]
    assert [ledger["Ledger_Unit", n] for n in range(10)] == units
    assert [ledger["Ledger_Amount", n] for n in range(10)] == [amount for _, _, amount, _ in FUELS]
    assert [ledger["Ledger_RenewableShare", n] for n in range(10)] == [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert [ledger["Ledger_Carrier", n] for n in range(10)] == ["fuel"] * 10
    assert len(ledger) == 50
    assert reading.findings[reading.findings["severity"] == "error"]["message"].tolist() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_fuels_are_converted_with_the_factors_of_the_workbook_and_its_own_fuels(version: str, tmp_path: Path) -> None:
    computed = compute(read(filled(_blank(version), tmp_path / "fuels.xlsx", _converter(version))).facts)
    assert computed.computed["Ledger_Energy"].tolist() == pytest.approx(MWH)
    renewable = sum(MWH[n] for n in (2, 4, 5, 6))
    assert computed.computed["EnergyConsumptionFromFuels_RenewableEnergyMember"][0] == pytest.approx(renewable)
    assert computed.computed["EnergyConsumptionFromFuels"][0] == pytest.approx(sum(MWH))
    assert "ledger_row_without_energy" not in set(computed.findings["code"])


@pytest.mark.parametrize("version", VERSIONS)
def test_only_fuels_that_the_converter_uses_are_read_from_the_parameters(version: str, tmp_path: Path) -> None:
    assert "fuels" not in set(read(_blank(version)).facts["table"])
    facts = read(filled(_blank(version), tmp_path / "fuels.xlsx", _converter(version))).facts
    sources = facts[facts["name"] == "Fuel_NCV"]["source"].tolist()
    assert len(sources) == len(FUELS)
    assert f"{PARAMETERS}!C54" in sources
    assert facts[facts["name"] == "Fuel_Name"]["value"].tolist() == ["Charcoal dust"]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_reported_stays_and_a_difference_from_the_converter_is_a_finding(version: str, tmp_path: Path) -> None:
    cells = {**_converter(version), "Environmental Disclosures": {"G10": True, "K14": 9.0, "G5": 9.0}}
    computed = compute(read(filled(_blank(version), tmp_path / "fuels.xlsx", cells)).facts)
    facts = computed.facts.set_index("name")
    assert facts.loc["EnergyConsumptionFromFuels", ["value", "basis"]].tolist() == [9.0, "reported"]
    assert facts.loc["TotalEnergyConsumption", ["value", "basis"]].tolist() == [9.0, "reported"]
    said = computed.findings[computed.findings["code"] == "reported_differs_from_computed"].set_index("name")["message"]
    assert "9 MWh" in said["EnergyConsumptionFromFuels"]
    assert f"{sum(MWH):.6g}"[:5] in said["EnergyConsumptionFromFuels"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_converter_is_found_without_names_on_renamed_sheets(version: str, tmp_path: Path) -> None:
    there = filled(_blank(version), tmp_path / "fuels.xlsx", _converter(version))
    here = rewritten(there, tmp_path / "bare.xlsx", nameless, renamed)
    for table in ("ledger", "fuels"):
        assert _table(read(here).facts, table) == _table(read(there).facts, table)
        assert _table(read(there).facts, table)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_template_filled_by_a_program_has_its_period_from_year_month_and_day(version: str, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(_blank(version))  # saving it drops every stored result of a formula
    for cell, value in {"D3": "Ex", "D6": 2024, "D7": 7, "D8": 1, "D10": 2025, "D11": 6, "D12": 30}.items():
        book["General Information"][cell] = value
    for cell, value in {"I59": 2027, "I60": 2, "I61": 29}.items():
        book["Environmental Disclosures"][cell] = value
    book.save(tmp_path / "program.xlsx")
    reading = read(tmp_path / "program.xlsx")
    assert (reading.workbook.period_start, reading.workbook.period_end) == ("2024-07-01", "2025-06-30")
    assert not reading.facts["name"].str.startswith("DateOfAdoption").any()  # 2027 has no 29 February


PEOPLE = {
    "NumberOfEmployeesWhoLeft": 5.0, "NumberOfEmployeesAtBeginningOfPeriod": 90.0,
    "NumberOfEmployeesAtEndOfPeriod": 110.0, "HoursPerFullTimeEmployee": 1700.0,
    "AverageGrossHourlyPayOfMaleEmployees": 25.0, "AverageGrossHourlyPayOfFemaleEmployees": 20.0,
    "NumberOfEmployeesCoveredByCollectiveBargainingAgreements": 60.0,
    "NumberOfMaleEmployeesAtManagementLevel": 8.0, "NumberOfFemaleEmployeesAtManagementLevel": 4.0,
    "NumberOfMaleMembersOfGovernanceBody": 6.0, "NumberOfFemaleMembersOfGovernanceBody": 3.0,
    "TotalHoursWorkedByEmployees": 180000.0,
}  # fmt: skip


def _mapping(version: str) -> WorkbookMapping:
    return next(m for m in known_mappings() if (m.kind, m.version) == ("efrag", version))


@pytest.mark.parametrize("version", VERSIONS)
def test_our_metrics_are_computed_from_the_helper_cells(version: str, tmp_path: Path) -> None:
    cells: dict[str, dict[str, Value]] = {}
    for name, value in PEOPLE.items():
        sheet, address = _mapping(version).places[name].at.split("!")
        cells.setdefault(sheet, {})[address] = value
    gates = {"Governance Disclosures": {"H30": True}}
    cells["Governance Disclosures"] |= gates["Governance Disclosures"]
    reading = read(filled(_blank(version), tmp_path / "people.xlsx", cells))
    current = reading.facts[reading.facts["name"].isin(PEOPLE)]
    assert dict(zip(current["name"], current["value"], strict=True)) == PEOPLE
    computed = compute(reading.facts).computed
    assert computed["EmployeeTurnoverRate"][0] == pytest.approx(0.05)
    assert computed["PercentageGapInPayBetweenFemaleAndMaleEmployees"][0] == pytest.approx(0.2)
    assert computed["FemaleToMaleRatioAtManagementLevelForTheReportingPeriod"][0] == pytest.approx(0.5)
    assert computed["GenderDiversityRatioInGovernanceBody"][0] == pytest.approx(0.5)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_templates_own_formula_for_hours_worked_is_no_answer(version: str) -> None:
    assert "TotalHoursWorkedByEmployees" not in set(read(_blank(version)).facts["name"])


@pytest.mark.parametrize(("said", "has", "plans"), [
    ("Adoption of a transition plan is planned in the future", False, True),
    ("A transition plan has already been adopted", True, False),
])  # fmt: skip
@pytest.mark.parametrize("version", VERSIONS)
def test_the_status_of_the_transition_plan_says_both_whether_there_is_one_and_whether_one_is_planned(
    version: str, said: str, has: bool, plans: bool, tmp_path: Path
) -> None:
    copy = filled(_blank(version), tmp_path / "plan.xlsx", {"Environmental Disclosures": {"D57": said}})
    facts = read(copy).facts.set_index("name")["value"]
    assert (facts["HasTransitionPlan"], facts["PlansTransitionPlan"]) == (has, plans)


def test_a_mapping_can_hold_given_answers_rows_apart_and_wordings_for_one_cell(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Q"  # type: ignore[union-attr]
    for row in (["Fuel", "Diesel", None, "Heating oil"], ["Litres", 100, None, 50], ["Green?", "no way", None, "sure"]):
        book["Q"].append(row)
    book.save(tmp_path / "q.xlsx")
    mapping = tmp_path / "q.yaml"
    mapping.write_text("""
kind: q
version: "1"
datapoints:
  Currency: {value: EUR}
  Ledger_Carrier: {value: fuel}
  Ledger_Fuel: {at: ["Q!B1", "Q!D1"]}
  Ledger_Amount: {at: ["Q!B2", "Q!D2"]}
  Ledger_Unit: {value: l}
  Ledger_RenewableShare: {at: ["Q!B3", "Q!D3"], readings: green}
readings:
  fuel: {Diesel: Gas/Diesel oil, Heating oil: Gas/Diesel oil}
  green: {sure: "1", no way: "0"}
""")
    facts = read(tmp_path / "q.xlsx", mapping).facts
    assert _table(facts, "ledger") == {
        ("Ledger_Carrier", 0): "fuel", ("Ledger_Carrier", 1): "fuel",
        ("Ledger_Fuel", 0): "Gas/Diesel oil", ("Ledger_Fuel", 1): "Gas/Diesel oil",
        ("Ledger_Amount", 0): 100.0, ("Ledger_Amount", 1): 50.0,
        ("Ledger_Unit", 0): "l", ("Ledger_Unit", 1): "l",
        ("Ledger_RenewableShare", 0): 0.0, ("Ledger_RenewableShare", 1): 1.0,
    }  # fmt: skip
    assert facts.set_index("name").loc["Currency", "value"] == "EUR"
    mapping.write_text("kind: q\nversion: '1'\ndatapoints:\n  Ledger_Unit: {at: 'Q!B1', rows_of: Ledger_Fule}\n")
    with pytest.raises(MappingError, match=r"q\.yaml:4: Ledger_Unit: 'Ledger_Fule'"):
        load_mapping(mapping)
