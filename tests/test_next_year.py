"""Next year starts from this year: what stays is there and marked, figures are of the year before, the rest blank."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from efrag import SAMPLE, needs_efrag
from filling import filled
from recalculation import differences

from vsme_xl import compute, facts_of, new_workbook, read, write_results
from vsme_xl.carries_over import carries_over
from vsme_xl.carrying.next_year import next_period, next_year
from vsme_xl.carrying.source import Source, source_of
from vsme_xl.cli import main
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import placement
from vsme_xl.reading.workbook_file import open_workbook
from vsme_xl.store import in_base_units

EDITION = load_edition()
SAMPLES = Path(__file__).parents[1] / "sample_inputs"
COMPANIES = ("manufacturer", "cooperative", "consultancy")
CARRIED = "FFDFECF8"
WASTE = "WasteDirectedToDisposalMass"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def _run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Begin the next year of each sample company."""
    folder = tmp_path_factory.mktemp("next")
    for company in COMPANIES:
        done = _run("new", folder / f"{company}.xlsx", "--previous", SAMPLES / f"{company}.xlsx")
        assert done.exit_code == 0, done.output
    return {company: folder / f"{company}.xlsx" for company in COMPANIES}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    """Read last year's workbook of each sample company."""
    return {company: source_of(SAMPLES / f"{company}.xlsx") for company in COMPANIES}


def _keyed(facts: pd.DataFrame, period: str = "current") -> dict[tuple[str, int], Any]:
    mine = facts[facts["period"] == period]
    return {(str(n), int(r)): v for n, r, v in zip(mine["name"], mine["row"], mine["value"], strict=True)}


def _in_base_units(facts: pd.DataFrame, period: str) -> dict[tuple[str, int], Any]:
    mine: Any = facts[facts["period"] == period]
    return {(f.name, f.row): in_base_units(f.value, f.unit, EDITION.datapoints[f.name]) for f in mine.itertuples()}


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return one == other


@pytest.mark.parametrize("company", COMPANIES)
def test_exactly_what_stays_is_filled_in_and_the_period_moves_on(
    company: str, begun: dict[str, Path], sources: dict[str, Source]
) -> None:
    answers, stays = sources[company].answers, carries_over().stays
    units = {d.unit_cell for d in EDITION.datapoints.values() if d.unit_cell}
    before = {key: value for key, value in _keyed(answers).items() if key[0] in stays}
    now = _keyed(read(begun[company]).facts)
    start, end = (now.pop((f"ReportingPeriod{side}", -1)) for side in ("Start", "End"))
    assert {name for name, _ in now.keys() - before.keys()} <= units
    assert {key: value for key, value in before.items() if now.get(key) != value} == {}
    last = sources[company].answer("ReportingPeriodEnd")
    assert (start, end) == next_period("", last)
    assert int(end[:4]) == int(last[:4]) + 1 and end[4:] == last[4:]


@pytest.mark.parametrize("company", COMPANIES)
def test_last_years_figures_stand_as_the_year_before_in_the_same_amounts(
    company: str, begun: dict[str, Path], sources: dict[str, Source]
) -> None:
    place = placement(sources[company].module)
    scalars = {name for name, spot in place.scalars.items() if spot.previous}
    columns = {name for table in place.tables.values() for name in table.previous}
    columns |= {EDITION.datapoints[name].twin for name in columns}
    shown = _in_base_units(sources[company].shown, "current")
    wanted = {key: value for key, value in shown.items() if key[0] in scalars | columns}
    found = _in_base_units(read(begun[company]).facts, "previous")
    assert {key: (value, found.get(key)) for key, value in wanted.items() if not _same(value, found.get(key))} == {}
    assert found.keys() == wanted.keys() and len(found) > 40


@pytest.mark.parametrize("company", COMPANIES)
def test_no_figure_of_this_year_is_there_before_anybody_entered_one(company: str, begun: dict[str, Path]) -> None:
    computed = compute(read(begun[company]).facts)
    stays = {d.name for d in EDITION.datapoints.values() if d.section == "C3_targets"}
    stays |= {"NumberOfSitesInOrNearBiodiversitySensitiveAreas"}
    numbers = computed.facts[(computed.facts["period"] == "current") & computed.facts["value"].map(_is_number)]
    assert set(numbers["name"]) - stays - carries_over().stays == set()
    assert not (computed.findings["code"] == "reported_differs_from_computed").any()


def _is_number(value: object) -> bool:
    return isinstance(value, float)


