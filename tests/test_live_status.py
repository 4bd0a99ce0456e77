"""The live status in the input workbook is what `vsme-xl check` says, in every sample and situation."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from answering import address, blank_workbook, cells_of, fill, recalculated_sheets
from recalculation import without_values
from sample_builder import builder
from situation_reader import facts_from, situations
from typing_in import shown_statuses

from vsme_xl import facts_of, new_workbook
from vsme_xl.codelists import codelist
from vsme_xl.completeness import units
from vsme_xl.computing import Computed, compute
from vsme_xl.disclosures import Disclosure, disclosures_of
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import INPUT, MARK, STATUS, placement
from vsme_xl.input.readable import fits
from vsme_xl.language import languages, load_language
from vsme_xl.reading.read_workbook import read

pytestmark = [
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed"),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]
EDITION, PLACE = load_edition(), placement()
SAMPLES = Path(__file__).parent.parent / "sample_inputs"
SITUATIONS = {f"s{n}": s for n, s in enumerate(situations("*.yaml") + situations("*/*.yaml"))}
MARKS = frozenset(PLACE.marks)
AT_FIRST = {"BasisForPreparation": "Basic and Comprehensive Module", "Currency": "EUR"}
ANSWERED = {"complete", "computed", "filled in", "inconsistent"}


def at(name: str, row: int = -1) -> tuple[str, str]:
    """Return the sheet and cell of a datapoint, for a table's column in one of its rows."""
    if row < 0:
        spot = PLACE.scalars[name]
        return spot.sheet, address(spot.row, INPUT)
    table = PLACE.tables[str(EDITION.datapoints[name].table)]
    return table.sheet, address(table.first + row, table.columns[name])


OIL = next(v for v in codelist("waste").labels.values() if v.startswith("13 02 05*"))
# What people paste past the validation: the cells, then the datapoints that must say "unreadable".
ODD: Mapping[str, tuple[Mapping[tuple[str, str], object], set[str]]] = {
    "text_in_a_ledger_row": (
        {
            at("Ledger_Carrier", 0): "Electricity", at("Ledger_Amount", 0): "5 000", at("Ledger_Unit", 0): "kWh",
            at("NumberOfMaleEmployees"): 12,
        },
        {"TotalEnergyConsumption", "GrossLocationBasedScope2GreenhouseGasEmissions"},
    ),
    "a_no_in_german": (
        {at("HasConvictionsOrFines"): "nein"},
        {"HasConvictionsOrFines", "TotalNumberOfConvictionsForTheViolationOfAntiCorruptionAndAntiBriberyLaws"},
    ),
    "a_module_in_german": ({at("BasisForPreparation"): "Nur Basismodul"}, {"BasisForPreparation", "HasGovernanceBody"}),
    "a_number_as_text": (
        {at("NumberOfEmployeesHeadcount"): "48"}, {"NumberOfEmployeesHeadcount", "EmployeeTurnoverRate"},
    ),
    "a_dash_in_a_text": (
        {at("DescriptionOfSustainabilityRelatedCertificationsOrLabels"): " \N{EN DASH} "}, set(),
    ),
    "a_logical_true": ({at("HasCertifications"): True}, {"HasCertifications"}),
    "a_date_as_text": ({at("ReportingPeriodEnd"): "31.12.2025"}, {"ReportingPeriodEnd"}),
    "a_negative_amount": ({at("Turnover"): -5}, {"Turnover"}),
    "a_percentage_above_one": (
        {at("PercentageOfEmployeesCoveredByCollectiveBargainingAgreements"): 25},
        {"PercentageOfEmployeesCoveredByCollectiveBargainingAgreements"},
    ),
    "a_year_of_two_digits": (
        {at("HasGHGReductionTargets"): "Yes", at("GreenhouseGasEmissionReductionTargetYear"): 30},
        {"GreenhouseGasEmissionReductionTargetYear"},
    ),
    "an_omission_in_another_language": (
        {at("ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation", 0): "B9"},
        {"NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod"},
    ),
    "a_fuel_by_another_name": (
        {
            at("Ledger_Carrier", 0): "Fuel", at("Ledger_Fuel", 0): "Diesel fuel of ours", at("Ledger_Amount", 0): 10,
            at("Ledger_Unit", 0): "t",
        },
        {"TotalEnergyConsumption"},
    ),
    "rows_that_lack_something": (
        {
            at("IdentifierOfSiteTypedAxis", 0): "1", at("AddressOfSite", 0): "Main street 1",
            at("IdentifierOfSiteTypedAxis", 1): "2",
            at("IdentifierOfSitesInBiodiversitySensitiveAreasTypedAxis", 0): "1",
            at("SiteLocatedInABiodiversitySensitiveArea", 0): "No",
        },
        set(),
    ),
    "waste_by_volume": (
        {
            at("GeneratesOnlyHouseholdWaste"): "No", at("TypeOfWasteAxis", 0): OIL,
            at("WasteUnit", 0): codelist("unit").labels["m3"], at("WasteDirectedToDisposalMass", 0): 4,
        },
        set(),
    ),
    "spaces": ({at("EntityName"): "   ", at("HasGovernanceBody"): " No ", at("AddressOfSite", 0): "  "}, set()),
}  # fmt: skip


