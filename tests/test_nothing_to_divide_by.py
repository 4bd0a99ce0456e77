"""A ratio with nobody or nothing to divide by is "not defined" wherever it is said, in every language and module."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from answering import recalculated_sheets
from recalculation import without_values

from vsme_xl import Computed, compute, facts_of, new_workbook, read, write_results
from vsme_xl.completeness import division
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import STATUS
from vsme_xl.language import languages, load_language

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
EDITION = load_edition()
NOBODY = {
    "ReportingPeriodEnd": "2025-12-31", "Currency": "EUR", "Turnover": 0, "HasGovernanceBody": True,
    "TypeOfNumberOfEmployees": "HeadcountMember", "NumberOfEmployees": 0, "NumberOfEmployeesHeadcount": 200,
    "AverageNumberOfEmployees": 0, "TotalHoursWorkedByEmployees": 0, "NumberOfFemaleEmployees": 0,
    "NumberOfMaleEmployees": 0, "NumberOfOtherGenderEmployees": 0, "NumberOfNonReportedGenderEmployees": 0,
    "AverageGrossHourlyPayOfMaleEmployees": 0, "NumberOfMaleMembersOfGovernanceBody": 0,
    "NumberOfMaleEmployeesAtManagementLevel": 0, "NumberOfFemaleEmployeesAtManagementLevel": 1,
    "ReportsPollutantsByLawOrEMS": False, "DisclosesScope3": True,
}  # fmt: skip
MEMBERS = {
    "basic": "OptionABasicModuleOnlyMember", "comprehensive": "OptionBBasicModuleAndComprehensiveModuleMember",
}  # fmt: skip
RATIOS = {
    d.name
    for d in EDITION.datapoints.values()
    if division(d.formula) is not None and d.role == "metric" and d.table is None
}
CASES = [(language, module) for language in languages() for module in ("basic", "comprehensive")]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Write the workbook of a company without people and turnover in every language and module."""
    where = tmp_path_factory.mktemp("nobody")
    found = {}
    for language, module in CASES:
        answers = facts_of({**NOBODY, "BasisForPreparation": MEMBERS[module]})
        path = where / f"{language}-{module}.xlsx"
        found[language, module] = new_workbook(path, module=module, language=language, answers=answers)
    return found


def undefined(path: Path) -> tuple[Computed, set[str]]:
    """Return what is computed from a workbook, and the ratios that the check calls not defined."""
    computed = compute(read(path).facts, workbooks=(path.name,))
    frame = computed.applicability
    return computed, set(frame[frame["status"] == "not_defined"]["name"])


@pytest.mark.parametrize(("language", "module"), CASES)
def test_the_check_and_the_stored_status_say_not_defined(
    language: str, module: str, written: dict[tuple[str, str], Path]
) -> None:
    _, found = undefined(written[language, module])
    asked = {name for name in RATIOS if module == "comprehensive" or EDITION.datapoints[name].module == "basic"}
    assert found == asked
    word = load_language(language).text("input.status.not_defined")
    book = openpyxl.load_workbook(written[language, module], data_only=True, read_only=True)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) if len(row) > STATUS]
    assert {row[0] for row in rows if row[STATUS] == word} == found


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_live_status_says_not_defined(written: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    bare = []
    for path in written.values():
        bare.append(tmp_path / path.name)
        without_values(path, bare[-1])
    sheets = recalculated_sheets(bare, tmp_path / "sheets")
    for (language, _), path in written.items():
        word = load_language(language).text("input.status.not_defined")
        rows = [row for sheet in sheets[path.stem].values() for row in sheet if len(row) > STATUS]
        assert {row[0] for row in rows if row[STATUS] == word} == undefined(path)[1], path.stem


@pytest.mark.parametrize(("language", "module"), CASES)
def test_the_results_say_not_defined(
    language: str, module: str, written: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    computed, found = undefined(written[language, module])
    path = write_results(computed, tmp_path / "results.xlsx", meta={}, language=language)
    word = load_language(language).text("results.open.not_defined")
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    assert {row[0] for row in rows if word in row} == found
