"""Reading what `vsme-xl new` wrote: every value comes back, wrong cells are findings with their address."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from vsme_xl import facts_of, new_workbook, read
from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, load_edition

EDITION = load_edition()
EXAMPLE = {
    "text": "Text of {}", "textblock": "First line of {}\nSecond line", "boolean": True, "date": "2025-12-31",
    "year": 2030.0, "share": 0.25,
}  # fmt: skip


def _value(datapoint: Datapoint, number: int) -> Any:
    if datapoint.codelist and datapoint.kind != "boolean":
        codes = codelist(datapoint.codelist).codes
        return codes[number % len(codes)]
    value = EXAMPLE.get(datapoint.kind, 10.0 + number)
    return value.format(datapoint.name) if isinstance(value, str) and datapoint.kind != "date" else value


def _typed() -> list[Datapoint]:
    return [d for d in EDITION.datapoints.values() if d.role in ("input", "metric") and d.name != "BasisForPreparation"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, int], Any]]:
    """Fill every input cell of a generated workbook through its defined names with openpyxl, and save it."""
    path = tmp_path_factory.mktemp("filled") / "report.xlsx"
    new_workbook(path)
    book = openpyxl.load_workbook(path)
    typed: dict[tuple[str, int], Any] = {}
    volumes = {d.twin for d in _typed() if d.twin}
    for number, datapoint in enumerate(_typed()):
        table = EDITION.tables[datapoint.table] if datapoint.table else None
        if datapoint.name in volumes or (table and table.codes and datapoint.name == table.key):
            continue
        sheet, cells = next(iter(book.defined_names[datapoint.name].destinations))
        area = book[sheet][cells.replace("$", "")]
        rows = [row[0] for row in area][:3] if isinstance(area, tuple) else [area]
        for offset, cell in enumerate(rows):
            value = _value(datapoint, number + offset)
            typed[datapoint.name, offset if table else -1] = value
            cell.value = _label(datapoint, value)
    book.save(path)
    return path, typed


def _label(datapoint: Datapoint, value: Any) -> Any:
    if datapoint.kind == "boolean":
        return "Yes" if value else "No"
    return codelist(datapoint.codelist).labels[value] if datapoint.codelist else value


def test_every_value_typed_through_a_defined_name_comes_back(filled: tuple[Path, dict[tuple[str, int], Any]]) -> None:
    path, typed = filled
    facts: Any = read(path).facts
    twins = {d.twin: d.name for d in _typed() if d.twin}
    found = {(twins.get(f.name, f.name), f.row): f.value for f in facts.itertuples() if f.period == "current"}
    assert {key: found.get(key) for key in typed} == typed


def test_amounts_carry_the_unit_chosen_beside_them(tmp_path: Path) -> None:
    answers = facts_of(
        {
            "Currency": "SEK",
            "Turnover": 1000,
            "TotalHazardousWasteGeneratedMass": {"value": 500, "unit": "kg"},
            "LandUseUnit": "sqm",
            "TotalSealedArea": {"value": 20000, "unit": "sqm"},
            "waste": [{"TypeOfWasteAxis": _waste("15 01 01"), "WasteUnit": "kg", "WasteDirectedToDisposalMass": 7}],
        }
    )
    new_workbook(tmp_path / "r.xlsx", answers=answers)
    facts = read(tmp_path / "r.xlsx").facts.set_index("name")
    assert facts.loc["TotalHazardousWasteGeneratedMass", "unit"] == "kg"
    assert facts.loc["TotalSealedArea", "unit"] == "sqm"
    assert facts.loc["Turnover", "unit"] == "SEK"
    assert facts.loc["WasteDirectedToDisposalMass", "unit"] == "kg"


def test_a_volume_in_the_waste_column_is_read_as_the_volume_concept(tmp_path: Path) -> None:
    row = {"TypeOfWasteAxis": _waste("15 01 01"), "WasteUnit": "m3", "WasteDirectedToDisposalVolume": 7}
    new_workbook(tmp_path / "r.xlsx", answers=facts_of({"waste": [row]}))
    facts = read(tmp_path / "r.xlsx").facts
    assert "WasteDirectedToDisposalVolume" in set(facts["concept"])
    assert "WasteDirectedToDisposalMass" not in set(facts["concept"])


def test_values_of_the_year_before_are_facts_of_the_previous_period(tmp_path: Path) -> None:
    answers = facts_of({"Turnover": {"value": 1000, "previous": 900}})
    new_workbook(tmp_path / "r.xlsx", answers=answers)
    facts = read(tmp_path / "r.xlsx").facts
    turnover = facts[facts["name"] == "Turnover"].set_index("period")["value"].to_dict()
    assert turnover == {"current": 1000.0, "previous": 900.0}


@pytest.mark.parametrize(
    ("name", "typed", "code", "value"),
    [
        ("Turnover", "1.234,5", "", 1234.5),
        ("Turnover", "1 234,5", "", 1234.5),
        ("Turnover", "1,234.5", "", 1234.5),
        ("Turnover", "1.234", "ambiguous_number", None),
        ("Turnover", "about a million", "not_a_number", None),
        ("Turnover", "-", "", None),
        ("Turnover", "n/a", "not_available", None),
        ("Turnover", "=1/0", "uncalculated", None),
        ("TargetCoverageScope1", "12 %", "", 0.12),
        ("TargetCoverageScope1", 12, "percent_assumed", 0.12),
        ("TargetCoverageScope1", 1, "", 1.0),
        ("ReportingPeriodEnd", "31.12.2025", "", "2025-12-31"),
        ("ReportingPeriodEnd", "soon", "not_a_date", None),
        ("HasCertifications", "yes ", "", True),
        ("HasCertifications", 0, "", False),
        ("HasCertifications", "perhaps", "not_yes_or_no", None),
        ("UndertakingsLegalForm", "cooperative", "", "CooperativeMember"),
        ("UndertakingsLegalForm", "Ltd", "unknown_code", None),
        ("CountryOfPrimaryOperationsAndLocationOfSignificantAssets", "IT", "", "IT"),
    ],
)
def test_each_cell_is_read_rightly_or_reported_with_its_address(
    tmp_path: Path, name: str, typed: object, code: str, value: object
) -> None:
    path = new_workbook(tmp_path / "r.xlsx", period_end="2024-12-31")
    book = openpyxl.load_workbook(path)
    sheet, cell = next(iter(book.defined_names[name].destinations))
    book[sheet][cell.replace("$", "")].value = typed
    book[sheet][cell.replace("$", "")].number_format = "General"
    book.save(path)
    reading = read(path)
    found = reading.facts.set_index("name")["value"].to_dict()
    assert found.get(name) == value
    mine = reading.findings[reading.findings["name"] == name]
    assert mine["code"].tolist() == ([code] if code else [])
    assert all(c == f"{sheet}!{cell.replace('$', '')}" for c in mine["cell"])
    assert isinstance(reading.findings, pd.DataFrame)


def test_a_number_under_a_percent_format_is_the_fraction_it_stands_for(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(path)
    sheet, cell = next(iter(book.defined_names["TargetCoverageScope1"].destinations))
    book[sheet][cell.replace("$", "")].value = 0.5
    book[sheet][cell.replace("$", "")].number_format = "0.0%"
    book.save(path)
    facts = read(path).facts.set_index("name")
    assert facts.loc["TargetCoverageScope1", "value"] == 0.5


def test_reading_does_not_change_the_file(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "r.xlsx")
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_leaves_the_collector_as_it_was_and_nothing_for_it_to_find(enabled: bool) -> None:
    sample = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
    read(sample)
    gc.collect()
    gc.disable()
    try:
        if enabled:
            gc.enable()
        read(sample)
        assert gc.isenabled() is enabled
        assert gc.collect() == 0
    finally:
        gc.enable()


def _waste(code: str) -> str:
    return next(c for c, label in codelist("waste").labels.items() if label.startswith(code))