# Each invented company once more in a language that its own workbook does not speak.
ELSEWHERE = ("manufacturer.de", "cooperative.sv", "mistakes.da", "consultancy.de")


def in_other_language(key: str, where: Path) -> Path:
    """Write the workbook of an invented company in another language, without stored values."""
    name, _, language = key.partition(".")
    script = builder()
    data = script.company(name)
    raw = data.get("raw_cells", {})
    answers = facts_of(script.with_raw_cells(data["answers"], raw), name)
    path = new_workbook(where / f"valued-{key}.xlsx", module=data["module"], language=language, answers=answers)
    script.type_over(path, raw)
    without_values(path, where / f"{key}.xlsx")
    return where / f"{key}.xlsx"


@dataclass(frozen=True)
class Case:
    """One workbook: what LibreOffice shows, what the check says, and whether every cell holds what it may."""

    marks: Mapping[str, str]
    live: Mapping[str, str]
    disclosures: tuple[Disclosure, ...]
    statuses: Mapping[str, str]
    proper: bool


def _case(rows: list[tuple[str, str, str, str]], computed: Computed, workbook: str, proper: bool) -> Case:
    frame = computed.applicability
    found = tuple(disclosures_of(computed, workbook))
    mine = frame[(frame["workbook"] == workbook) & (frame["name"] != "")]
    statuses = dict(zip(mine["name"], mine["status"], strict=True))
    marks = {mark: status for sheet, name, mark, status in rows if sheet == "Start" and not name and mark in MARKS}
    return Case(marks, {name: status for _, name, _, status in rows if name}, found, statuses, proper)


def _stated(facts: pd.DataFrame) -> dict[tuple[str, str], object]:
    """Return what to clear of a blank workbook, whose module and currency are filled in already."""
    return {at(name): None for name in AT_FIRST if name not in set(facts["name"])}


def _proper(cells: Mapping[tuple[str, str], object]) -> bool:
    names = {at(name): (name, -1) for name, s in PLACE.scalars.items() if s.typed}
    for table in PLACE.tables.values():
        names |= {at(name, row): (name, row) for name in reversed(table.columns) for row in range(table.rows)}
    typed = {names[cell]: value for cell, value in cells.items() if cell in names}
    return all(fits(float(v) if type(v) is int else v, name, "en", typed) for (name, _), v in typed.items())


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Case]:
    """Type every situation into a blank workbook, fill odd ones, take the samples, recalculate and check them all."""
    where = tmp_path_factory.mktemp("live")
    facts = {key: facts_from(s.given, key) for key, s in SITUATIONS.items()}
    cells = {key: cells_of(frame) | _stated(frame) for key, frame in facts.items()}
    blank = blank_workbook(where / "blank.xlsx")
    shown = shown_statuses(blank, cells, where / "typed", {at(name): value for name, value in AT_FIRST.items()})
    together = compute(pd.concat(facts.values(), ignore_index=True), workbooks=tuple(facts))
    found = {key: _case(shown[key], together, key, _proper(cells[key])) for key in facts}
    paths = [fill(where / f"{key}.xlsx", blank, odd) for key, (odd, _) in ODD.items()]
    for sample in SAMPLES.glob("*.xlsx"):
        without_values(sample, where / sample.name)
        paths.append(where / sample.name)
    paths += [in_other_language(key, where) for key in ELSEWHERE]
    sheets = recalculated_sheets(paths, where / "sheets")
    for path in paths:
        rows = [
            (sheet, r[0], r[MARK], r[STATUS]) for sheet, rows in sheets[path.stem].items() for r in rows if r[STATUS]
        ]
        own = in_english(path.stem)
        rows = [(sheet, name, mark, own.get(word, word)) for sheet, name, mark, word in rows]
        reading = read(path)
        one = compute(reading.facts, workbooks=(path.name,))
        proper = not ODD[path.stem][1] if path.stem in ODD else not path.stem.startswith("mistakes")
        found[path.stem] = _case(rows, one, path.name, proper)
    return found


