"""What `vsme-xl check` prints: completeness first, then findings; a table of 80 columns, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsme_xl import facts_of, new_workbook
from vsme_xl.cli import main
from vsme_xl.completeness import marks

SAMPLES = Path(__file__).parent.parent / "sample_inputs"
ANSWERS = {
    "EntityName": "Example Ltd",
    "BasisForPreparation": "OptionBBasicModuleAndComprehensiveModuleMember",
    "HasConvictionsOrFines": False,
    "NumberOfMaleEmployees": 4,
    "sites": [
        {"IdentifierOfSiteTypedAxis": "A", "AddressOfSite": "Main street 1", "CityOfSite": "Lund"},
        {"IdentifierOfSiteTypedAxis": "B", "AddressOfSite": "Side street 2"},
    ],
    "omitted": [
        {"ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation": "B9-WorkforceHealthAndSafetyMember"}
    ],
    "unchanged": [
        {
            "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting":
            "C1-StrategyBusinessModelAndSustainabilityRelatedInitiativesMember"
        }
    ],
    "ReportContainsDisclosuresFromThePreviousReportingPeriodThatRemainUnchanged": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_workbook(tmp_path_factory.mktemp("check") / "report.xlsx", answers=facts_of(ANSWERS))


def check(path: Path, form: str = "table", *options: str) -> str:
    return CliRunner().invoke(main, ["check", str(path), "--format", form, *options]).stdout


def together(lines: list[str]) -> str:
    """Return what is printed without the frames of its tables."""
    return " ".join(" ".join(line.strip("│┃ ").replace("│", " ") for line in lines).split())


def test_the_json_says_for_each_disclosure_how_complete_it_is(filled: Path) -> None:
    found = {d["disclosure"]: d for d in json.loads(check(filled, "json"))["completeness"]}
    assert list(found) == [None, *marks()]
    wanted = {"B11": "not_applicable", "B9": "omitted", "C1": "unchanged", "B5": "voluntary", "B8": "incomplete"}
    assert {mark: found[mark]["status"] for mark in wanted} == wanted
    assert found["B11"]["reasons"][0]["answer"] == "Convictions or fines for corruption?: No"
    assert {"EntityIdentifier", "ReportingPeriodEnd"} <= {m["concept"] for m in found[None]["missing"]}


def test_what_is_missing_is_named_with_the_cells_to_fill_in(filled: Path) -> None:
    found = {d["disclosure"]: d for d in json.loads(check(filled, "json"))["completeness"]}
    missing = {m["concept"]: m["cells"] for m in found["B1"]["missing"]}
    assert missing["Turnover"] == ["General!E14"]
    assert "AddressOfSite" not in missing
    assert [cell.rstrip("0123456789") for cell in missing["CityOfSite"]] == ["General!F"]
    assert len(missing["CountryOfSite"]) == 2


def test_the_csv_has_a_record_for_each_disclosure_and_each_finding(filled: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(check(filled, "csv"))))
    records = [row["record"] for row in rows]
    assert records == ["completeness"] * (len(marks()) + 1) + ["finding"] * records.count("finding")
    status = {row["disclosure"]: row["code"] for row in rows if row["record"] == "completeness"}
    assert (status["B9"], status["B11"], status["B1"]) == ("omitted", "not_applicable", "incomplete")
    assert all(r["severity"] and r["message"] and r["fix"] for r in rows if r["record"] == "finding")


def test_the_table_begins_with_completeness_and_fits_80_columns() -> None:
    lines = check(SAMPLES / "mistakes.xlsx").splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.strip() for line in lines if line.strip() in ("Completeness", "Findings")] == [
        "Completeness", "Findings",
    ]  # fmt: skip


def test_the_table_begins_with_the_counts_of_all_findings_and_gaps() -> None:
    path = SAMPLES / "mistakes.xlsx"
    whole = json.loads(check(path, "json"))
    found = [finding["severity"] for finding in whole["findings"]]
    gaps = [len(d["missing"]) for d in whole["completeness"]]
    with_gaps = sum(1 for d in whole["completeness"] if d["disclosure"] and d["missing"])
    begin = together(check(path).splitlines()[:2])
    assert begin == (
        f"Muster & Söhne Holzbau GmbH: errors: {found.count('error')}, warnings: {found.count('warning')}, "
        f"notes: {found.count('info')}; answers missing: {sum(gaps)}, in {with_gaps} of {len(marks())} disclosures."
    )


def test_the_table_names_every_cell_with_an_error_and_each_kind_once_and_says_what_it_leaves_out() -> None:
    path = SAMPLES / "mistakes.xlsx"
    errors = [f for f in json.loads(check(path, "json"))["findings"] if f["severity"] == "error"]
    short = check(path)
    assert len(short.splitlines()) < 200
    said = together(short.splitlines())
    assert {f["cell"] for f in errors if f["cell"] not in said} == set()
    for code in {f["code"] for f in errors}:
        assert said.count(f"[{code}]") == 1, code
    rows = [said.index(f"[{code}]") for code in ("number_with_text", "waste_code_coarse", "ledger_fuel_missing")]
    assert rows == sorted(rows)
    assert "Not shown: errors: 0, warnings: 23, notes: 8. --all shows every finding" in said


def test_all_shows_every_finding_and_every_gap() -> None:
    path = SAMPLES / "mistakes.xlsx"
    whole = json.loads(check(path, "json"))
    said = together(check(path, "table", "--all").splitlines())
    assert said.count("[part_above_whole]") == sum(f["code"] == "part_above_whole" for f in whole["findings"]) > 1
    assert sum(said.count(f"[{code}]") for code in {f["code"] for f in whole["findings"]}) == len(whole["findings"])
    assert "--all" not in said
    assert not re.search(r"; \d+ more", said)


def test_a_blank_workbook_is_summed_up_in_some_eighty_lines(tmp_path: Path) -> None:
    blank = new_workbook(tmp_path / "blank.xlsx", module="basic")
    lines = check(blank).splitlines()
    assert len(lines) < 85
    assert "C · B3, C1, C2, C3, C4, not Modules reported: Basic Module C5, C6, C7, C8, C9 applicable only" in (
        together(lines)
    )
    assert "16 more" in together(lines)


def test_a_complete_report_lists_every_disclosure_and_no_gap() -> None:
    report = json.loads(check(SAMPLES / "manufacturer.xlsx", "json"))["completeness"]
    assert [d["missing"] for d in report] == [[]] * len(report)
    assert {d["status"] for d in report} <= {"complete", "not_applicable", "unchanged", "voluntary"}
