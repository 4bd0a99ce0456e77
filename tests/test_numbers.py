"""What becomes of a cell: every row of docs/numbers.md, written to a workbook and read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter

import vsme_xl
from vsme_xl.display import number, share

PAGE = Path(__file__).parent.parent / "docs" / "numbers.md"
DATAPOINTS = {
    "amount": "Turnover",
    "share": "TargetCoverageScope1",
    "date": "ReportingPeriodEnd",
    "year": "GreenhouseGasEmissionReductionTargetYear",
    "text": "EntityName",
    "yes/no": "HasGovernanceBody",
    "country": "CountryOfPrimaryOperationsAndLocationOfSignificantAssets",
    "NACE code": "NaceSectorClassificationCodes",
}
# Said of what else the company would have to fill in, not of the cell that a row is about.
SILENT = {"check_not_made"}


@dataclass(frozen=True)
class Row:
    """One row of the page."""

    kind: str
    cell: str
    becomes: str
    finding: str


def rows() -> list[Row]:
    """Return the rows of all tables of the page."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    parts = [[part.strip() for part in line.strip("|").split(" | ")] for line in lines]
    filled = [[*p, ""] if len(p) == 3 else p for p in parts if p[0] != "kind"]
    return [Row(kind, cell, becomes, finding.strip(" |")) for kind, cell, becomes, finding in filled]


def write_cell(path: Path, cell: str) -> None:
    """Write a workbook whose A1 holds what a row of the page describes."""
    old_dates = cell.endswith("(1904)")
    said, _, form = cell.removesuffix("(1904)").strip().strip("`").partition(" as ")
    book = xlsxwriter.Workbook(str(path), {"date_1904": old_dates, "strings_to_formulas": False})
    sheet = book.add_worksheet("Cells")
    style = book.add_format({"num_format": form}) if form else None
    said = said.removeprefix("serial ").strip("`")
    if said == "(blank)":
        sheet.write_blank(0, 0, None, book.add_format({"bold": True}))
    elif said.startswith('"'):
        sheet.write_string(0, 0, said[1:-1], style)
    elif said.startswith("#"):
        sheet.write_formula(0, 0, f"={said}", style, said)
    elif said == "(formula)":
        sheet.write_formula(0, 0, "=B1*2", style, "")
    elif said in ("TRUE", "FALSE"):
        sheet.write_boolean(0, 0, said == "TRUE", style)
    else:
        sheet.write_number(0, 0, float(said), style)
    book.close()


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("mappings")
    found = {}
    for kind, name in DATAPOINTS.items():
        found[kind] = folder / f"{name}.yaml"
        text = f'kind: one-cell\nversion: "1"\ntitle: One cell\ndatapoints:\n  {name}: {{at: "Cells!A1"}}\n'
        found[kind].write_text(text, encoding="utf-8")
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.kind} {row.cell}")
def test_a_cell_becomes_what_the_page_says(row: Row, mappings: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "cell.xlsx"
    write_cell(path, row.cell)
    reading = vsme_xl.read(path, mappings[row.kind])
    name = DATAPOINTS[row.kind]
    values = list(reading.facts.loc[reading.facts["name"] == name, "value"])
    computed = vsme_xl.compute(reading.facts, workbooks=("cell.xlsx",), findings=reading.findings)
    about = computed.findings[computed.findings["name"] == name]
    assert [shown(v) for v in values] == ([] if row.becomes == "nothing" else [row.becomes])
    assert set(about["code"]) - SILENT == set(filter(None, row.finding.split(", ")))
    assert set(about["cell"]) <= {"Cells!A1"}


def shown(value: object) -> str:
    """Return a value as the page writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}".replace("e+", "e")
    return re.sub(r"^NACE_", "", str(value))


def test_the_page_has_every_problem_a_single_cell_can_have() -> None:
    said = {code for row in rows() for code in row.finding.split(", ")}
    source = Path(vsme_xl.__file__).parent / "reading"
    text = "".join((source / f"{n}.py").read_text(encoding="utf-8") for n in ("cell_numbers", "cell_dates", "cells"))
    codes = set(re.findall(r'problem\("(\w+)"', text)) | set(re.findall(r'"(percent_\w+)"', text))
    assert codes - {"percent_format"} <= said


def test_a_number_beyond_all_measure_is_said_as_a_power_of_ten() -> None:
    assert number(1e20, "en") == "100,000,000,000,000,000,000"
    assert number(-4.8151623e300, "de") == "-4,81516E300"
    assert share(4.8151623e300, "en") == "4.81516E302\u00a0%"


def test_a_share_whose_percentage_is_no_number_any_more_is_said_as_blank() -> None:
    assert share(1e308, "en") == "-"