def test_carried_cells_are_blue_say_so_and_stand_in_the_legend_and_others_are_not(begun: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(begun["manufacturer"])
    now = _keyed(read(begun["manufacturer"]).facts)
    wrong = []
    for name, place in placement().scalars.items():
        if place.typed:
            ((sheet, cell),) = book.defined_names[name].destinations
            blue = book[sheet][cell.replace("$", "").split(":")[0]].fill.fgColor.rgb == CARRIED
            if blue != ((name, -1) in now):
                wrong.append(name)
    assert wrong == []
    ((sheet, area),) = book.defined_names["AddressOfSite"].destinations
    fills = [row[0].fill.fgColor.rgb == CARRIED for row in book[sheet][area.replace("$", "")]]
    assert fills == [("AddressOfSite", row) in now for row in range(len(fills))] and any(fills) and not all(fills)
    prompts = {v.prompt for v in book["Start"].data_validations.dataValidation}
    assert any(prompt.startswith("Carried over from last year: check that it still holds.") for prompt in prompts)
    legend = [cell.value for row in book["Start"].iter_rows(min_row=14, max_row=21) for cell in row if cell.value]
    assert any(str(text).startswith("Carried over from last year's report") for text in legend)


def test_a_blank_workbook_speaks_of_nothing_carried_over(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(new_workbook(tmp_path / "blank.xlsx"))
    texts = {str(c.value) for row in book["Start"].iter_rows() for c in row if c.value}
    assert not [text for text in texts if "arried over" in text]
    assert not [v for v in book["Start"].data_validations.dataValidation if "Carried" in (v.prompt or "")]


def test_formulas_of_a_begun_workbook_hold_what_libreoffice_works_out(begun: dict[str, Path], tmp_path: Path) -> None:
    assert differences(begun["manufacturer"], tmp_path) == []


def test_results_show_the_year_before_and_the_change(begun: dict[str, Path], tmp_path: Path) -> None:
    file = open_workbook(begun["manufacturer"])
    ledger, waste = file.names["Ledger_Amount"], file.names[WASTE]
    cells: dict[str, dict[str, Any]] = {}
    for name, value in (("Turnover", 50_000_000.0), ("NumberOfFemaleEmployees", 60.0)):
        area = file.names[name]
        cells.setdefault(area.sheet, {})[file.sheet(area.sheet).address(area.first_row, area.first_column)] = value
    row = min(row for name, row in _keyed(read(begun["manufacturer"]).facts, "previous") if name == WASTE)
    for area, down, value in ((ledger, 0, 5_000_000.0), (waste, row, 3.5)):
        cell = file.sheet(area.sheet).address(area.first_row + down, area.first_column)
        cells.setdefault(area.sheet, {})[cell] = value
    this_year = filled(begun["manufacturer"], tmp_path / "this-year.xlsx", cells)
    reading = read(this_year)
    results = write_results(compute(reading.facts), tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    data = openpyxl.load_workbook(results, data_only=True)["Data"]
    rows = {(row[0], row[1]): row[3:7] for row in data.iter_rows(min_row=5, min_col=2, values_only=True)}
    (turnover, _, before, change) = rows["Turnover", None]
    assert (turnover, before, change) == (50_000_000, 42_600_000, 7_400_000)
    (energy, unit, before, change) = rows["TotalEnergyConsumption", None]
    assert (energy, unit) == (5000, "MWh")
    assert before == pytest.approx(22067.665, rel=1e-6) and change == pytest.approx(energy - before)
    first = [row for (concept, _), row in rows.items() if concept == WASTE and row[0] == 3.5]
    assert first and isinstance(first[0][2], float | int) and first[0][3] == pytest.approx(3.5 - first[0][2])


def test_a_figure_of_the_year_before_in_a_row_without_a_key_is_no_obstacle(tmp_path: Path) -> None:
    answers = facts_of({"EntityName": "Example", "countries": [{"CountryOfEmploymentContractAxis": "IT"}]})
    path = new_workbook(tmp_path / "r.xlsx", answers=answers)
    area = open_workbook(path).names["NumberOfEmployeesForCountryOfEmploymentContract_previous"]
    sheet = open_workbook(path).sheet(area.sheet)
    cells = {sheet.address(area.first_row + 4, area.first_column): 7.0}
    reading = read(filled(path, tmp_path / "filled.xlsx", {area.sheet: cells}))
    assert _keyed(reading.facts, "previous") == {("NumberOfEmployeesForCountryOfEmploymentContract", 4): 7.0}
    results = write_results(compute(reading.facts), tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    data = openpyxl.load_workbook(results, data_only=True)["Data"]
    assert 7 in [row[5] for row in data.iter_rows(min_row=5, min_col=2, values_only=True)]


def test_a_second_workbook_fills_what_the_first_lacks_and_gives_figures_of_its_own_year_only(tmp_path: Path) -> None:
    year = {"ReportingPeriodStart": "2025-01-01", "ReportingPeriodEnd": "2025-12-31", "Currency": "SEK"}
    first = _written(tmp_path / "a.xlsx", {**year, "EntityName": "First", "Turnover": 100})
    site = {"IdentifierOfSiteTypedAxis": "Lund", "CityOfSite": "Lund"}
    second = {**year, "EntityName": "Second", "Turnover": 1, "Assets": 50, "sites": [site]}
    same = _written(tmp_path / "b.xlsx", second)
    older = _written(tmp_path / "c.xlsx", {**second, "ReportingPeriodEnd": "2024-12-31"})

    carried = next_year([first, same], "comprehensive", "en")
    now, before = _keyed(carried.answers), _keyed(carried.answers, "previous")
    assert (now["EntityName", -1], now["CityOfSite", 0]) == ("First", "Lund")
    assert (before["Turnover", -1], before["Assets", -1]) == (100.0, 50.0)
    assert len(carried.left) == 0

    carried = next_year([first, older], "comprehensive", "en")
    assert _keyed(carried.answers)["CityOfSite", 0] == "Lund"
    assert ("Assets", -1) not in _keyed(carried.answers, "previous")
    assert carried.left["code"].tolist() == ["not_carried_period"]


def test_amounts_stay_behind_in_another_currency_and_answers_in_the_smaller_module_each_with_a_word(
    tmp_path: Path,
) -> None:
    answers = {"Currency": "SEK", "Turnover": 100, "NumberOfFemaleEmployees": 3, "HasGHGReductionTargets": True}
    source = _written(tmp_path / "a.xlsx", answers)
    carried = next_year([source], "basic", "en", currency="EUR")
    assert _keyed(carried.answers, "previous").keys() >= {("NumberOfFemaleEmployees", -1)}
    assert ("Turnover", -1) not in _keyed(carried.answers, "previous")
    left = carried.left.set_index("code")
    assert left.loc["not_carried_currency", "message"].endswith("last year's amounts in SEK stay behind: 1.")
    assert left.loc["not_carried_module", "name"] == "HasGHGReductionTargets"
    assert left.loc["not_carried_module", "cell"].startswith("Environment!")


def test_options_go_before_what_last_year_said_and_such_cells_are_not_marked(tmp_path: Path) -> None:
    done = _run(
        "new", tmp_path / "n.xlsx", "--previous", SAMPLES / "consultancy.xlsx", "--entity", "New Name",
        "--period-end", "2027-06-30", "--lang", "da",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    reading = read(tmp_path / "n.xlsx")
    assert (reading.workbook.entity, reading.workbook.period_end) == ("New Name", "2027-06-30")
    assert (reading.workbook.language, reading.workbook.currency) == ("da", "SEK")
    book = openpyxl.load_workbook(tmp_path / "n.xlsx")
    colours = {}
    for name in ("EntityName", "Currency"):
        ((sheet, cell),) = book.defined_names[name].destinations
        colours[name] = book[sheet][cell.replace("$", "")].fill.fgColor.rgb
    assert colours["Currency"] == CARRIED != colours["EntityName"]


def test_what_could_not_be_read_is_listed_with_its_cell(tmp_path: Path) -> None:
    done = _run("new", tmp_path / "n.xlsx", "--previous", SAMPLES / "mistakes.xlsx")
    assert done.exit_code == 0
    assert "What stays behind" in done.output and "General!E14" in done.output


def test_omitted_disclosures_stay_omitted_and_give_no_figure(tmp_path: Path) -> None:
    omitted = "B6-WaterMember"
    name = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"
    answers = {"TotalAmountOfWaterWithdrawnFromAllSites": 12, "Turnover": 5, "omitted": [{name: omitted}]}
    carried = next_year([_written(tmp_path / "a.xlsx", answers)], "comprehensive", "en")
    assert _keyed(carried.answers)[name, 0] == omitted
    assert ("Turnover", -1) in _keyed(carried.answers, "previous")
    assert ("TotalAmountOfWaterWithdrawnFromAllSites", -1) not in _keyed(carried.answers, "previous")


@needs_efrag
def test_the_official_template_filled_last_year_begins_our_next_one(tmp_path: Path) -> None:
    done = _run("new", tmp_path / "n.xlsx", "--previous", SAMPLE)
    assert done.exit_code == 0, done.output
    reading, source = read(tmp_path / "n.xlsx"), source_of(SAMPLE)
    before, now = _keyed(reading.facts, "previous"), _keyed(reading.facts)
    assert before["Turnover", -1] == _keyed(source.answers)["Turnover", -1]
    assert before["TotalEnergyConsumption", -1] == 250.0
    assert now["AddressOfSite", 0] == _keyed(source.answers)["AddressOfSite", 0]
    issues = ("SustainabilityIssueAddressedByPracticePolicyAndOrFutureInitiative", -1)
    said = compute(reading.facts).facts
    assert _keyed(said)[issues] == _keyed(source.answers)[issues]
    assert not (reading.findings["severity"] == "error").any()


def test_a_mapped_questionnaire_of_last_year_begins_our_next_one(tmp_path: Path) -> None:
    folder = SAMPLES / "questionnaire"
    done = _run(
        "new", tmp_path / "n.xlsx", "--previous", folder / "questionnaire.xlsx", "--mapping",
        folder / "questionnaire.yaml",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    reading = read(tmp_path / "n.xlsx")
    source = source_of(folder / "questionnaire.xlsx", folder / "questionnaire.yaml")
    assert reading.workbook.entity == source.info.entity != ""
    assert _keyed(reading.facts, "previous")["Turnover", -1] == _keyed(source.answers)["Turnover", -1]


@pytest.mark.parametrize(
    ("start", "end", "following"),
    [
        ("2025-01-01", "2025-12-31", ("2026-01-01", "2026-12-31")),
        ("2023-03-01", "2024-02-29", ("2024-03-01", "2025-02-28")),
        ("2022-03-01", "2023-02-28", ("2023-03-01", "2024-02-29")),
        ("2025-07-01", "2025-12-31", ("2026-01-01", "2026-12-31")),
        ("2024-02-29", "", ("2025-03-01", "2026-02-28")),
        ("", "", ("", "")),
    ],
)
def test_the_next_period_is_the_twelve_months_after_the_last(start: str, end: str, following: tuple[str, str]) -> None:
    assert next_period(start, end) == following


def _written(path: Path, answers: dict[str, Any]) -> Source:
    return source_of(new_workbook(path, answers=facts_of(answers)))


def _without_places(carried: Any) -> list[tuple[object, ...]]:
    """Return the answers for a new workbook without the cells and notes they come from."""
    rows: Any = carried.answers
    return sorted((f.name, f.row, f.period, str(f.value), f.unit) for f in rows.itertuples())


@pytest.mark.parametrize("company", COMPANIES)
def test_the_results_of_last_year_begin_the_next_one_as_its_input_does(
    company: str, sources: dict[str, Source], tmp_path: Path
) -> None:
    reading = read(SAMPLES / f"{company}.xlsx")
    results = write_results(compute(reading.facts), tmp_path / "r.xlsx", meta=reading.workbook.as_dict(), language="sv")
    source = source_of(results)
    assert (source.info.template, source.info.language) == ("vsme-xl-results", "sv")
    module = sources[company].module
    assert source.module == module
    from_results, from_input = (next_year([s], module, "en") for s in (source, sources[company]))
    assert _without_places(from_results) == _without_places(from_input)


def test_a_long_text_comes_back_from_results_and_what_was_withheld_does_not(tmp_path: Path) -> None:
    name = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"
    text = "A “long” description.\n" * 900
    answers = facts_of(
        {
            "DescriptionOfHowCircularEconomyPrinciplesAreApplied": text,
            "TotalAmountOfWaterWithdrawnFromAllSites": 12,
            "omitted": [{name: "B6-WaterMember"}],
        }
    )
    results = write_results(compute(answers), tmp_path / "r.xlsx", meta={})
    found = _keyed(source_of(results).answers)
    assert found["DescriptionOfHowCircularEconomyPrinciplesAreApplied", -1].strip() == text.strip()
    assert found[name, 0] == "B6-WaterMember"
    assert ("TotalAmountOfWaterWithdrawnFromAllSites", -1) not in found


def test_a_results_workbook_is_refused_where_an_input_is_wanted(tmp_path: Path) -> None:
    results = write_results(compute(facts_of({"Turnover": 5})), tmp_path / "r.xlsx", meta={})
    done = _run("check", results)
    assert done.exit_code == 3 and "is a results workbook" in done.output


def test_an_energy_source_carried_over_and_left_without_a_quantity_is_named(begun: dict[str, Path]) -> None:
    reading = read(begun["manufacturer"])
    found = compute(reading.facts).findings
    sources = {row for name, row in _keyed(reading.facts) if name == "Ledger_Carrier"}
    assert (found["code"] == "ledger_amount_missing").sum() == len(sources) > 10
    last_year = compute(read(SAMPLES / "manufacturer.xlsx").facts).findings
    assert "ledger_amount_missing" not in set(last_year["code"])
