"""Workbooks that lost their names are read as those that have them: by place, by row key, by label, or not at all."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from counting import counted
from efrag import FOLDER, ROWS_INSERTED, needs_efrag
from rearranging import (
    Change,
    half_nameless,
    nameless,
    needs_libreoffice,
    renamed,
    reordered,
    rewritten,
    rows_inserted,
)

from vsme_xl import read
from vsme_xl.reading.landmarks import expected_names
from vsme_xl.reading.mapping import known_mappings
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.reading.workbook_file import open_workbook

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
CHANGES: dict[str, tuple[Change, ...]] = {
    "no names": (nameless,),
    "no names, sheets renamed": (nameless, renamed),
    "no names, sheets renamed and reordered": (nameless, renamed, reordered),
    "half of the names": (half_nameless(1),),
    "half of the names, sheets renamed in names' stead": (half_nameless(3), renamed),
}


def _found(there: Reading, here: Reading) -> tuple[float, list[object]]:
    """Return the share of facts found again, and the facts that are wrong."""
    before, after = counted(there), counted(here)
    return (before & after).total() / before.total(), list(after - before)


@needs_efrag
@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
@pytest.mark.parametrize("change", CHANGES)
def test_the_official_template_is_read_as_whole_without_its_names(version: str, change: str, tmp_path: Path) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    bare = read(rewritten(sample, tmp_path / "bare.xlsx", *CHANGES[change]))
    assert _found(read(sample), bare) == (1.0, [])
    assert (bare.workbook.template, bare.workbook.version) == ("efrag", version)
    assert bare.findings["code"].tolist().count("names_missing") == 1


@needs_efrag
@needs_libreoffice
@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_rows_inserted_above_and_inside_tables_are_followed(version: str, tmp_path: Path) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    longer = rows_inserted(sample, tmp_path / "longer.xlsx", ROWS_INSERTED, tmp_path / "profile")
    there = read(sample)
    assert _found(there, read(longer)) == (1.0, [])
    for change in CHANGES.values():
        share, wrong = _found(there, read(rewritten(longer, tmp_path / "bare.xlsx", *change)))
        assert (share >= 0.98, wrong) == (True, [])


@pytest.mark.parametrize("company", ["manufacturer", "cooperative"])
@pytest.mark.parametrize("change", CHANGES)
def test_our_workbook_is_read_as_whole_without_its_names(company: str, change: str, tmp_path: Path) -> None:
    sample = SAMPLES / f"{company}.xlsx"
    bare = read(rewritten(sample, tmp_path / "bare.xlsx", *CHANGES[change], drop="docProps/custom.xml"))
    assert _found(read(sample), bare) == (1.0, [])
    assert bare.workbook.template == "vsme-xl"


@needs_libreoffice
def test_rows_inserted_into_our_workbook_are_followed(tmp_path: Path) -> None:
    sample = SAMPLES / "manufacturer.xlsx"
    rows = {"Environment": [(12, 2), (60, 1)], "General": [(8, 1), (20, 2)], "Energy ledger": [(10, 2)]}
    longer = rows_inserted(sample, tmp_path / "longer.xlsx", rows, tmp_path / "profile")
    bare = rewritten(longer, tmp_path / "bare.xlsx", nameless, renamed, reordered)
    share, wrong = _found(read(longer), read(bare))
    assert (share >= 0.98, wrong) == (True, [])


def test_values_pasted_into_a_new_workbook_without_the_key_column_are_found_by_their_labels(tmp_path: Path) -> None:
    source = openpyxl.load_workbook(SAMPLES / "manufacturer.xlsx", data_only=True)
    pasted = openpyxl.Workbook()
    for sheet in source:
        target = pasted.create_sheet(f"Copy of {sheet.title}")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.column > 1 or sheet.sheet_state != "visible":
                    target.cell(cell.row, cell.column, cell.value)
    pasted.save(tmp_path / "pasted.xlsx")
    reading = read(tmp_path / "pasted.xlsx")
    share, wrong = _found(read(SAMPLES / "manufacturer.xlsx"), reading)
    assert wrong == []
    assert share >= 0.98
    assert set(reading.facts["found"]) == {"found_by_label"}


def test_a_fact_says_how_its_cell_was_found(tmp_path: Path) -> None:
    sample = SAMPLES / "manufacturer.xlsx"
    assert set(read(sample).facts["found"]) == {""}
    assert set(read(rewritten(sample, tmp_path / "a.xlsx", nameless)).facts["found"]) == {"found_at_place"}
    assert set(read(rewritten(sample, tmp_path / "b.xlsx", nameless, renamed)).facts["found"]) == {"found_by_key"}


def test_a_cell_whose_label_and_key_were_overwritten_is_a_finding_and_no_fact(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SAMPLES / "manufacturer.xlsx")
    sheet, cell = next(iter(book.defined_names["Turnover"].destinations))
    row = book[sheet][cell.replace("$", "")].row
    book[sheet].cell(row, 1).value = None
    book[sheet].cell(row, 3).value = "Something else altogether"
    book.save(tmp_path / "changed.xlsx")
    reading = read(rewritten(tmp_path / "changed.xlsx", tmp_path / "bare.xlsx", nameless))
    assert "Turnover" not in set(reading.facts["name"])
    assert "Turnover" in set(reading.findings.loc[reading.findings["code"] == "cell_not_found", "name"])


@pytest.mark.parametrize(
    ("file", "sheet"),
    [
        (SAMPLES / "manufacturer.xlsx", "Social"),
        (SAMPLES / "planungsbuero.de.xlsx", "Energieaufstellung"),
        pytest.param(FOLDER / "VSME-Digital-Template-Sample-1.2.0.xlsx", "Social Disclosures", marks=needs_efrag),
    ],
)
def test_a_sheet_that_was_deleted_is_one_error_and_not_one_for_each_of_its_cells(
    file: Path, sheet: str, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(file)
    del book[sheet]
    book.save(tmp_path / "without.xlsx")
    findings, before = read(tmp_path / "without.xlsx").findings, read(file).facts
    on_it = set(before.loc[before["source"].str.startswith(f"{sheet}!"), "name"])
    assert not on_it & set(findings.loc[findings["code"].isin(["cell_not_found", "name_broken"]), "name"])
    assert "names_missing" not in set(findings["code"])
    assert findings.loc[findings["code"] == "sheet_missing", ["severity", "name"]].values.tolist() == [["error", ""]]
    assert sheet in findings.loc[findings["code"] == "sheet_missing", "message"].iloc[0]


@needs_efrag
@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.3.0"])
def test_the_recorded_places_are_those_of_the_blank_template(version: str) -> None:
    mapping = next(m for m in known_mappings() if (m.kind, m.version) == ("efrag", version))
    file = open_workbook(FOLDER / f"VSME-Digital-Template-{version}.xlsx")
    recorded = expected_names(mapping)
    assert len(recorded) > 150
    assert {name: file.names.get(name) for name in recorded} == recorded


@needs_efrag
def test_a_newer_version_is_read_with_the_nearest_mapping_and_a_warning(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(FOLDER / "VSME-Digital-Template-1.3.0.xlsx")
    book["Introduction"]["C1"] = "1.4.0"
    book.save(tmp_path / "newer.xlsx")
    reading = read(tmp_path / "newer.xlsx")
    said = reading.findings[reading.findings["code"] == "version_unknown"]
    assert (reading.workbook.template, reading.workbook.version) == ("efrag", "1.4.0")
    assert "1.3.0" in said["message"].iloc[0]
    assert said["severity"].tolist() == ["warning"]
