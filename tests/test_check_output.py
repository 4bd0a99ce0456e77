"""What `vsme-xl check` prints: completeness first, then findings; a table of 80 columns, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
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


def check(path: Path, form: str = "table") -> str:
    return CliRunner().invoke(main, ["check", str(path), "--format", form]).stdout


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


def test_a_complete_report_lists_every_disclosure_and_no_gap() -> None:
    report = json.loads(check(SAMPLES / "manufacturer.xlsx", "json"))["completeness"]
    assert [d["missing"] for d in report] == [[]] * len(report)
    assert {d["status"] for d in report} <= {"complete", "not_applicable", "unchanged", "voluntary"}
