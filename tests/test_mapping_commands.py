"""Any questionnaire: a mapping is drafted, checked datapoint by datapoint, and read like our own workbook."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result
from efrag import SAMPLE, needs_efrag
from openpyxl.workbook.defined_name import DefinedName
from rearranging import nameless, renamed, rewritten

from vsme_xl import compute, read
from vsme_xl.cli import main
from vsme_xl.reading.label_match import matches, read_label
from vsme_xl.reading.mapping import WorkbookMapping, load_mapping
from vsme_xl.reading.mapping_draft import draft_mapping

FOLDER = Path(__file__).parents[1] / "sample_inputs" / "questionnaire"
FILLED = FOLDER / "questionnaire.xlsx"
MAPPING = FOLDER / "questionnaire.yaml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def _draft(path: Path, tmp_path: Path) -> WorkbookMapping:
    out = tmp_path / "draft.yaml"
    out.write_text(draft_mapping(path), encoding="utf-8")
    return load_mapping(out)


def _sheet(tmp_path: Path, rows: list[list[Any]], title: str = "Questions") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "foreign.xlsx")
    return tmp_path / "foreign.xlsx"


# --- the sample questionnaire ----------------------------------------------------------------------------------------


def test_the_sample_questionnaire_is_what_its_script_builds(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("questionnaire_build", FOLDER / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.build(tmp_path / "q.xlsx").read_bytes() == FILLED.read_bytes()


def test_the_questionnaire_is_read_whole_through_its_mapping() -> None:
    reading = read(FILLED, MAPPING)
    assert reading.findings.to_dict("records") == []
    facts: Any = reading.facts
    found = {(f.name, f.row, f.period): (f.value, f.unit) for f in facts.itertuples()}
    assert found["EntityName", -1, "current"] == ("Tischlerei Brandt GmbH", "")
    assert found["Turnover", -1, "current"] == (4_860_000.0, "EUR")
    assert found["Assets", -1, "current"] == (2_140_500.0, "EUR")
    assert found["ReportingPeriodEnd", -1, "current"] == ("2025-12-31", "")
    assert found["UndertakingsLegalForm", -1, "current"][0] == "PrivateLimitedLiabilityUndertakingMember"
    assert found["PostalCodeOfSite", 0, "current"] == ("04109", "")
    assert found["CountryOfSite", 1, "current"] == ("DE", "")
    assert found["TotalAmountOfWaterWithdrawnFromAllSites", -1, "current"] == (388.0, "m3")
    assert found["TotalAmountOfWaterWithdrawnFromAllSites", -1, "previous"] == (402.0, "m3")
    assert found["TotalSealedArea", -1, "current"] == (2_250.0, "sqm")
    assert found["Ledger_Fuel", 2, "current"] == ("Wood/Wood waste", "")
    assert found["Ledger_Unit", 3, "current"] == ("l", "")
    assert found["WasteDirectedToDisposalMass", 2, "current"] == (310.0, "kg")
    assert found["AverageGrossHourlyPayOfFemaleEmployees", -1, "current"] == (21.4, "EUR")
    assert found["UndertakingHasACodeOfConductOrHumanRightsPolicyForItsOwnWorkforce", -1, "current"][0] is False
    assert len(found) == len(facts) == 69


def test_metrics_are_computed_from_the_questionnaire_as_from_our_own_workbook() -> None:
    computed = compute(read(FILLED, MAPPING).facts).computed
    assert computed["PercentageGapInPayBetweenFemaleAndMaleEmployees"][0] == pytest.approx((22.9 - 21.4) / 22.9)
    assert computed["RateOfRecordableWorkRelatedAccidentsInTheReportingPeriod"][0] == pytest.approx(200_000 / 59_400)
    assert computed["TotalHazardousWasteGeneratedMass"][0] == pytest.approx(0.31)
    assert computed["TotalWaterConsumption"][0] == pytest.approx(388 - 380)
    assert computed["EnergyConsumptionFromElectricity"][0] == pytest.approx(96.4 + 14.2)
    assert computed["EnergyConsumptionFromSelfGeneratedElectricity"][0] == pytest.approx(21.5)


def test_the_questionnaire_goes_through_every_command(tmp_path: Path) -> None:
    assert run("run", FILLED, "--mapping", MAPPING, "-o", tmp_path / "results.xlsx").exit_code == 0
    assert run("check", FILLED, "--mapping", MAPPING, "--format", "json").exit_code in (0, 1)
    report = json.loads(run("facts", FILLED, "--mapping", MAPPING, "--format", "xbrl-json").stdout)
    entities = {f["dimensions"]["entity"] for f in report["facts"].values()}
    assert entities == {"lei:00EX00TISCHLEREIBR40"}


# --- drafting --------------------------------------------------------------------------------------------------------


def test_a_draft_of_the_sample_puts_every_datapoint_where_the_mapping_by_hand_does(tmp_path: Path) -> None:
    by_hand, draft = load_mapping(MAPPING), _draft(FILLED, tmp_path)
    same, other = set(), {}
    for name, place in by_hand.places.items():
        mine = draft.places.get(name)
        if mine is None:
            continue
        at = mine.at.replace("'Energie & Umwelt'", "umwelt")
        if at.partition(":")[0] == place.at.partition(":")[0] and mine.unit == place.unit:
            same.add(name)
        else:
            other[name] = at
    assert other == {}
    assert len(same) >= 0.95 * len(by_hand.places)


def test_lines_of_a_draft_come_surest_first_and_the_rest_as_comments() -> None:
    lines = draft_mapping(FILLED).splitlines()
    placed = [line.partition("#")[2].split()[0] for line in lines if line.startswith("  ")]
    rest = [line.split()[1] for line in lines[lines.index("# unmapped:") + 1 :]]
    assert placed == sorted(placed, key=float, reverse=True)
    assert rest == sorted(rest, key=float, reverse=True)
    assert any("Fragebogen Nachhaltigkeit 2025" in line for line in lines if line.startswith("#"))


def test_a_draft_lists_the_answers_that_no_list_knows_and_they_are_read_once_their_codes_are_given(
    tmp_path: Path,
) -> None:
    lines = draft_mapping(FILLED).splitlines()
    begin = lines.index("# readings:")
    groups = lines[begin + 1 : lines.index("", begin)]
    assert '#   ledger_unit: {"Liter": "l"}' in groups
    assert '#   energy_source: {"Strom": , "Solarstrom": , "Fernwärme": }' in groups
    said = yaml.safe_load("\n".join(line[2:] for line in ["# readings:", *groups]))["readings"]
    by_hand = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))["readings"]
    assert all(set(answers) <= set(by_hand[group]) for group, answers in said.items())
    given = {group: {text: by_hand[group][text] for text in answers} for group, answers in said.items()}
    path = tmp_path / "draft.yaml"
    path.write_text("\n".join([*lines[:begin], "readings: " + json.dumps(given)]), encoding="utf-8")
    findings = read(FILLED, mapping=path).findings
    assert not set(findings["code"]) & {"unknown_code", "unit_unknown", "not_yes_or_no"}


def test_the_draft_shown_in_the_docs_is_what_the_command_writes() -> None:
    page = (FOLDER.parents[1] / "docs" / "mapping.md").read_text(encoding="utf-8")
    block = page.partition("**1. Draft.**")[2].partition("```yaml")[2].partition("```")[0]
    shown = [line for line in block.splitlines() if line]
    assert len(shown) > 5
    assert [line for line in shown if line not in draft_mapping(FILLED).splitlines()] == []


def test_a_draft_of_labels_and_units_in_english_reads_the_right_values(tmp_path: Path) -> None:
    rows = [
        ["Sustainability questionnaire"],
        ["Company", "Example Ltd"],
        ["Net sales (EUR)", 1000],
        ["Total energy consumption", 5000, "kWh"],
        ["Water withdrawal in m3", None],
        ["Our favourite colour", "green"],
    ]
    path = _sheet(tmp_path, rows)
    draft = _draft(path, tmp_path)
    assert draft.places["Turnover"].at == "Questions!B3"
    assert draft.places["TotalEnergyConsumption"].unit_at == "Questions!C4"
    assert draft.places["TotalAmountOfWaterWithdrawnFromAllSites"].at == "Questions!B5"
    assert not any(place.at == "Questions!B6" for place in draft.places.values())
    facts = read(path, tmp_path / "draft.yaml").facts
    values = {name: (value, unit) for name, value, unit in facts[["name", "value", "unit"]].itertuples(index=False)}
    assert values["EntityName"] == ("Example Ltd", "")
    assert values["TotalEnergyConsumption"] == (5000.0, "kWh")


def test_a_draft_takes_the_latest_of_several_years_and_the_unit_from_a_column_before_them(tmp_path: Path) -> None:
    rows = [
        ["Ref", "Question", "Unit", 2024, 2025, "Comment"],
        ["E1", "Hazardous waste", "kg", 500, 510, "estimated"],
        ["E2", "Scope 1 emissions", "tCO2e", 10, 11, None],
        ["S1", "of which women", "heads", 20, 22, None],
        ["G1", "Reporting currency", None, "EUR", "EUR", None],
    ]
    path = _sheet(tmp_path, rows)
    _draft(path, tmp_path)
    facts: Any = read(path, tmp_path / "draft.yaml").facts
    found = {(f.name, f.period): (f.value, f.unit) for f in facts.itertuples()}
    assert found["TotalHazardousWasteGeneratedMass", "current"] == (510.0, "kg")
    assert found["TotalHazardousWasteGeneratedMass", "previous"] == (500.0, "kg")
    assert found["GrossScope1GreenhouseGasEmissions", "current"] == (11.0, "tCO2e")
    assert found["NumberOfFemaleEmployees", "current"] == (22.0, "")
    assert found["Currency", "current"] == ("EUR", "")


def test_a_draft_takes_defined_names_as_labels(tmp_path: Path) -> None:
    path = _sheet(tmp_path, [["a", 1], ["b", 2]])
    book = openpyxl.load_workbook(path)
    book.defined_names["Turnover"] = DefinedName("Turnover", attr_text="Questions!$B$1")
    book.defined_names["Stromverbrauch_kWh"] = DefinedName("Stromverbrauch_kWh", attr_text="Questions!$B$2")
    book.save(path)
    draft = _draft(path, tmp_path)
    assert draft.places["Turnover"].name == "Turnover"
    assert draft.places["EnergyConsumptionFromElectricity"].name == "Stromverbrauch_kWh"


def test_a_workbook_without_a_single_known_label_yields_an_empty_draft_that_still_loads(tmp_path: Path) -> None:
    path = _sheet(tmp_path, [["xyzzy", 1], [None, None], ["qwfp", 2]])
    assert _draft(path, tmp_path).places == {}


def test_sheet_names_with_quotes_and_colons_in_labels_do_not_break_the_yaml(tmp_path: Path) -> None:
    path = _sheet(tmp_path, [["Turnover: \"net\" #1", 5], ["Company:\nname", "A"]], title="Q & A - 2025")
    draft = _draft(path, tmp_path)
    assert draft.places["EntityName"].at == "'Q & A - 2025'!B2"


@pytest.mark.parametrize(
    ("said", "text", "unit"),
    [
        ("Strom (kWh)", "Strom", "kWh"),
        ("2.1 Abfall gesamt [t]", "Abfall gesamt", "t"),
        ("Wasserbezug in m³", "Wasserbezug", "m3"),
        ("Fläche (qm)", "Fläche", "sqm"),
        ("Umsatz in EUR", "Umsatz", "money"),
        ("Emissionen (t CO₂e)", "Emissionen", "tCO2e"),
        ("Beschäftigte (Köpfe)", "Beschäftigte", "other"),
        ("Werk (Ulm)", "Werk (Ulm)", ""),
        ("Ausfallzeit (Std.)", "Ausfallzeit", "other"),
    ],
)
def test_a_unit_in_a_label_is_told_from_its_words(said: str, text: str, unit: str) -> None:
    label = read_label(said)
    assert (label.text, label.unit) == (text, unit)


def test_the_unit_decides_between_labels_that_sound_alike() -> None:
    by_mass = matches(read_label("Total waste (t)"))[0].datapoint.name
    by_volume = matches(read_label("Total waste (m3)"))[0].datapoint.name
    assert (by_mass, by_volume) == ("TotalWasteGeneratedMass", "TotalWasteGeneratedVolume")


def test_units_and_years_in_the_heads_of_columns_hold_for_the_figures_below_them(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Energi", "kWh i 2025", "kWh i 2024"], ["Elforbrug", 120, 131], ["Brændstof", 33, 35], []]
    rows += [["Affaldstype", "Genanvendt (kg)", "Bortskaffet (kg)"], ["15 01 01", 2000, 100], ["13 02 05", 0, 50], []]
    rows += [["Land", "Antal ansatte"], ["Danmark", 40], ["Tyskland", 2]]
    draft = _draft(_sheet(tmp_path, rows, title="Client's data"), tmp_path)
    electricity = draft.places["EnergyConsumptionFromElectricity"]
    assert (electricity.at, electricity.unit) == ("'Client''s data'!B2", "kWh")
    assert draft.places["EnergyConsumptionFromElectricity_previous"].at == "'Client''s data'!C2"
    assert draft.places["EnergyConsumptionFromFuels"].unit == "kWh"
    assert draft.places["TypeOfWasteAxis"].at == "'Client''s data'!A6:A7"
    assert draft.places["WasteDirectedToDisposalMass"].unit == "kg"
    assert draft.places["NumberOfEmployeesForCountryOfEmploymentContract"].at == "'Client''s data'!B10:B11"
    rows_read = {row["datapoint"]: row for row in _checked(tmp_path / "draft.yaml", tmp_path / "foreign.xlsx")}
    assert rows_read["EnergyConsumptionFromElectricity_previous"]["value"] == "131"
    assert rows_read["EnergyConsumptionFromElectricity"]["unit"] == "kWh"


def test_a_sheet_with_a_column_for_units_and_one_for_each_year_is_understood(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Ref", "Indicator", "Unit", 2023, 2024, 2025], ["S1", "Employees", "heads", 60, 62, 65]]
    rows += [["E1", "Electricity", "kWh", 500, 480, 470], ["S2", "Employees who left", "headcount", 5, 6, 4]]
    draft = _draft(_sheet(tmp_path, rows), tmp_path)
    places = {name: place.at.partition("!")[2] for name, place in draft.places.items()}
    assert places == {
        "NumberOfEmployees": "F2", "NumberOfEmployees_previous": "E2",
        "EnergyConsumptionFromElectricity": "F3", "EnergyConsumptionFromElectricity_previous": "E3",
        "NumberOfEmployeesWhoLeft": "F4", "NumberOfEmployeesWhoLeft_previous": "E4",
    }  # fmt: skip
    assert draft.places["EnergyConsumptionFromElectricity"].unit_at.endswith("C3")


def test_the_build_command_writes_a_file_and_does_not_overwrite_one(tmp_path: Path) -> None:
    out = tmp_path / "draft.yaml"
    assert run("mapping", "build", FILLED, "-o", out).exit_code == 0
    assert load_mapping(out).kind == "questionnaire"
    assert run("mapping", "build", FILLED, "-o", out).exit_code == 2
    assert run("mapping", "build", FILLED).stdout == out.read_text(encoding="utf-8")


def test_the_build_command_refuses_what_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert run("mapping", "build", tmp_path / "text.xlsx").exit_code == 3


# --- checking --------------------------------------------------------------------------------------------------------


def _checked(mapping: Path, path: Path) -> list[dict[str, str]]:
    result = run("mapping", "check", mapping, path)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_the_check_shows_place_raw_value_value_read_and_unit() -> None:
    rows = {row["datapoint"]: row for row in _checked(MAPPING, FILLED)}
    assert rows["Assets"] == {
        "datapoint": "Assets", "place": "Stammdaten!G4", "raw": "2.140.500,00", "value": "2140500", "unit": "EUR",
        "finding": "",
    }  # fmt: skip
    assert rows["TotalSealedArea"]["unit"] == "sqm"
    assert rows["TotalAmountOfWaterWithdrawnFromAllSites_previous"]["value"] == "402"


def test_the_check_names_required_datapoints_that_are_not_covered() -> None:
    missing = {row["datapoint"]: row["finding"] for row in _checked(MAPPING, FILLED) if not row["place"]}
    assert "BasisForPreparation" in missing
    assert missing["TotalEnergyConsumption"] != missing["BasisForPreparation"]
    assert "Turnover" not in missing


def test_the_check_shows_blank_wrong_and_lost_places(tmp_path: Path) -> None:
    path = _sheet(tmp_path, [["Turnover", "a lot"], ["Assets", None]])
    mapping = tmp_path / "own.yaml"
    mapping.write_text(
        "kind: own\nversion: 1\ndatapoints:\n"
        "  Turnover: {at: 'Questions!B1'}\n  Assets: {at: 'Questions!B2'}\n  EntityName: {at: 'Elsewhere!B2'}\n"
    )
    rows = {row["datapoint"]: row for row in _checked(mapping, path)}
    assert (rows["Turnover"]["raw"], rows["Turnover"]["value"]) == ("a lot", "")
    assert "not a number" in rows["Turnover"]["finding"]
    assert (rows["Assets"]["place"], rows["Assets"]["finding"]) == ("Questions!B2", "blank")
    assert rows["EntityName"]["place"] == "Elsewhere!B2"
    assert "no such sheet" in rows["EntityName"]["finding"]


def test_the_check_of_a_mapping_that_is_not_there_is_wrong_usage() -> None:
    assert run("mapping", "check", "nowhere.yaml", FILLED).exit_code == 2


@needs_efrag
def test_the_check_shows_where_searched_cells_really_are_and_how_they_were_found(tmp_path: Path) -> None:
    bare = rewritten(SAMPLE, tmp_path / "bare.xlsx", nameless, renamed)
    rows = {row["datapoint"]: row for row in _checked(FOLDER.parents[1] / "mappings" / "efrag-1.2.0.yaml", bare)}
    assert rows["Turnover"]["place"] == "Tab 3!E281"
    assert rows["NumberOfEmployeesWhoLeft"]["place"] == "Tab 5!D134"
    assert "found by its label" in rows["NumberOfEmployeesWhoLeft"]["finding"]
    assert rows["RevenueDerivedFromCoal"]["finding"] == "blank; found by its label (no cell name)"