def in_english(stem: str) -> Mapping[str, str]:
    """Return the English word for each status as the workbook's own language, the end of its name, has it."""
    language = stem.rpartition(".")[2]
    own = load_language(language if language in languages() else "en").texts["input"]["status"]
    return {str(own[key]): word for key, word in words().items()}


@cache
def words() -> Mapping[str, str]:
    """Return the word of each status that the check knows, as the input workbook shows it."""
    return {k: str(v) for k, v in load_language("en").texts["input"]["status"].items()}


NAMES = [*SITUATIONS, *ODD, *ELSEWHERE, *(p.stem for p in sorted(SAMPLES.glob("*.xlsx")))]


@pytest.mark.parametrize("key", NAMES)
def test_the_status_of_each_disclosure_is_the_same_live_and_in_the_check(key: str, cases: Mapping[str, Case]) -> None:
    case = cases[key]
    expected = {d.mark: words()[d.status] for d in case.disclosures}
    wrong = {
        mark: (word, expected[mark])
        for mark, word in case.marks.items()
        if word != expected[mark] and (case.proper or word != "unreadable")
    }
    assert wrong == {}
    assert set(case.marks) in (set(expected), {m for m in expected if m.startswith("B")})


@pytest.mark.parametrize("key", NAMES)
def test_the_status_of_each_datapoint_is_the_same_live_and_in_the_check(key: str, cases: Mapping[str, Case]) -> None:
    case = cases[key]
    wrong = {}
    for name, status in case.statuses.items():
        word = case.live.get(name)
        if word is None or name not in PLACE.scalars:
            continue
        same = word in ANSWERED if status == "complete" else word == words()[status]
        if not same and (case.proper or word != "unreadable"):
            wrong[name] = (word, status)
    assert wrong == {}


@pytest.mark.parametrize("key", ODD)
def test_what_a_cell_may_not_hold_is_unreadable_there_and_where_it_is_used_but_nowhere_else(
    key: str, cases: Mapping[str, Case]
) -> None:
    unreadable = {name for name, word in cases[key].live.items() if word == "unreadable" and name in PLACE.scalars}
    wanted = ODD[key][1]
    assert wanted <= unreadable
    assert bool(unreadable) == bool(wanted)
    assert "EntityName" not in unreadable


def test_every_datapoint_that_counts_stands_in_the_workbook_with_a_status() -> None:
    placed = {u.name for u in units() if u.name and u.datapoint and u.datapoint.table is None} - set(PLACE.scalars)
    assert placed == set()


def test_the_workbooks_filled_here_are_the_blank_ones_with_answers(tmp_path: Path) -> None:
    answers = {at("EntityName"): "A & B <Ltd>", at("Turnover"): 12.5}
    path = fill(tmp_path / "r.xlsx", blank_workbook(tmp_path / "blank.xlsx"), answers)
    facts = read(path).facts.set_index("name")["value"]
    assert (facts["EntityName"], facts["Turnover"]) == ("A & B <Ltd>", 12.5)
    assert zipfile.ZipFile(path).testzip() is None
